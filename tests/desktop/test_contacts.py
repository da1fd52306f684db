"""The list of contacts against the real server: found, narrowed, selected, changed in one go, kept true."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.contacts.creating import NewContactDialog
from desktop.contacts.groups.groups_model import Kind
from desktop.shell.presenter import Phase
from engine import contacts
from engine.contacts import NewContact
from engine.models import Role
from tests.desktop.conftest import make_surroundings
from tests.desktop.contacts_desk import (
    arrange,
    desk,
    make_segment,
    make_tag,
    people,
    type_into,
)
from tests.fakes import world
from tests.fakes.inbound import one
from tests.fakes.poll import until


def test_contacts_are_listed_newest_first_and_counted(run_qt, surroundings, server, shop, show) -> None:
    server.run(world.make_contacts, server.engine, shop, world.phones(250))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            model, table = here.view.presenter.model, here.view.table
            assert (model.rowCount(), here.names()[0]) == (100, "Ana 249")
            await until(lambda: here.view.head.count.text == "250")
            table.verticalScrollBar().setValue(table.verticalScrollBar().maximum())
            await until(lambda: model.rowCount() == 250)
            assert here.names()[-1] == "Ana 0"
            assert not model.has_more

    run_qt(scenario())


def test_search_is_blind_to_accents_and_forms_of_a_number(run_qt, surroundings, server, shop, show) -> None:
    arrange(server, shop, *people("João D'Ávila", "Conceição", "Bia"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            QTest.keyClicks(here.view.head.search, "joao avila")
            await here.until_names("João D'Ávila")
            here.view.head.search.setText("8000-0001")
            await here.until_names("Conceição")
            here.view.head.search.setText("ninguém")
            await until(lambda: here.view.presenter.phase is Phase.EMPTY)
            assert here.view.empty.title.whole() == "Ninguém encontrado"
            QTest.mouseClick(here.view.empty.button, Qt.MouseButton.LeftButton)
            await until(lambda: len(here.names()) == 3)

    run_qt(scenario())


def test_a_tag_or_a_segment_narrows_the_list(run_qt, surroundings, server, shop, show) -> None:
    vip = make_tag(server, shop, "VIP", "#ca8a04")
    arrange(server, shop, NewContact("Ana", tag_ids=[vip]), NewContact("Bia", custom={"cidade": "Belém"}))
    told = {"field": "custom:cidade", "is": "equals", "value": "belém"}
    belem = make_segment(server, shop, "De Belém", told)

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            side = here.view.side.table
            await until(lambda: here.count_of(Kind.SEGMENT, belem) == 1)
            assert here.count_of(Kind.TAG, vip) == 1
            side.select_key((Kind.TAG, vip))
            await here.until_names("Ana")
            side.select_key((Kind.SEGMENT, belem))
            await here.until_names("Bia")
            here.view.side.choose_everybody()
            await here.until_names("Bia", "Ana")

    run_qt(scenario())


def test_an_empty_company_is_shown_its_first_step(run_qt, surroundings, show) -> None:
    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            empty = here.view.empty
            assert here.view.list.pages.currentWidget() is empty
            assert (empty.button.text(), empty.second.text()) == ("Importar contatos", "Adicionar contato")
            QTest.mouseClick(empty.second, Qt.MouseButton.LeftButton)
            here.dialog(NewContactDialog).reject()
            QTest.mouseClick(empty.button, Qt.MouseButton.LeftButton)
            assert here.view.importer.wizard.isVisible()
            here.view.importer.wizard.reject()

    run_qt(scenario())


def test_many_are_archived_and_one_undo_brings_them_all_back(
    run_qt, surroundings, server, shop, show
) -> None:
    arrange(server, shop, *people("Ana", "Bia", "Caio"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            here.select("Ana", "Caio")
            bar = here.view.head.bar
            assert bar.isVisible()
            assert bar.count.whole() == "2 selecionados"
            QTest.mouseClick(bar.archive, Qt.MouseButton.LeftButton)
            assert here.names() == ["Bia"]
            toast = await here.until_said("2 contatos arquivados")
            assert not bar.isVisible()
            toast.undo()
            await here.until_names("Caio", "Bia", "Ana")

    run_qt(scenario())


def test_the_archive_is_looked_at_and_emptied(run_qt, surroundings, server, shop, show) -> None:
    ids = arrange(server, shop, *people("Ana", "Bia"))

    async def archive() -> None:
        async with server.engine.unit_of_work(shop) as uow:
            await contacts.archive_many(uow, ids)

    server.run(archive)

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            assert here.names() == []
            archived = here.view.head.archived
            QTest.mouseClick(archived._buttons["archived"], Qt.MouseButton.LeftButton)
            await here.until_names("Bia", "Ana")
            here.select("Ana", "Bia")
            QTest.mouseClick(here.view.head.bar.restore, Qt.MouseButton.LeftButton)
            await here.until_said("2 contatos restaurados")
            assert here.names() == []

    run_qt(scenario())


def test_many_are_tagged_and_undo_spares_who_had_the_tag(run_qt, surroundings, server, shop, show) -> None:
    vip = make_tag(server, shop, "VIP")
    arrange(server, shop, NewContact("Ana", tag_ids=[vip]), *people("Bia", "Caio"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            model = here.view.presenter.model
            here.view.table.selectAll()
            here.view.head.bar.tag_wanted.emit(vip)
            toast = await here.until_said("2 contatos etiquetados")
            await until(lambda: all(person.tag_ids == (vip,) for person in model.rows))
            toast.undo()
            await until(lambda: [bool(person.tag_ids) for person in model.rows] == [False, False, True])
            here.view.head.bar.untag_wanted.emit(vip)
            await here.until_said("Etiqueta removida de 1 contato")

    run_qt(scenario())


def test_a_tag_that_does_not_exist_is_made_for_the_selection(
    run_qt, surroundings, server, shop, show
) -> None:
    arrange(server, shop, *people("Ana", "Bia"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            here.view.table.selectAll()
            here.view.head.bar.tag_named.emit("Feira 2025")
            await here.until_said("2 contatos etiquetados")
            model = here.view.presenter.model
            await until(lambda: [mark.name for mark in model.row_at(0).tags] == ["Feira 2025"])
            assert [tag.name for tag in here.view.groups.tags] == ["Feira 2025"]

    run_qt(scenario())


def test_what_others_change_shows_by_itself_and_the_selection_stays(
    run_qt, surroundings, server, shop, show
) -> None:
    ids = arrange(server, shop, *people("Ana", "Bia"))

    async def change() -> None:
        async with server.engine.unit_of_work(shop) as uow:
            await contacts.change(uow, ids[0], {"name": "Ana Maria"})
            await contacts.archive(uow, ids[1])
            await contacts.create(uow, NewContact(name="Caio"))

    async def scenario() -> None:
        async with desk(surroundings, show, live=True) as here:
            here.select("Ana")
            server.run(change)
            await here.until_names("Caio", "Ana Maria")
            assert here.view.table.selected_keys() == [ids[0]]
            await until(lambda: here.view.head.count.text == "2")

    run_qt(scenario())


def test_many_changes_mean_few_requests(run_qt, surroundings, server, shop, show, monkeypatch) -> None:
    ids = server.run(world.make_contacts, server.engine, shop, world.phones(40))
    tag = make_tag(server, shop, "VIP")

    async def tag_all() -> None:
        async with server.engine.unit_of_work(shop) as uow:
            await contacts.attach(uow, ids, [tag])

    async def scenario() -> None:
        async with desk(surroundings, show, live=True) as here:
            asked, page = [], surroundings.session.api.page
            monkeypatch.setattr(
                surroundings.session.api,
                "page",
                lambda path, *a, **how: asked.append(path) or page(path, *a, **how),
            )
            server.run(tag_all)
            await until(lambda: all(person.tag_ids for person in here.view.presenter.model.rows))
            await asyncio.sleep(0.5)
            assert len([path for path in asked if "ids=" in path]) <= 2

    run_qt(scenario())


def test_nothing_is_asked_while_nobody_looks(run_qt, surroundings, server, shop, show) -> None:
    ids = arrange(server, shop, *people("Ana"))

    async def change() -> None:
        async with server.engine.unit_of_work(shop) as uow:
            await contacts.change(uow, ids[0], {"name": "Ana Maria"})

    async def scenario() -> None:
        async with desk(surroundings, show, live=True) as here:
            here.view.hidden()
            server.run(change)
            await until(lambda: bool(here.view.presenter._touched))
            await asyncio.sleep(0.5)
            assert here.names() == ["Ana"]
            here.view.shown()
            await here.until_names("Ana Maria")

    run_qt(scenario())


def test_a_new_contact_is_made_by_keyboard_and_faults_are_told_by_field(
    run_qt, surroundings, server, shop, show
) -> None:
    arrange(server, shop, NewContact("Ana", phone="11 98765-4321"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            assert surroundings.commands.run("new")
            dialog = here.dialog(NewContactDialog)
            QTest.keyClicks(dialog.name, "Bia")
            QTest.keyClicks(dialog.phone, "11 8765-4321")
            QTest.keyClicks(dialog.email, "bia")
            QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
            await until(lambda: dialog.fields["email"].error == "Isto não é um endereço de e-mail.")
            dialog.email.setText("bia@x.example")
            QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
            await until(lambda: bool(dialog.fields["phone"].error))
            dialog.phone.setText("(31) 98888-1234")
            type_into(dialog.name, " Souza")
            await here.until_names("Bia Souza", "Ana")
            await until(lambda: here.view.detail.title.whole() == "Bia Souza")

    run_qt(scenario())


def test_keys_lead_through_the_list_and_back(run_qt, surroundings, server, shop, show) -> None:
    arrange(server, shop, *people("Ana", "Bia"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            view = here.view
            assert surroundings.commands.run("search")
            await until(view.head.search.hasFocus)
            view.table.setFocus()
            QTest.keyClick(view.table, Qt.Key.Key_Down)
            QTest.keyClick(view.table, Qt.Key.Key_Return)
            await until(lambda: view.detail.title.whole() in ("Ana", "Bia"))
            first = view.detail.title.whole()
            QTest.keyClick(view.table, Qt.Key.Key_Down if first == "Bia" else Qt.Key.Key_Up)
            await until(lambda: view.detail.title.whole() != first)
            QTest.keyClick(view.table, Qt.Key.Key_Escape)
            assert view.pane.isHidden()

    run_qt(scenario())


def test_a_viewer_sees_contacts_and_is_offered_nothing_to_change(
    run_qt, server, shop, show, tmp_path
) -> None:
    arrange(server, shop, *people("Ana"))
    viewer = make_surroundings(server.url, server.sign_in(shop, Role.VIEWER), tmp_path)

    async def scenario() -> None:
        async with desk(viewer, show) as here:
            await here.open("Ana")
            head, detail = here.view.head, here.view.detail
            for offered in (
                head.new,
                head.take_in,
                head.more,
                detail.away,
                detail.tags.field,
                detail.consent.stop,
            ):
                assert not offered.isVisible()
            assert detail.lines["name"].line.isReadOnly()
            assert not viewer.commands.run("new")

    run_qt(scenario())


@pytest.mark.parametrize("width", [960, 1216])
def test_groups_give_way_where_the_list_would_be_too_narrow(
    run_qt, surroundings, server, shop, show, width
) -> None:
    arrange(server, shop, *people("Ana"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            here.view.resize(width, 640)
            await here.open("Ana")
            assert here.view.side.isVisible() == (width == 1216)
            assert here.view.width() == width
            here.view.close_contact()
            assert here.view.side.isVisible()

    run_qt(scenario())


def test_a_list_that_cannot_be_loaded_says_so_and_tries_again(
    run_qt, surroundings, server, shop, show, monkeypatch
) -> None:
    arrange(server, shop, *people("Ana"))
    base = surroundings.session.api.base
    monkeypatch.setattr(surroundings.session.api, "base", "http://127.0.0.1:1")

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            await until(lambda: here.view.list.pages.currentWidget() is here.view.list.failure)
            surroundings.session.api.base = base
            QTest.mouseClick(here.view.list.failure.button, Qt.MouseButton.LeftButton)
            await here.until_names("Ana")

    run_qt(scenario())


def test_what_is_refused_in_the_end_comes_back(run_qt, surroundings, server, shop, show, monkeypatch) -> None:
    arrange(server, shop, *people("Ana", "Bia"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            monkeypatch.setattr("desktop.contacts.presenter.CONTACTS", "/api/v1/nothing")
            here.view.table.selectAll()
            QTest.mouseClick(here.view.head.bar.archive, Qt.MouseButton.LeftButton)
            assert here.names() == []
            monkeypatch.undo()
            await here.until_names("Bia", "Ana")
            assert server.run(one, server.engine, shop, "SELECT count(archived_at) FROM contact") == 0

    run_qt(scenario())
