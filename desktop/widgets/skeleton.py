"""Grey shapes where rows will be: shown only when loading takes long enough to be noticed."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.theme import fill, theme
from embedded_server.contract.words import t

_EDGE = 16


class Skeleton(QWidget):
    """Rows of one height, as many as fit."""

    def __init__(self, *, row_height: int = 72, avatar: bool = True) -> None:
        super().__init__()
        self._row, self._avatar = row_height, avatar
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)
        self.setAccessibleName(t("Loading"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = theme.color("neutral_bg")
        for top in range(0, self.height(), self._row):
            left = float(_EDGE)
            if self._avatar:
                size = min(44.0, self._row - 16.0)
                fill(painter, QRectF(left, top + (self._row - size) / 2, size, size), color, size / 2)
                left += size + 12
            room = max(40.0, self.width() - left - _EDGE)
            middle = top + self._row / 2
            fill(painter, QRectF(left, middle - 14, room * 0.45, 10), color, 5)
            fill(painter, QRectF(left, middle + 4, room * 0.8, 10), color, 5)
