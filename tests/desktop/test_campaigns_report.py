"""The report of a campaign per recipient: filters, pages, and a safe file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QFileDialog

from desktop.campaigns.details.view import PEOPLE
from desktop.campaigns.report.report_model import ReportModel
from embedded_server.contract.campaigns import RecipientOut, StandingName
from engine.ids import new_id
from tests.desktop.campaigns_kit import made, opened, prepare, screen, settle
from tests.fakes.poll import until


@pytest.fixture
def sending(server, shop):
    channel, _ = server.run(prepare, server.engine, shop, 12)
    return server.run(made, server.engine, shop, channel, "sending", name="Natal")


def test_the_report_is_filtered_searched_and_leads_to_the_contact(
    server, shop, sending, surroundings, run_qt, show
) -> None:
    server.run(settle, server.engine, shop, sending, failed=2, skipped=3)
    went: list[tuple[str, object]] = []

    async def scenario() -> None:
        surroundings.navigator.wanted.connect(lambda name, target: went.append((name, target)))
        async with screen(surroundings, show) as view:
            report, model = await people_of(view, sending)
            assert (model.rowCount(), report.filter.itemText(0)) == (12, "Todos (12)")
            report.filter.choose(StandingName.FAILED)
            report.filter.chosen.emit(StandingName.FAILED)
            await until(lambda: model.rowCount() == 2)
            cells = [model.index(0, n).data() for n in range(4)]
            assert cells[1:] == ["Não entregue", "Este número não pode receber pelo WhatsApp", "0"]
            report.search.setText("97000-1001")
            report.search.returnPressed.emit()
            await until(lambda: model.rowCount() == 1)
            report.table.opened.emit(model.key_at(0))
        assert went[0][0] == "contacts"

    run_qt(scenario())


async def people_of(view, campaign):
    details = await opened(view, campaign)
    details.parts.choose(PEOPLE)
    details.parts.chosen.emit(PEOPLE)
    model = view.report_presenter.model
    await until(lambda: model.rowCount() > 0)
    return details.report, model


def test_the_report_comes_page_by_page(server, shop, surroundings, run_qt, show) -> None:
    channel_id, _ = server.run(prepare, server.engine, shop, 230)
    campaign = server.run(made, server.engine, shop, channel_id, "sending")

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            report, model = await people_of(view, campaign)
            assert model.rowCount() == 100
            report.table.verticalScrollBar().setValue(report.table.verticalScrollBar().maximum())
            await until(lambda: model.rowCount() == 200)
            report.table.verticalScrollBar().setValue(report.table.verticalScrollBar().maximum())
            await until(lambda: model.rowCount() == 230 and not view.report_presenter.has_more)

    run_qt(scenario())


def test_in_09_the_file_is_written_where_the_person_says(
    server, shop, sending, surroundings, run_qt, show, tmp_path: Path
) -> None:
    server.run(settle, server.engine, shop, sending, failed=2)
    toasts: list[str] = []
    target = tmp_path / "natal.csv"

    async def scenario() -> None:
        surroundings.notices.toasted.connect(lambda toast: toasts.append(toast.text))
        async with screen(surroundings, show) as view:
            report, _ = await people_of(view, sending)
            report.save.click()
            await pick(report.dialog, target)
            await until(lambda: bool(toasts))
            assert not report.saving.isVisible()

    run_qt(scenario())
    header, *lines = csv.reader(target.read_text("utf-8-sig").splitlines(), delimiter=";")
    assert (header[:4], len(lines)) == (["Nome", "Número", "Situação", "Motivo"], 12)
    assert toasts == [f"Relatório salvo: {target}"]
    assert [path.name for path in tmp_path.glob("natal*")] == ["natal.csv"]


async def pick(dialog: QFileDialog, path: Path) -> None:
    """Choose a file as a person does, in the dialog that is open."""
    await until(dialog.isVisible)
    dialog.setDirectory(str(path.parent))
    dialog.selectFile(str(path))
    dialog.accept()


def test_a_file_that_is_given_up_leaves_nothing_behind(
    server, shop, sending, surroundings, run_qt, show, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            report, _ = await people_of(view, sending)
            view.report_presenter.exporting.connect(lambda *_: report.stop.click())
            view.report_presenter.export(tmp_path / "natal.csv", 12)
            await until(lambda: not view.report_presenter.tasks.is_running("export"))
            assert report.save.isEnabled()

    run_qt(scenario())
    assert list(tmp_path.glob("natal*")) == []


def test_a_file_that_cannot_be_written_is_told_in_a_sentence(
    server, shop, sending, surroundings, run_qt, show, tmp_path: Path
) -> None:
    said: list[str] = []

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            await people_of(view, sending)
            view.report_presenter.failed.connect(said.append)
            view.report_presenter.export(tmp_path / "nowhere" / "natal.csv", 12)
            await until(lambda: bool(said))

    run_qt(scenario())
    assert said[0].startswith("Não foi possível gravar o arquivo:")


def test_the_reports_model_obeys_qt(qapp) -> None:
    model = ReportModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)

    first, second = recipient("pending"), recipient("read", name="Ana")
    model.replace_all([first, second])
    model.upsert(first.model_copy(update={"status": "failed", "reason": "131026"}))
    model.append([recipient("uncertain")])
    model.remove(second.id)

    assert [model.index(n, 1).data() for n in range(2)] == ["Não entregue", "Em verificação"]


def recipient(status: str, **values: object) -> RecipientOut:
    usual = {"contact_id": None, "name": "", "address": "+5511970001000", "body": "Oi", "reason": None}
    more = {"said": None, "tries": 1, "sent_at": None, "status_at": None, "provider_message_id": None}
    return RecipientOut(id=new_id(), status=status, **{**usual, **more, **values})
