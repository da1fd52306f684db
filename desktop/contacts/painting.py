"""Cells of the list: tags that are cut where there is no room, and the sign of who must not be written to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from desktop.contacts.tag_colors import Mark
from desktop.widgets.badge import HEIGHT, badge_width, paint_badge
from desktop.widgets.cells import Spot, paint_line
from desktop.widgets.icons import pixmap
from desktop.widgets.theme import font

_GAP, _MORE, _ICON = 6, 34, 16


@dataclass(frozen=True, slots=True)
class TagsCell:
    """As many as there is room for, then how many more; a single one too long for the cell is cut."""

    marks: Callable[[Any], Sequence[Mark]]

    def paint(self, painter: QPainter, spot: Spot) -> None:
        marks = self.marks(spot.row)
        left, top = spot.rect.left(), spot.rect.center().y() - HEIGHT / 2
        for place, one in enumerate(marks):
            rest = len(marks) - place - 1
            room = spot.rect.right() - left - (_MORE if rest else 0)
            if place and badge_width(one.name) > room:
                more = QRectF(left, spot.rect.top(), _MORE, spot.rect.height())
                paint_line(painter, more, f"+{rest + 1}", "chip", "mute")
                return
            left += paint_badge(painter, QPointF(left, top), _cut(one.name, room), one.color) + _GAP


@dataclass(frozen=True, slots=True)
class SignCell:
    """An icon where the cell has words, which are for screen readers and the tooltip."""

    icon: str
    color: str

    def paint(self, painter: QPainter, spot: Spot) -> None:
        if spot.said:
            where = QPointF(spot.rect.center().x() - _ICON / 2, spot.rect.center().y() - _ICON / 2)
            painter.drawPixmap(where, pixmap(self.icon, self.color, _ICON))


def _cut(text: str, room: float) -> str:
    edges = badge_width("")
    face = QFontMetricsF(font("chip"))
    return face.elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, room - edges))
