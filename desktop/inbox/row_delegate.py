"""Paints a line of the inbox: who, what, when, and what waits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.inbox.inbox_model import Role
from desktop.inbox.row_words import count_text, when
from desktop.inbox.rows import Mark, Row
from desktop.widgets.avatar import paint_avatar
from desktop.widgets.icons import pixmap
from desktop.widgets.theme import fill, font, theme
from embedded_server.contract import labels
from embedded_server.contract.labels import Color
from embedded_server.contract.words import t

HEIGHT = 76
_AVATAR, _LEFT, _TEXT, _RIGHT = 44, 14, 69, 16
_CHANNEL, _TICK, _CHIP, _ROUND = 14, 14, 16, 20
_MOST_TAGS = 2
_LINE = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
_AT_RIGHT = int(_LINE | Qt.AlignmentFlag.AlignRight)
_AT_LEFT = int(_LINE | Qt.AlignmentFlag.AlignLeft)
_CENTERED = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine)


@dataclass(frozen=True, slots=True)
class _Spot:
    """One row on the screen."""

    painter: QPainter
    rect: QRectF
    row: Row
    draft: str

    def line(self, left: float, top: float, right: float, height: float) -> QRectF:
        return QRectF(left, self.rect.top() + top, max(0.0, right - left), height)


class RowDelegate(QStyledItemDelegate):
    """The selected row is the one that stands open; its bar is broader while the list has the focus."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.hovered = -1

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        spot = _Spot(painter, QRectF(option.rect), index.data(Role.ROW), index.data(Role.DRAFT))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        has_focus = bool(option.state & QStyle.StateFlag.State_HasFocus)
        self._paint_ground(spot, is_selected=is_selected, has_focus=has_focus, row=index.row())
        _paint_who(spot, is_selected=is_selected)
        _paint_name(spot)
        _paint_preview(spot)
        _paint_tags(spot)
        painter.restore()

    def _paint_ground(self, spot: _Spot, *, is_selected: bool, has_focus: bool, row: int) -> None:
        painter, rect = spot.painter, spot.rect
        if is_selected or row == self.hovered:
            painter.fillRect(rect, theme.color("selected" if is_selected else "hover"))
        if is_selected:
            width = 5 if has_focus else 3
            painter.fillRect(QRectF(rect.left(), rect.top(), width, rect.height()), theme.color("accent"))
        else:
            line = QRectF(rect.left() + _TEXT, rect.bottom() - 1, rect.width() - _TEXT, 1)
            painter.fillRect(line, theme.color("line"))


def _paint_who(spot: _Spot, *, is_selected: bool) -> None:
    painter, rect = spot.painter, spot.rect
    place = QRectF(rect.left() + _LEFT, rect.top() + _LEFT, _AVATAR, _AVATAR)
    paint_avatar(painter, place, spot.row.name)
    if spot.row.channel is None:
        return
    label = labels.label(spot.row.channel)
    corner = QRectF(place.right() - 13, place.bottom() - 13, _CHANNEL + 4, _CHANNEL + 4)
    fill(painter, corner, theme.color("selected" if is_selected else "bg"), corner.width() / 2)
    painter.drawPixmap(corner.topLeft() + QPointF(2, 2), pixmap(label.icon, label.color, _CHANNEL))


def _paint_name(spot: _Spot) -> None:
    painter, row, right = spot.painter, spot.row, spot.rect.right() - _RIGHT
    moment = when(row)
    painter.setFont(font("meta"))
    painter.setPen(theme.color("accent" if row.unread else "mute"))
    painter.drawText(spot.line(right - 90, 12, right, 20), _AT_RIGHT, moment)
    face = font("strong")
    painter.setFont(face)
    painter.setPen(theme.color("text"))
    room = spot.line(spot.rect.left() + _TEXT, 12, right - _width("meta", moment) - 10, 20)
    painter.drawText(room, _AT_LEFT, _cut("strong", row.name, room.width()))


def _paint_preview(spot: _Spot) -> None:
    painter, row = spot.painter, spot.row
    left, right = spot.rect.left() + _TEXT, spot.rect.right() - _RIGHT
    if row.unread:
        right = _paint_count(spot, right) - 10
    painter.setFont(font("small"))
    if spot.draft:
        painter.setPen(theme.color("red"))
        words = t("Draft: {text}", text=" ".join(spot.draft.split()))
    else:
        painter.setPen(theme.color("mute"))
        words = row.preview
        if row.standing:
            color = "mute" if row.standing.color is Color.NEUTRAL else row.standing.color
            painter.drawPixmap(QPointF(left, spot.rect.top() + 37), pixmap(row.standing.icon, color, _TICK))
            left += _TICK + 4
    room = spot.line(left, 34, right, 20)
    painter.drawText(room, _AT_LEFT, _cut("small", words, room.width()))


def _paint_count(spot: _Spot, right: float) -> float:
    """Where the room left of it ends."""
    painter, text = spot.painter, count_text(spot.row.unread)
    width = max(22.0, _width("chip", text) + 12)
    place = spot.line(right - width, 34, right, _ROUND)
    fill(painter, place, theme.color("accent"), _ROUND / 2)
    painter.setFont(font("chip"))
    painter.setPen(theme.color("on_accent"))
    painter.drawText(place, _CENTERED, text)
    return place.left()


def _paint_tags(spot: _Spot) -> None:
    tags, left, right = spot.row.tags, spot.rect.left() + _TEXT, spot.rect.right() - _RIGHT
    for tag in tags[:_MOST_TAGS]:
        left += _paint_tag(spot, tag, left, right) + 6
    if len(tags) > _MOST_TAGS and left < right - 20:
        spot.painter.setFont(_chip_font())
        spot.painter.setPen(theme.color("mute"))
        spot.painter.drawText(spot.line(left, 55, right, _CHIP), _AT_LEFT, f"+{len(tags) - _MOST_TAGS}")


def _paint_tag(spot: _Spot, tag: Mark, left: float, right: float) -> float:
    painter, most = spot.painter, min(110.0, right - left)
    if most < 30:
        return 0.0
    text = QFontMetricsF(_chip_font()).elidedText(tag.name, Qt.TextElideMode.ElideRight, most - 14)
    width = QFontMetricsF(_chip_font()).horizontalAdvance(text) + 14
    place = spot.line(left, 55, left + width, _CHIP)
    fill(painter, place, theme.color(f"{tag.color}_bg"), _CHIP / 2)
    painter.setFont(_chip_font())
    painter.setPen(theme.color(tag.color))
    painter.drawText(place, _CENTERED, text)
    return width


@lru_cache(maxsize=1)
def _chip_font() -> QFont:
    face = QFont(font("meta"))
    face.setWeight(QFont.Weight.DemiBold)
    return face


@lru_cache(maxsize=8)
def _metrics(role: str) -> QFontMetricsF:
    return QFontMetricsF(font(role))


@lru_cache(maxsize=1024)
def _width(role: str, text: str) -> float:
    return _metrics(role).horizontalAdvance(text)


def _cut(role: str, text: str, width: float) -> str:
    return _metrics(role).elidedText(text, Qt.TextElideMode.ElideRight, width)
