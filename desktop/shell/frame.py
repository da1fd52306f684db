"""The first second: Qt, the person's theme and language, and a window; the rest comes after it is seen."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

import psutil

# Before qasync, which takes the first binding of Qt it finds.
from PySide6.QtCore import (
    QLibraryInfo,
    QLocale,
    QMessageLogContext,
    QtMsgType,
    QTranslator,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from desktop.client.settings import DesktopSettings
from desktop.shell.preferences import LANGUAGE, THEME, Preferences
from desktop.shell.single import SingleInstance
from desktop.shell.window import PRODUCT, Window
from desktop.widgets import theme
from embedded_server.contract import words

logger = logging.getLogger(__name__)

_LOG = "desktop.log"
_LOG_SIZE = 1_000_000
_LEVELS = {QtMsgType.QtDebugMsg: logging.DEBUG, QtMsgType.QtInfoMsg: logging.INFO}


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands when the window is seen, for the rest to build upon."""

    application: QApplication
    window: Window
    settings: DesktopSettings
    preferences: Preferences
    instance: SingleInstance


Rest = Callable[[Frame], Awaitable[None]]


def run(fetch: Callable[[], None], load: Callable[[], Rest]) -> int:
    """Show the window, then ``load`` the rest and let it run to its end; the exit code.

    ``fetch`` brings in what needs many milliseconds and no Qt: a thread does it while the window is painted.
    A second start on the same folder shows the first one's window and returns at once.
    """
    settings = DesktopSettings()
    preferences = Preferences(settings.desktop_dir)
    application = QApplication(sys.argv[:1])
    instance = SingleInstance(settings.desktop_dir)
    if not instance.claim():
        return 0
    _keep_log(settings.desktop_dir)
    dress(application, settings, preferences)
    window = Window(preferences)
    instance.raised.connect(window.come_forward)
    window.show()
    frame = Frame(application, window, settings, preferences, instance)
    with asyncio.Runner(loop_factory=lambda: QEventLoop(application)) as runner:
        runner.run(_go_on(frame, fetch, load))
    return 0


def dress(application: QApplication, settings: DesktopSettings, preferences: Preferences) -> None:
    """Name, language and colors, as the person chose them or as the system has them."""
    application.setApplicationName("master-ia")
    application.setApplicationDisplayName(PRODUCT)
    application.setDesktopFileName("master-ia")
    # The loop ends when its work is done, not when there is no window: there may be a tray.
    application.setQuitOnLastWindowClosed(False)
    words.use(preferences.text(LANGUAGE) or settings.language or words.of_system())
    QLocale.setDefault(QLocale(words.spoken()))
    translator = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(QLocale(words.spoken()), "qtbase", "_", folder):
        application.installTranslator(translator)
    theme.install(application, _mode(preferences))


async def _go_on(frame: Frame, fetch: Callable[[], None], load: Callable[[], Rest]) -> None:
    asyncio.get_running_loop().set_exception_handler(_log_failure)
    # Twice round the loop the window is on the screen.
    await asyncio.sleep(0.01)
    began = psutil.Process().create_time()
    logger.info("The window is seen after %.2f s", time.time() - began)
    await asyncio.to_thread(fetch)
    await load()(frame)


def _mode(preferences: Preferences) -> theme.Mode:
    try:
        return theme.Mode(preferences.text(THEME))
    except ValueError:
        return theme.Mode.SYSTEM


def _keep_log(folder: Path) -> None:
    """Everything worth knowing goes to one file, Qt's own complaints and our bugs too."""
    handler = RotatingFileHandler(folder / _LOG, maxBytes=_LOG_SIZE, backupCount=2, encoding="utf-8")
    logging.basicConfig(
        level=logging.INFO, handlers=[handler], format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    sys.excepthook = log_bug
    qInstallMessageHandler(_log_qt)


def log_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What a slot raised: Qt goes on, and so do we."""
    logger.error("Something went wrong in the window", exc_info=(kind, error, trace))


def _log_failure(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    error = context.get("exception")
    logger.error("%s", context.get("message"), exc_info=error if isinstance(error, Exception) else None)


def _log_qt(kind: QtMsgType, _: QMessageLogContext, message: str | None) -> None:
    logging.getLogger("qt").log(_LEVELS.get(kind, logging.WARNING), "%s", message)
