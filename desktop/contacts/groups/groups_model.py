"""The list at the left: everybody, the tags, the segments, and how many people each stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from desktop.contacts.tag_colors import badge_color
from desktop.widgets.cells import Spot, paint_line
from desktop.widgets.icons import pixmap
from desktop.widgets.rows_model import Column, RowsModel
from desktop.widgets.theme import fill, font, theme
from embedded_server.contract.contacts import CountedTagOut, SegmentOut
from embedded_server.contract.labels import Color
from embedded_server.contract.words import number, t

Index = QModelIndex | QPersistentModelIndex

_ICON = 16
_DOT = 10


class Kind(StrEnum):
    EVERYBODY = "everybody"
    HEADING = "heading"
    TAG = "tag"
    SEGMENT = "segment"


@dataclass(frozen=True, slots=True)
class Group:
    """One entry. ``count`` is None until somebody has counted."""

    kind: Kind
    name: str = field(repr=False)
    id: UUID | None = None
    count: int | None = None
    color: Color = Color.NEUTRAL

    @property
    def key(self) -> tuple[Kind, object]:
        return self.kind, self.name if self.kind is Kind.HEADING else self.id


class GroupsModel(RowsModel[Group]):
    """Headings cannot be chosen."""

    def __init__(self, parent: QObject | None = None) -> None:
        column = Column[Group]("", _said, cell=_GroupCell())
        super().__init__([column], key=lambda group: group.key, parent=parent)
        self._counts: dict[UUID, int] = {}

    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.isValid() and self.row_at(index.row()).kind is Kind.HEADING:
            return Qt.ItemFlag.NoItemFlags
        return super().flags(index)

    def show_groups(self, tags: Sequence[CountedTagOut], segments: Sequence[SegmentOut]) -> None:
        rows = [Group(Kind.EVERYBODY, t("All contacts"), count=self._everybody)]
        if tags:
            rows.append(Group(Kind.HEADING, t("Tags")))
        rows += [Group(Kind.TAG, tag.name, tag.id, tag.contacts, badge_color(tag.color)) for tag in tags]
        if segments:
            rows.append(Group(Kind.HEADING, t("Segments")))
        rows += [Group(Kind.SEGMENT, one.name, one.id, self._counts.get(one.id)) for one in segments]
        self.replace_all(rows)

    def show_everybody(self, count: int) -> None:
        self.upsert(Group(Kind.EVERYBODY, t("All contacts"), count=count), on_top=True)

    def show_count(self, segment: SegmentOut, count: int) -> None:
        self._counts[segment.id] = count
        if self.find((Kind.SEGMENT, segment.id)) is not None:
            self.upsert(Group(Kind.SEGMENT, segment.name, segment.id, count))

    @property
    def _everybody(self) -> int | None:
        known = self.find((Kind.EVERYBODY, None))
        return known.count if known else None


@dataclass(frozen=True, slots=True)
class _GroupCell:
    """A picture or the tag's color, the name, and the number at the right end."""

    def paint(self, painter: QPainter, spot: Spot) -> None:
        group: Group = spot.row
        if group.kind is Kind.HEADING:
            low = spot.rect.adjusted(0, spot.rect.height() / 3, 0, 0)
            paint_line(painter, low, group.name, "chip", "mute")
            return
        self._paint_picture(painter, spot.rect, group)
        count = "" if group.count is None else number(group.count)
        room = QFontMetricsF(font("small")).horizontalAdvance(count) + 2
        name = spot.rect.adjusted(_ICON + 10, 0, -room - 8, 0)
        paint_line(painter, name, group.name, "body", "text")
        where = QRectF(spot.rect.right() - room, spot.rect.top(), room, spot.rect.height())
        paint_line(painter, where, count, "small", "mute", right=True)

    def _paint_picture(self, painter: QPainter, rect: QRectF, group: Group) -> None:
        middle = rect.center().y()
        if group.kind is Kind.TAG:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            dot = QRectF(rect.left() + (_ICON - _DOT) / 2, middle - _DOT / 2, _DOT, _DOT)
            fill(painter, dot, theme.color(group.color), _DOT / 2)
            return
        name = "users" if group.kind is Kind.EVERYBODY else "list-filter"
        painter.drawPixmap(QPointF(rect.left(), middle - _ICON / 2), pixmap(name, "mute", _ICON))


def _said(group: Group) -> str:
    return (
        group.name
        if group.count is None
        else t("{name}: {count}", name=group.name, count=number(group.count))
    )
