"""From the first page to the last: who comes in, who goes out, and what happens when the window is closed."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType, TracebackType

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QWidget

from desktop.client.appliance import Appliance
from desktop.client.credentials import Credentials
from desktop.client.errors import ClientError
from desktop.client.settings import DesktopSettings
from desktop.shell.ask import ask
from desktop.shell.frame import Frame, log_bug
from desktop.shell.leaving import CLOSE, QUIT, ConfirmQuit, FirstClose
from desktop.shell.notices import News, Notices
from desktop.shell.preferences import Preferences
from desktop.shell.screen import Navigator, Screen, Surroundings
from desktop.shell.sentences import sentence
from desktop.shell.session import Session
from desktop.shell.shortcuts import Commands
from desktop.shell.tasks import Tasks
from desktop.shell.tray import Tray
from desktop.shell.watchdog import Watchdog
from desktop.shell.window import splash
from desktop.shell.workplace import Workplace
from embedded_server.contract.words import t

logger = logging.getLogger(__name__)

_EXPLAINED = "window/close_explained"


@dataclass(frozen=True, slots=True)
class Parts:
    """What the shell shows without knowing it.

    ``welcome`` makes a page with a signal ``entered(Session)`` and a method ``resume(ended=…)``, which is
    told whether a session was over a moment ago. ``guide`` makes a strip with ``begin()`` and
    ``wanted_changed``, ``devices`` a dialog.
    """

    screens: Sequence[Screen]
    welcome: Callable[[DesktopSettings, Preferences], QWidget]
    guide: Callable[[Surroundings], QWidget]
    devices: Callable[[Surroundings, QWidget], QDialog]


class Life(QObject):
    """One run of the desktop. :meth:`live` returns when it is over and nothing is left behind."""

    def __init__(self, frame: Frame, parts: Parts) -> None:
        super().__init__()
        self._frame, self._parts = frame, parts
        self._ended = asyncio.Event()
        self._is_stopping = False
        self._tasks = Tasks(self, self._on_error)
        self._appliance = Appliance(frame.settings)
        self.tray = Tray(frame.window, frame.preferences)
        self.around: Surroundings | None = None
        self.workplace: Workplace | None = None
        self._watchdog = Watchdog(self)
        self._wire()

    async def live(self) -> None:
        self.tray.begin()
        self._watchdog.start()
        self._welcome()
        try:
            await self._ended.wait()
        finally:
            await self._end()

    def close(self) -> None:
        """The window is no longer wanted; the engine is."""
        if not self._is_stopping:
            self._tasks.start("leave", self._close())

    def quit(self, *, asking: bool = True) -> None:
        """Neither window nor, where it is this desktop's own, engine."""
        if not self._is_stopping:
            self._tasks.start("leave", self._quit(asking=asking))

    def _wire(self) -> None:
        self._frame.window.close_wanted.connect(self.close)
        self._frame.application.commitDataRequest.connect(lambda _: self._ended.set())
        self.tray.show_wanted.connect(self._frame.window.come_forward)
        self.tray.quit_wanted.connect(self.quit)
        self.tray.opened.connect(self._follow)
        sys.excepthook = self._on_bug
        loop = asyncio.get_running_loop()

        def asked_to_end(number: int, _: FrameType | None) -> None:
            stops_engine = number == signal.SIGINT
            loop.call_soon_threadsafe(lambda: self.quit(asking=False) if stops_engine else self._ended.set())

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, asked_to_end)

    def _welcome(self, *, ended: bool = False) -> None:
        page = self._parts.welcome(self._frame.settings, self._frame.preferences)
        page.entered.connect(self._enter)  # type: ignore[attr-defined]
        self._frame.window.show_page(page)
        page.resume(ended=ended)  # type: ignore[attr-defined]

    def _enter(self, session: Session) -> None:
        self.around = around = Surroundings(
            session, Notices(self), Navigator(self), Commands(self), self._frame.preferences
        )
        self.workplace = work = Workplace(around, self._parts.screens, self._frame.window)
        work.devices_wanted.connect(self._open_devices)
        work.sign_out_wanted.connect(lambda: self._tasks.start("sign out", self._sign_out()))
        work.quit_wanted.connect(self.quit)
        work.unread_changed.connect(self.tray.show_unread)
        session.signed_out.connect(lambda: self._tasks.start("signed out", self._on_signed_out(ended=True)))
        self.tray.follow(around.notices)
        self._frame.window.show_page(work)
        session.listen()
        work.begin()
        guide = self._parts.guide(around)
        work.dock(guide)
        guide.begin()  # type: ignore[attr-defined]

    def _open_devices(self) -> None:
        if self.around is not None:
            self._parts.devices(self.around, self._frame.window).open()

    def _follow(self, news: News) -> None:
        if self.around is not None:
            self.around.notices.settle(news.key)
            self.around.navigator.go(news.screen, news.target)

    async def _sign_out(self) -> None:
        if self.around is None:
            return
        # The appliance hears no more of this session than that it is over.
        self.around.session.api.on_signed_out = lambda: None
        try:
            await self.around.session.api.do("DELETE", "/api/v1/session")
        except ClientError as error:
            logger.warning("The appliance was not told of the sign-out: %s", error.code)
        await self._on_signed_out(ended=False)

    async def _on_signed_out(self, *, ended: bool) -> None:
        if self.around is None:
            return
        await self._leave_session()
        keeper = Credentials(
            self._frame.settings.desktop_dir, use_keyring=self._frame.settings.desktop_keyring
        )
        await asyncio.to_thread(keeper.forget)
        self._welcome(ended=ended)

    async def _leave_session(self) -> None:
        around, self.around = self.around, None
        work, self.workplace = self.workplace, None
        self.tray.show_unread(0)
        if work is not None:
            work.leave()
            self._frame.window.show_page(splash())
            # The page goes when the loop comes round, and with it all that it still asks.
            await asyncio.sleep(0.01)
        if around is not None:
            await around.session.close()

    async def _close(self) -> None:
        window = self._frame.window
        if not self._frame.preferences.flag(_EXPLAINED):
            answer = await ask(FirstClose(has_tray=self.tray.is_there, parent=window))
            if answer not in (CLOSE, QUIT):
                return
            self._frame.preferences.keep(_EXPLAINED, True)
            if answer == QUIT:
                await self._quit(asking=False)
                return
        if self.tray.is_there:
            window.hide()
        else:
            self._ended.set()

    async def _quit(self, *, asking: bool) -> None:
        if self._appliance.is_ours():
            window = self._frame.window
            if asking and not await ask(ConfirmQuit(window)):
                return
            self._is_stopping = True
            await self._leave_session()
            window.show_page(splash(t("Stopping the engine…")))
            await self._appliance.stop()
        self._ended.set()

    async def _end(self) -> None:
        sys.excepthook = log_bug
        await self._leave_session()
        self._tasks.cancel_all()
        self._frame.window.show_page(QWidget())
        self._frame.instance.release()
        self._frame.window.leave()

    def _on_error(self, error: Exception) -> None:
        if self.around is not None:
            self.around.notices.bad(sentence(error))

    def _on_bug(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log_bug(kind, error, trace)
        if self.around is not None:
            self.around.notices.bad(sentence(error))
