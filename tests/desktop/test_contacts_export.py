"""Contacts are saved as a file: the list as it is shown, a selection, and no half a file after a break."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.contacts.exporting.dialogs import ExportDialog, SaveDialog
from desktop.contacts.groups.groups_model import Kind
from engine.contacts import NewContact
from engine.models import Role
from tests.desktop.conftest import make_surroundings
from tests.desktop.contacts_desk import arrange, desk, make_tag, people
from tests.fakes import world
from tests.fakes.poll import until


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""), delimiter=";"))


def test_in_09_the_list_as_it_is_shown_becomes_a_file(
    run_qt, surroundings, server, shop, show, tmp_path
) -> None:
    vip, path = make_tag(server, shop, "VIP"), tmp_path / "contatos.csv"
    arrange(server, shop, NewContact("=1+1", phone="31 98888-1234", tag_ids=[vip]), *people("Bia"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            await until(lambda: here.count_of(Kind.TAG, vip) == 1)
            here.view.side.table.select_key((Kind.TAG, vip))
            await here.until_names("=1+1")
            here.view.head.export_wanted.emit()
            chooser = here.dialog(SaveDialog)
            chooser.selectFile(str(path))
            chooser.accept()
            await here.until_said("1 contato salvo em contatos.csv")

    run_qt(scenario())
    (row,) = table(path)
    assert (row["Nome"], row["Telefone"], row["Etiquetas"]) == ("'=1+1", "+5531988881234", "VIP")
    assert [one.name for one in tmp_path.glob("*.part")] == []


def test_a_selection_becomes_a_file(run_qt, surroundings, server, shop, show, tmp_path) -> None:
    arrange(server, shop, *people("Ana", "Bia", "Caio"))
    path = tmp_path / "dois.csv"

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            here.select("Ana", "Caio")
            view = here.view
            view.exporter.save(path, view.presenter.wanted.query(), view.selecting.ids(), 2)
            await here.until_said("2 contatos salvos em dois.csv")

    run_qt(scenario())
    assert [row["Nome"] for row in table(path)] == ["Caio", "Ana"]


def test_giving_up_leaves_no_file(run_qt, surroundings, server, shop, show, tmp_path) -> None:
    server.run(world.make_contacts, server.engine, shop, world.phones(3000))
    path = tmp_path / "todos.csv"

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            seen: list[int] = []
            here.view.exporter.presenter.progressed.connect(seen.append)
            here.view.exporter.save(path, {}, [], 3000)
            dialog = here.dialog(ExportDialog)
            await until(lambda: bool(seen) and seen[-1] > 0)
            QTest.mouseClick(dialog.stop, Qt.MouseButton.LeftButton)
            await until(lambda: list(tmp_path.glob("todos*")) == [])

    run_qt(scenario())


def test_a_folder_that_cannot_be_written_to_is_said_in_words(
    run_qt, surroundings, server, shop, show, tmp_path
) -> None:
    arrange(server, shop, *people("Ana"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            here.view.exporter.save(tmp_path / "nowhere" / "x.csv", {}, [], 1)
            await here.until_said("Não foi possível gravar o arquivo")
            assert not any(one.isVisible() for one in here.view.findChildren(ExportDialog))

    run_qt(scenario())


def test_a_file_that_breaks_off_is_not_kept(
    run_qt, surroundings, server, shop, show, tmp_path, monkeypatch
) -> None:
    server.run(world.make_contacts, server.engine, shop, world.phones(3))
    monkeypatch.setattr("engine.contacts.exporting._cells", lambda *_: {}["gone"])
    path = tmp_path / "x.csv"

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            here.view.exporter.save(path, {}, [], 3)
            await until(lambda: bool(here.toasts))

    run_qt(scenario())
    assert list(tmp_path.glob("x*")) == []


def test_who_may_not_export_is_not_offered_to(run_qt, server, shop, show, tmp_path) -> None:
    arrange(server, shop, *people("Ana", "Bia"))
    agent = make_surroundings(server.url, server.sign_in(shop, Role.AGENT), tmp_path)

    async def scenario() -> None:
        async with desk(agent, show) as here:
            assert not here.view.head._may_export
            assert not here.view.head.take_in.isVisible()
            here.view.open(("import", shop))
            assert here.view.importer.wizard is None

    run_qt(scenario())
