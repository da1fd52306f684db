"""Tags one after the other, on as many lines as they need."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.inbox.rows import Mark
from desktop.widgets.badge import HEIGHT, badge_width, paint_badge
from desktop.widgets.theme import theme

_GAP = 6


class TagFlow(QWidget):
    """Painted, not built: there may be a hundred of them."""

    def __init__(self) -> None:
        super().__init__()
        self._marks: Sequence[Mark] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self.update)

    def show_marks(self, marks: Sequence[Mark]) -> None:
        self._marks = marks
        self.setAccessibleName(", ".join(mark.name for mark in marks))
        self.setVisible(bool(marks))
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        places = self._places(width)
        return int(places[-1].y()) + HEIGHT if places else 0

    def sizeHint(self) -> QSize:
        return QSize(120, self.heightForWidth(max(self.width(), 120)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for mark, place in zip(self._marks, self._places(self.width()), strict=True):
            paint_badge(painter, place, mark.name, mark.color)

    def _places(self, width: int) -> list[QPointF]:
        places, x, y = [], 0.0, 0.0
        for mark in self._marks:
            wide = badge_width(mark.name)
            if x and x + wide > width:
                x, y = 0.0, y + HEIGHT + _GAP
            places.append(QPointF(x, y))
            x += wide + _GAP
        return places
