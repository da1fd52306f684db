"""The frame: it is on the screen before anything else is loaded, and remembers where it stood.

Nothing here knows the appliance: what the frame imports is what a person waits for at every start.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QLabel, QMainWindow, QWidget

from desktop.shell.app_icon import app_icon, app_picture
from desktop.shell.preferences import Preferences
from desktop.widgets.layouts import STRETCH, column, holder, row
from desktop.widgets.text import Text
from embedded_server.contract.words import t

PRODUCT = "Master IA"
SMALLEST = QSize(800, 560)
USUAL = QSize(1280, 800)

_GEOMETRY = "window/geometry"
_PICTURE = 72


class Window(QMainWindow):
    """Holds one page at a time. ``close_wanted`` follows the person's wish; who hears it decides.

    ``activated`` tells whether the window has the focus of the system.
    """

    close_wanted = Signal()
    activated = Signal(bool)

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self._preferences = preferences
        self._may_close = False
        self.setWindowTitle(PRODUCT)
        self.setWindowIcon(app_icon())
        self.setMinimumSize(SMALLEST)
        self._restore()
        self.show_page(splash())

    def show_page(self, page: QWidget, title: str = "") -> None:
        """Put this in the place of what was there, which goes away."""
        self.setCentralWidget(page)
        self.show_title(title)

    def show_title(self, title: str) -> None:
        self.setWindowTitle(f"{title} — {PRODUCT}" if title else PRODUCT)

    def come_forward(self) -> None:
        """From the tray, from behind, or from the task bar."""
        self.showMaximized() if self.isMaximized() else self.showNormal()
        self.raise_()
        self.activateWindow()

    def remember(self) -> None:
        self._preferences.keep(_GEOMETRY, self.saveGeometry())
        self._preferences.save()

    def leave(self) -> None:
        """Close for good, without asking."""
        self.remember()
        self._may_close = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close:
            event.accept()
            return
        event.ignore()
        self.remember()
        self.close_wanted.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            self.activated.emit(self.isActiveWindow())

    def _restore(self) -> None:
        kept = self._preferences.data(_GEOMETRY)
        if kept.isEmpty() or not self.restoreGeometry(kept):
            screen = QGuiApplication.primaryScreen().availableSize()
            self.resize(USUAL.boundedTo(screen))


def splash(text: str = "") -> QWidget:
    """What stands there while the rest is on its way."""
    picture = QLabel()
    picture.setPixmap(app_picture(_PICTURE))
    words = Text(text or t("Opening…"), "small")
    return holder(
        column(
            STRETCH,
            row(STRETCH, picture, STRETCH),
            row(STRETCH, Text(PRODUCT, "title"), STRETCH),
            row(STRETCH, words, STRETCH),
            STRETCH,
            gap="m",
        )
    )
