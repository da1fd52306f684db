"""From the first page to the last: entering, leaving, closing and quitting."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from desktop.client.credentials import Credentials, Stored
from desktop.client.settings import DesktopSettings
from desktop.shell.frame import Frame
from desktop.shell.leaving import CLOSE, FirstClose
from desktop.shell.life import Life, Parts
from desktop.shell.preferences import Preferences
from desktop.shell.screen import Surroundings
from desktop.shell.session import Session
from desktop.shell.single import SingleInstance
from desktop.shell.window import Window
from tests.desktop.shell_kit import stand_ins
from tests.fakes.poll import until


class Door(QWidget):
    """A way in that waits to be opened."""

    entered = Signal(object)

    def __init__(self, settings: DesktopSettings, preferences: Preferences) -> None:
        super().__init__()
        self.ended: bool | None = None

    def resume(self, *, ended: bool = False) -> None:
        self.ended = ended


class Strip(QWidget):
    """First steps nobody needs any more."""

    wanted_changed = Signal(bool)

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self.hide()

    def begin(self) -> None:
        self.wanted_changed.emit(False)


@pytest.fixture
def frame(qapp: QApplication, qtbot, tmp_path: Path) -> Iterator[Frame]:
    settings = DesktopSettings(
        data_dir=tmp_path / "data", desktop_dir=tmp_path / "desktop", desktop_keyring=False
    )
    preferences = Preferences(settings.desktop_dir)
    window = Window(preferences)
    qtbot.addWidget(window)
    window.show()
    yield Frame(qapp, window, settings, preferences, SingleInstance(settings.desktop_dir))
    window.leave()


async def begun(frame: Frame) -> tuple[Life, asyncio.Task[None]]:
    life = Life(frame, Parts(stand_ins(), Door, Strip, lambda around, parent: QDialog(parent)))
    task = asyncio.create_task(life.live())
    await until(lambda: isinstance(frame.window.centralWidget(), Door))
    return life, task


async def entered(frame: Frame, session: Session) -> tuple[Life, asyncio.Task[None]]:
    life, task = await begun(frame)
    frame.window.centralWidget().entered.emit(session)
    assert life.workplace is frame.window.centralWidget()
    await until(lambda: session.is_online and session._live._seq is not None)
    return life, task


def dialog(window: Window, kind: type[QDialog]) -> QDialog:
    return next(one for one in window.findChildren(kind) if one.isVisible())


def test_closing_is_explained_once_and_ends_the_desktop_where_there_is_no_tray(
    run_qt, frame, surroundings
) -> None:
    async def scenario() -> None:
        _, task = await entered(frame, surroundings.session)
        frame.window.close()
        await until(lambda: any(one.isVisible() for one in frame.window.findChildren(FirstClose)))
        assert frame.window.isVisible()
        dialog(frame.window, FirstClose).done(CLOSE)
        await asyncio.wait_for(task, 5)
        assert not frame.window.isVisible()
        _, again = await begun(frame)
        frame.window.show()
        frame.window._may_close = False
        frame.window.close()
        await asyncio.wait_for(again, 5)

    run_qt(scenario())


def test_staying_is_possible(run_qt, frame, surroundings) -> None:
    async def scenario() -> None:
        life, task = await entered(frame, surroundings.session)
        frame.window.close()
        await until(lambda: any(one.isVisible() for one in frame.window.findChildren(FirstClose)))
        dialog(frame.window, FirstClose).reject()
        await asyncio.sleep(0.05)
        assert not task.done()
        life.quit(asking=False)
        await asyncio.wait_for(task, 5)

    run_qt(scenario())


def test_signing_out_ends_the_session_on_the_appliance_and_forgets_it_here(
    run_qt, frame, surroundings, server
) -> None:
    async def scenario() -> None:
        keeper = Credentials(frame.settings.desktop_dir, use_keyring=False)
        keeper.save(Stored(base=server.url, token=surroundings.session.api.token))
        life, task = await entered(frame, surroundings.session)
        assert life.around.commands.run("sign_out")
        await until(lambda: isinstance(frame.window.centralWidget(), Door))
        assert frame.window.centralWidget().ended is False
        assert keeper.load() is None
        life.quit(asking=False)
        await asyncio.wait_for(task, 5)

    run_qt(scenario())


def test_a_session_the_appliance_ended_leads_back_to_the_way_in(
    run_qt, frame, surroundings, server, shop
) -> None:
    async def scenario() -> None:
        life, task = await entered(frame, surroundings.session)
        surroundings.session.api.sign("nobody")
        life.workplace.news.begin()
        await until(lambda: isinstance(frame.window.centralWidget(), Door))
        assert frame.window.centralWidget().ended is True
        life.quit(asking=False)
        await asyncio.wait_for(task, 5)

    run_qt(scenario())


def test_a_bug_in_a_slot_is_told_and_the_window_goes_on(run_qt, frame, surroundings, caplog) -> None:
    async def scenario() -> None:
        life, task = await entered(frame, surroundings.session)
        life._on_bug(ZeroDivisionError, ZeroDivisionError(), None)
        assert len(life.workplace.toasts.cards) == 1
        assert "ZeroDivisionError" in caplog.text
        life.quit(asking=False)
        await asyncio.wait_for(task, 5)

    run_qt(scenario())


def test_a_second_start_shows_the_first_window_and_ends(run_qt, tmp_path) -> None:
    async def scenario() -> None:
        first, second, shown = SingleInstance(tmp_path), SingleInstance(tmp_path), []
        first.raised.connect(lambda: shown.append(True))
        assert first.claim()
        assert not await asyncio.to_thread(second.claim)
        await until(lambda: shown == [True])
        first.release()
        assert second.claim()
        second.release()

    run_qt(scenario())


def test_windows_of_two_folders_do_not_meet(qapp, tmp_path) -> None:
    one, other = SingleInstance(tmp_path / "a"), SingleInstance(tmp_path / "b")

    assert one.claim()
    assert other.claim()

    one.release()
    other.release()
