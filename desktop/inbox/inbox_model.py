"""The list's rows in their order, told to views one by one: nothing is laid out again for one message."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from enum import IntEnum
from itertools import pairwise
from typing import Any
from uuid import UUID

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from desktop.inbox.row_words import spoken_row
from desktop.inbox.rows import Row

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
#: More changes than this at once are told as one.
_SINGLY = 8


class Role(IntEnum):
    """``ROW`` is the :class:`Row`, ``DRAFT`` what was left half-written in that conversation."""

    ROW = Qt.ItemDataRole.UserRole + 1
    DRAFT = Qt.ItemDataRole.UserRole + 2


class InboxModel(QAbstractTableModel):
    """One column, newest activity first. ``more_wanted`` follows a view that came near the end.

    A row older than the last one stays out while there are pages that were not loaded: it comes with them.
    """

    more_wanted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self._by_id: dict[UUID, Row] = {}
        self._drafts: dict[UUID, str] = {}
        self.has_more = False

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        match role:
            case Role.ROW:
                return row
            case Role.DRAFT:
                return self._drafts.get(row.id, "")
            case Qt.ItemDataRole.DisplayRole:
                return row.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return spoken_row(row, self._drafts.get(row.id, ""))
        return None

    def canFetchMore(self, parent: Index = _NOWHERE) -> bool:
        return self.has_more and not parent.isValid()

    def fetchMore(self, parent: Index = _NOWHERE) -> None:
        if self.canFetchMore(parent):
            self.more_wanted.emit()

    def row_at(self, place: int) -> Row:
        return self._rows[place]

    def find(self, id_: UUID) -> Row | None:
        return self._by_id.get(id_)

    def place(self, id_: UUID) -> int | None:
        row = self._by_id.get(id_)
        return None if row is None else self._place_of(row)

    def replace_all(self, rows: Sequence[Row], *, has_more: bool) -> None:
        self.beginResetModel()
        self._rows = _in_order(rows)
        self._by_id = {row.id: row for row in rows}
        self.has_more = has_more
        self.endResetModel()

    def append(self, rows: Sequence[Row], *, has_more: bool) -> None:
        """The next page. What is here already is only brought up to date."""
        self.has_more = has_more
        for row in rows:
            if row.id in self._by_id:
                self.upsert(row)
        new = sorted((row for row in rows if row.id not in self._by_id), key=_rank)
        last = self._rows[-1].rank if self._rows else None
        tail = [row for row in new if last is None or row.rank > last]
        if tail:
            end = len(self._rows)
            self.beginInsertRows(_NOWHERE, end, end + len(tail) - 1)
            self._rows.extend(tail)
            self._by_id.update((row.id, row) for row in tail)
            self.endInsertRows()
        for row in new[: len(new) - len(tail)]:
            self.upsert(row)

    def take(self, rows: Sequence[Row], gone: Sequence[UUID] = ()) -> None:
        """Bring all of these up to date. Many at once cost a view one repaint, not one move each."""
        gone = [id_ for id_ in gone if id_ in self._by_id]
        rows = [row for row in rows if row != self._by_id.get(row.id)]
        if len(rows) + len(gone) <= _SINGLY:
            for id_ in gone:
                self.remove(id_)
            for row in rows:
                self.upsert(row)
            return
        self.beginResetModel()
        for id_ in (*gone, *(row.id for row in rows)):
            if (before := self._by_id.pop(id_, None)) is not None:
                del self._rows[self._place_of(before)]
        for row in rows:
            place = self._place_of(row)
            if place < len(self._rows) or not self.has_more:
                self._rows.insert(place, row)
                self._by_id[row.id] = row
        self.endResetModel()

    def upsert(self, row: Row) -> None:
        """Bring a row up to date where it stands, move it, or put it in its place."""
        before = self._by_id.get(row.id)
        if before is None:
            self._insert(row)
        elif before.rank == row.rank:
            self._change(before, row)
        else:
            self._move(before, row)

    def remove(self, id_: UUID) -> None:
        """Nothing happens when it is not here."""
        row = self._by_id.get(id_)
        if row is not None:
            place = self._place_of(row)
            self.beginRemoveRows(_NOWHERE, place, place)
            del self._rows[place]
            del self._by_id[id_]
            self.endRemoveRows()

    def show_drafts(self, drafts: Iterable[tuple[UUID, str]]) -> None:
        for id_, text in drafts:
            self.show_draft(id_, text)

    def show_draft(self, id_: UUID, text: str) -> None:
        if text == self._drafts.get(id_, ""):
            return
        if text:
            self._drafts[id_] = text
        else:
            del self._drafts[id_]
        if (place := self.place(id_)) is not None:
            self._tell(place)

    def _insert(self, row: Row) -> None:
        place = self._place_of(row)
        if place == len(self._rows) and self.has_more:
            return
        self.beginInsertRows(_NOWHERE, place, place)
        self._rows.insert(place, row)
        self._by_id[row.id] = row
        self.endInsertRows()

    def _change(self, before: Row, row: Row) -> None:
        if row != before:
            place = self._place_of(before)
            self._rows[place] = self._by_id[row.id] = row
            self._tell(place)

    def _move(self, before: Row, row: Row) -> None:
        source, target = self._place_of(before), self._place_of(row)
        # Qt names the place before which it will stand, still counting the row that moves.
        if target not in (source, source + 1):
            self.beginMoveRows(_NOWHERE, source, source, _NOWHERE, target)
            del self._rows[source]
            place = target if target < source else target - 1
            self._rows.insert(place, row)
            self._by_id[row.id] = row
            self.endMoveRows()
        else:
            place = source
            self._rows[place] = self._by_id[row.id] = row
        self._tell(place)

    def _place_of(self, row: Row) -> int:
        return bisect_left(self._rows, row.rank, key=_rank)

    def _tell(self, place: int) -> None:
        index = self.index(place, 0)
        self.dataChanged.emit(index, index)


def _in_order(rows: Sequence[Row]) -> list[Row]:
    """Pages of the appliance are in order already, which is quicker seen than done."""
    if all(above.at > below.at for above, below in pairwise(rows)):
        return list(rows)
    return sorted(rows, key=_rank)


def _rank(row: Row) -> tuple[float, int]:
    return row.rank
