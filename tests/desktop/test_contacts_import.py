"""The import wizard with real files, the real server and a worker: from a dropped file to contacts."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from uuid import UUID

import pytest
from openpyxl import Workbook
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtTest import QTest

from desktop.contacts.importing.columns_step import FieldNameDialog
from desktop.contacts.importing.file_step import file_of
from desktop.contacts.importing.list_dialog import ImportsDialog
from desktop.contacts.importing.wizard import ImportWizard
from desktop.widgets.dialog import Confirm
from embedded_server.contract import labels
from embedded_server.contract.imports import ImportStateName
from engine.contacts import NewContact, importing
from tests.desktop.contacts_desk import Desk, arrange, desk, employ_worker
from tests.fakes.inbound import one, rows
from tests.fakes.poll import until

LEFT = Qt.MouseButton.LeftButton
LIST = (
    "Nome;Celular;Cidade\nAna;11 98765-4321;Santos\nBia;123;Rio\nCaio;(21) 99876-5432;Rio\nAna;11987654321;\n"
)


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "clientes da feira.csv"
    path.write_text(LIST, "utf-8")
    return path


async def begin(here: Desk, path: Path) -> ImportWizard:
    """The wizard at its second step, with this file."""
    here.view.importer.begin()
    wizard = here.view.importer.wizard
    wizard.file.zone.dropped.emit(path)
    await until(lambda: wizard.steps.step == 1)
    return wizard


async def check(wizard: ImportWizard) -> None:
    QTest.mouseClick(wizard.go, LEFT)
    await until(wizard.back.isVisible)


def numbers(wizard: ImportWizard) -> list[str]:
    return [card.value.whole() for card in wizard.outcome.cards.values()]


def test_a_list_becomes_contacts_in_five_steps(run_qt, surroundings, server, shop, show, listed) -> None:
    employ_worker(server)

    async def scenario() -> None:
        async with desk(surroundings, show, live=True) as here:
            wizard = await begin(here, listed)
            assert [line.target() for line in wizard.columns.lines] == ["name", "phone", "custom:Cidade"]
            await check(wizard)
            await until(lambda: wizard.outcome.table.model().rowCount() == 1)
            wrong = wizard.outcome.table.model().index(0, 1).data()
            assert wrong == "Celular: O número tem dígitos de menos."
            assert numbers(wizard) == ["4", "2", "0", "1", "1"]
            assert wizard.go.text() == "Importar 2 contatos"
            QTest.mouseClick(wizard.go, LEFT)
            await until(lambda: wizard.steps.step == 4)
            assert wizard.outcome.title.whole() == "Os contatos estão aqui"
            wizard.reject()
            await here.until_names("Caio", "Ana")

    run_qt(scenario())


def test_columns_options_and_consent_are_told_and_kept(
    run_qt, surroundings, server, shop, show, listed
) -> None:
    employ_worker(server)

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            wizard = await begin(here, listed)
            options = wizard.columns.options
            options.tags.setText("feira, 2025")
            options.agreed.setChecked(True)
            QTest.mouseClick(wizard.go, LEFT)
            assert options.field.error == "Escreva o que elas aceitaram e como você sabe."
            options.statement.setPlainText("Assinaram no balcão")
            wizard.columns.lines[2].take_field("Município")
            await check(wizard)
            QTest.mouseClick(wizard.go, LEFT)
            await until(lambda: wizard.steps.step == 4)
            wizard.reject()

    run_qt(scenario())
    names = "SELECT string_agg(name, ' ' ORDER BY name) FROM tag"
    assert server.run(one, server.engine, shop, names) == "2025 feira"
    assert server.run(one, server.engine, shop, "SELECT count(*) FROM consent WHERE granted") == 6
    fields = "SELECT custom->>'Município' FROM contact ORDER BY name"
    assert server.run(rows, server.engine, shop, fields) == [("Santos",), ("Rio",)]


def test_without_a_column_of_numbers_the_wizard_stays_and_says_so(
    run_qt, surroundings, shop, show, listed
) -> None:
    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            wizard = await begin(here, listed)
            line = wizard.columns.lines[1]
            line.choice.choose("ignore")
            QTest.mouseClick(wizard.go, LEFT)
            assert wizard.columns.trouble.whole().startswith("Nenhuma coluna tem números de telefone")
            line.choice.chosen.emit("other")
            dialog = next(one for one in wizard.findChildren(FieldNameDialog) if one.isVisible())
            QTest.keyClick(dialog.name, Qt.Key.Key_Return)
            assert line.target() == "custom:Celular"
            wizard.reject()

    run_qt(scenario())


def test_going_back_loses_nothing_and_counts_again(run_qt, surroundings, server, shop, show, listed) -> None:
    employ_worker(server)
    arrange(server, shop, NewContact("Ana Velha", phone="11 98765-4321"))

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            wizard = await begin(here, listed)
            await check(wizard)
            assert numbers(wizard) == ["4", "1", "1", "1", "1"]
            assert wizard.go.text() == "Importar 2 contatos"
            QTest.mouseClick(wizard.back, LEFT)
            assert wizard.steps.step == 1
            wizard.columns.options.existing["keep"].setChecked(True)
            await check(wizard)
            assert wizard.outcome.cards["rows_updated"].title.whole() == "Ficam como estão"
            assert wizard.go.text() == "Importar 1 contato"
            wizard.reject()

    run_qt(scenario())


def test_closing_the_wizard_leaves_the_import_running_and_a_notice_tells_its_end(
    run_qt, surroundings, server, shop, show, listed
) -> None:
    async def scenario() -> None:
        async with desk(surroundings, show, live=True) as here:
            wizard = await begin(here, listed)
            wizard._presenter.begin()
            await until(lambda: wizard.steps.step == 3)
            id_ = wizard._presenter.job.id
            QTest.mouseClick(wizard.leave, LEFT)
            await here.until_said("A importação continua")
            assert here.view.importer.wizard is None
            server.run(carry_on, server, shop, id_)
            await here.until_said("Importação concluída. 2 novos")
            (news,) = surroundings.notices.news
            assert (news.screen, news.target) == ("contacts", ("import", id_))
            here.view.open(news.target)
            await until(lambda: here.view.importer.wizard.steps.step == 4)
            assert surroundings.notices.news == []
            here.view.importer.wizard.reject()

    run_qt(scenario())


async def carry_on(server, shop: UUID, id_: UUID) -> None:
    await importing.carry_on(server.engine, shop, id_)


def test_an_import_is_found_again_in_the_list_and_given_up(
    run_qt, surroundings, server, shop, show, listed
) -> None:
    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            (await begin(here, listed)).reject()
            here.view.importer.show_all()
            dialog = here.dialog(ImportsDialog)
            await until(lambda: dialog.model.rowCount() == 1)
            assert dialog.model.index(0, 1).data() == labels.text(ImportStateName.UPLOADED)
            dialog.table.opened.emit(dialog.model.key_at(0))
            wizard = here.view.importer.wizard
            await until(lambda: wizard.steps.step == 1)
            QTest.mouseClick(wizard.away, LEFT)
            sure = next(one for one in wizard.findChildren(Confirm) if one.isVisible())
            QTest.mouseClick(sure.yes, LEFT)
            await until(lambda: wizard.steps.step == 4)
            assert wizard.outcome.title.whole() == "A importação foi cancelada"
            wizard.reject()

    run_qt(scenario())


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("lista.csv", b"", "linha"),
        ("lista.xlsx", b"PK\x03\x04nonsense", ""),
        ("lista.csv", b"\0\x01\x02\x03\x04\x05\x06" * 3000, ""),
    ],
)
def test_in_08_what_is_no_list_is_refused_in_words(
    run_qt, surroundings, shop, show, tmp_path, name, data, said
) -> None:
    path = tmp_path / name
    path.write_bytes(data)

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            here.view.importer.begin()
            wizard = here.view.importer.wizard
            wizard.file.zone.dropped.emit(path)
            await until(wizard.file.trouble.isVisible)
            assert said in wizard.file.trouble.whole()
            assert wizard.file.zone.isEnabled()
            wizard.reject()

    run_qt(scenario())


def test_a_file_that_is_too_large_does_not_even_leave(run_qt, surroundings, shop, show, tmp_path) -> None:
    path = tmp_path / "grande.csv"
    with path.open("wb") as file:
        file.truncate(201 * 1024 * 1024)

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            here.view.importer.begin()
            wizard = here.view.importer.wizard
            wizard.file.zone.dropped.emit(path)
            await until(wizard.file.trouble.isVisible)
            assert "200 MB" in wizard.file.trouble.whole()
            wizard.reject()

    run_qt(scenario())


def test_a_large_file_is_sent_in_pieces_and_can_be_stopped(
    run_qt, surroundings, server, shop, show, tmp_path
) -> None:
    path = tmp_path / "grande.csv"
    path.write_text("nome;telefone\n" + "Ana Maria de Souza;11987654321\n" * 400_000, "utf-8")

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            here.view.importer.begin()
            wizard = here.view.importer.wizard
            seen: list[int] = []
            wizard._presenter.sent.connect(lambda done, total: seen.append(done))
            wizard.file.zone.dropped.emit(path)
            await until(lambda: len(seen) > 3)
            QTest.mouseClick(wizard.file.stop, LEFT)
            assert wizard.file.zone.isEnabled()
            assert seen[-1] < path.stat().st_size
            wizard.reject()

    run_qt(scenario())
    assert server.run(one, server.engine, shop, "SELECT count(*) FROM import_job") == 0


def test_an_xlsx_and_its_many_columns_are_taken_too(
    run_qt, surroundings, server, shop, show, tmp_path
) -> None:
    book, path = Workbook(), tmp_path / "lista.xlsx"
    book.active.append(["Telefone", *(f"Campo {n}" for n in range(60))])
    book.active.append([11987654321, *range(60)])
    book.save(path)

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            wizard = await begin(here, path)
            await until(lambda: len(wizard.columns.lines) == 40)
            assert wizard.columns.more.text() == "Mostrar mais 21 colunas"
            assert len(wizard.columns.mapping()) == 61
            QTest.mouseClick(wizard.columns.more, LEFT)
            await until(lambda: len(wizard.columns.lines) == 61)
            wizard.reject()

    run_qt(scenario())


def test_rows_with_errors_are_saved_as_a_file(run_qt, surroundings, server, shop, show, tmp_path) -> None:
    employ_worker(server)
    wrong = "".join(f"=Ruim {n};{n % 100:03}\n" for n in range(250))
    source, saved = tmp_path / "lista.csv", tmp_path / "erros.csv"
    source.write_text(f"Nome;Celular\nAna;11987654321\n{wrong}", "utf-8")

    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            wizard = await begin(here, source)
            await check(wizard)
            problems = wizard._presenter.problems
            await until(lambda: problems.rowCount() == 100)
            problems.fetchMore(problems.index(-1, -1))
            await until(lambda: problems.rowCount() == 200)
            wizard._save(saved)
            await here.until_said("Salvo em erros.csv")
            wizard.reject()

    run_qt(scenario())
    lines = list(csv.reader(io.StringIO(saved.read_text("utf-8-sig")), delimiter=";"))
    assert len(lines) == 251
    assert lines[1] == ["3", "Celular: O número tem dígitos de menos.", "000"]


def test_an_import_that_is_not_there_is_said_in_words(run_qt, surroundings, shop, show) -> None:
    async def scenario() -> None:
        async with desk(surroundings, show) as here:
            here.view.open(("import", shop))
            await until(here.view.importer.wizard.file.trouble.isVisible)
            here.view.importer.wizard.reject()

    run_qt(scenario())


def test_only_one_list_of_a_known_kind_can_be_dropped(tmp_path) -> None:
    def dragged(*names: str) -> QMimeData:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in names])
        return data

    assert file_of(dragged("lista.CSV")) == tmp_path / "lista.CSV"
    assert file_of(dragged("lista.xlsx")) == tmp_path / "lista.xlsx"
    assert file_of(dragged("foto.png")) is None
    assert file_of(dragged("a.csv", "b.csv")) is None
    assert file_of(QMimeData()) is None


def test_an_import_of_before_is_followed_when_the_window_comes_back(
    run_qt, surroundings, server, shop, show, listed
) -> None:
    async def scenario() -> None:
        async with desk(surroundings, show, live=True) as here:
            wizard = await begin(here, listed)
            wizard._presenter.begin()
            await until(lambda: wizard._presenter.job.state is ImportStateName.QUEUED)
            job, presenter = wizard._presenter.job, here.view.importer.presenter
            wizard._presenter.job = None
            wizard.reject()
            assert job.created_by == surroundings.session.me.person_id
            presenter.follow_running()
            await until(lambda: presenter._followed == {job.id})
            server.run(carry_on, server, shop, job.id)
            await here.until_said("Importação concluída")

    run_qt(scenario())
