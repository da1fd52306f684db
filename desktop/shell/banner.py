"""A line above everything that says the engine cannot be reached, for as long as that is so."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from desktop.widgets.icons import pixmap
from desktop.widgets.layouts import STRETCH, row
from desktop.widgets.text import Text
from desktop.widgets.theme import theme
from embedded_server.contract.words import t

_ICON = 18


class OfflineBanner(QWidget):
    """Hidden while the line stands."""

    def __init__(self) -> None:
        super().__init__()
        self._picture = QLabel()
        self._picture.setFixedSize(QSize(_ICON, _ICON))
        self.text = Text(t("No connection to the engine — trying again…"), "strong", color="yellow")
        self.setLayout(row(STRETCH, self._picture, self.text, STRETCH, margins="s"))
        self.hide()
        self._tint()
        theme.changed.connect(self._tint)

    def show_online(self, is_online: bool) -> None:
        if not is_online and self.isHidden():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self.text.whole()))
        self.setVisible(not is_online)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.color("yellow_bg"))

    def _tint(self) -> None:
        self._picture.setPixmap(pixmap("cloud-off", "yellow", _ICON))
        self.update()
