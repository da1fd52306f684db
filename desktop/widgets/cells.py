"""How one cell of a table looks: words, a badge, a name with a second line, or how far a job is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from desktop.widgets.avatar import paint_avatar
from desktop.widgets.badge import HEIGHT as BADGE
from desktop.widgets.badge import badge_width, paint_badge
from desktop.widgets.motion import Beat
from desktop.widgets.progress import HEIGHT as BAR
from desktop.widgets.progress import paint_progress
from desktop.widgets.theme import font, theme
from embedded_server.contract.labels import Label
from embedded_server.contract.words import t

EDGE = 12
_LEFT, _RIGHT = (
    int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine | side)
    for side in (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
)


@dataclass(frozen=True, slots=True)
class Spot:
    """One cell being painted: ``rect`` inside its margins, ``row`` what it is about, ``said`` its words."""

    rect: QRectF
    row: Any
    said: str
    right: bool
    beat: Beat


class Cell(Protocol):
    """Paints one kind of cell; the ground is painted already."""

    def paint(self, painter: QPainter, spot: Spot) -> None: ...


@dataclass(frozen=True, slots=True)
class TextCell:
    """One line, cut with an ellipsis where it is too long."""

    role: str = "body"
    color: str = "text"

    def paint(self, painter: QPainter, spot: Spot) -> None:
        paint_line(painter, spot.rect, spot.said, self.role, self.color, right=spot.right)


STRONG = TextCell("strong")
MUTED = TextCell("small", "mute")


@dataclass(frozen=True, slots=True)
class BadgeCell:
    """The badge of a row, or nothing."""

    label: Callable[[Any], Label | None]

    def paint(self, painter: QPainter, spot: Spot) -> None:
        label = self.label(spot.row)
        if label:
            opacity = spot.beat.pulse(spot.rect.toAlignedRect()) if label.pulses else 1.0
            top = spot.rect.center().y() - BADGE / 2
            where = QPointF(spot.rect.left(), top)
            paint_badge(painter, where, t(label.message), label.color, icon=label.icon, opacity=opacity)


@dataclass(frozen=True, slots=True)
class BadgesCell:
    """Several badges, as many as there is room for, then how many more."""

    badges: Callable[[Any], Sequence[tuple[str, Any]]]

    def paint(self, painter: QPainter, spot: Spot) -> None:
        badges = self.badges(spot.row)
        left, top = spot.rect.left(), spot.rect.center().y() - BADGE / 2
        for place, (text, color) in enumerate(badges):
            rest = len(badges) - place - 1
            reserve = 40 if rest else 0
            if place and left + badge_width(text) + reserve > spot.rect.right():
                more = QRectF(left, spot.rect.top(), 40, spot.rect.height())
                paint_line(painter, more, f"+{rest + 1}", "chip", "mute")
                return
            left += paint_badge(painter, QPointF(left, top), text, color) + 6


@dataclass(frozen=True, slots=True)
class ProgressCell:
    """A bar with the cell's words behind it; ``share`` is (done, total)."""

    share: Callable[[Any], tuple[float, float]]
    words: int = 90

    def paint(self, painter: QPainter, spot: Spot) -> None:
        done, total = self.share(spot.row)
        words = self.words if spot.said else 0
        bar = QRectF(spot.rect.left(), spot.rect.center().y() - BAR / 2, spot.rect.width() - words, BAR)
        paint_progress(painter, bar, done / total if total else 0)
        rest = QRectF(bar.right() + 8, spot.rect.top(), max(0, words - 8), spot.rect.height())
        paint_line(painter, rest, spot.said, "small", "mute")


@dataclass(frozen=True, slots=True)
class NameCell:
    """A name with a second, muted line, and an avatar before both if there is room for one."""

    second: Callable[[Any], str]
    avatar: bool = False

    def paint(self, painter: QPainter, spot: Spot) -> None:
        room = QRectF(spot.rect)
        if self.avatar:
            size = min(36.0, room.height() - 12)
            paint_avatar(painter, QRectF(room.left(), room.center().y() - size / 2, size, size), spot.said)
            room.setLeft(room.left() + size + EDGE)
        second = self.second(spot.row)
        if not second:
            paint_line(painter, room, spot.said, "strong", "text")
            return
        middle = room.center().y()
        paint_line(painter, QRectF(room.left(), middle - 20, room.width(), 20), spot.said, "strong", "text")
        paint_line(painter, QRectF(room.left(), middle, room.width(), 18), second, "small", "mute")


def paint_line(
    painter: QPainter, rect: QRectF, text: str, role: str, color: str, *, right: bool = False
) -> None:
    """One line in the middle of a rect, cut where it is too long."""
    face = font(role)
    painter.setFont(face)
    painter.setPen(theme.color(color))
    line = QFontMetricsF(face).elidedText(" ".join(text.split()), Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, _RIGHT if right else _LEFT, line)


class CellDelegate(QStyledItemDelegate):
    """Paints the ground of rows, and in it what each column asks for."""

    def __init__(self, table: QTableView) -> None:
        super().__init__(table)
        self._table = table
        self._beat = Beat(table.viewport())

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        model: Any = index.model()
        column = model.columns[index.column()]
        painter.save()
        self._paint_ground(painter, option, index)
        rect = QRectF(option.rect).adjusted(EDGE, 0, -EDGE, 0)
        row = model.row_at(index.row())
        painter.setClipRect(option.rect)
        column.cell.paint(painter, Spot(rect, row, column.show(row), column.right, self._beat))
        painter.restore()

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        rect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or index.row() == getattr(self._table, "hovered", -1):
            painter.fillRect(rect, theme.color("selected" if selected else "hover"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, theme.color("line"))
