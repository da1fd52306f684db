"""Tasks, phases, dialogs and the watchdog: what every screen stands on."""

from __future__ import annotations

import asyncio
import time

import pytest
import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QWidget

from desktop.client.errors import Unreachable
from desktop.shell.ask import ask
from desktop.shell.async_view import SKELETON_AFTER_MS, AsyncView
from desktop.shell.presenter import Phase, Presenter
from desktop.shell.tasks import Tasks
from desktop.widgets.empty_state import EmptyState
from tests.fakes.watchdog import watched


async def test_a_stall_is_noticed() -> None:
    async def blocks() -> None:
        await asyncio.sleep(0.05)
        end = time.perf_counter() + 0.4
        while time.perf_counter() < end:
            pass
        await asyncio.sleep(0.05)

    with pytest.raises(AssertionError, match="stood still"):
        await watched(blocks())


def test_work_ends_with_its_owner(run_qt) -> None:
    async def scenario() -> None:
        ended = asyncio.Event()

        async def work() -> None:
            try:
                await asyncio.sleep(60)
            finally:
                ended.set()

        owner = QObject()
        Tasks(owner, on_error=lambda error: None).start("work", work())
        await asyncio.sleep(0)
        shiboken6.delete(owner)
        await asyncio.wait_for(ended.wait(), 1)

    run_qt(scenario())


def test_the_latest_work_of_a_name_wins(run_qt) -> None:
    async def scenario() -> None:
        owner, done = QObject(), []

        async def work(n: int) -> None:
            await asyncio.sleep(0.01)
            done.append(n)

        tasks = Tasks(owner, on_error=lambda error: None)
        for n in range(3):
            tasks.start("search", work(n))
        await asyncio.sleep(0.05)
        assert done == [2]

    run_qt(scenario())


def test_a_failure_is_told_in_words(run_qt) -> None:
    async def scenario() -> None:
        presenter, said = Presenter(), []
        presenter.failed.connect(said.append)

        async def fails() -> None:
            raise Unreachable

        presenter.start("send", fails())
        await asyncio.sleep(0.01)
        assert len(said) == 1
        assert said[0].endswith(".")

    run_qt(scenario())


def make_view(presenter: Presenter, show) -> AsyncView:
    view = AsyncView(QWidget(), EmptyState("inbox", "Nada"))
    view.follow(presenter)
    show(view)
    return view


def test_a_view_goes_through_its_four_faces(run_qt, show) -> None:
    async def scenario() -> None:
        presenter = Presenter()
        view = make_view(presenter, show)
        presenter.to_phase(Phase.EMPTY)
        assert view.pages.currentWidget() is view.empty
        presenter.to_phase(Phase.FAILED, "O motor não responde.")
        assert view.pages.currentWidget() is view.failure
        assert view.failure.text.whole() == "O motor não responde."
        presenter.to_phase(Phase.READY)
        assert view.pages.currentWidget() is view.content
        presenter.to_phase(Phase.FAILED, "O motor não responde.")
        assert view.pages.currentWidget() is view.content
        assert view.stale.isVisible()

    run_qt(scenario())


def test_the_skeleton_comes_late_and_nothing_flashes(run_qt, show) -> None:
    async def scenario() -> None:
        presenter = Presenter()
        view = make_view(presenter, show)
        assert view.pages.currentWidget() is view.blank
        await asyncio.sleep(SKELETON_AFTER_MS / 1000 + 0.1)
        assert view.pages.currentWidget() is view.skeleton

    run_qt(scenario())


def test_a_dialog_is_awaited_while_other_work_goes_on(run_qt, qtbot) -> None:
    async def scenario() -> None:
        ticks, dialog = [], QDialog()
        qtbot.addWidget(dialog)

        async def tick() -> None:
            for n in range(10):
                ticks.append(n)
                await asyncio.sleep(0.005)

        ticking = asyncio.create_task(tick())
        asyncio.get_running_loop().call_later(0.1, dialog.accept)
        assert await ask(dialog) == QDialog.DialogCode.Accepted
        assert len(ticks) == 10
        await ticking

    run_qt(scenario())


def test_giving_up_waiting_closes_the_dialog(run_qt, qtbot) -> None:
    async def scenario() -> None:
        dialog = QDialog()
        qtbot.addWidget(dialog)
        waiting = asyncio.create_task(ask(dialog))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not dialog.isVisible()

    run_qt(scenario())
