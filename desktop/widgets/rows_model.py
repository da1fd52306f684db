"""Rows of one kind, each known by a key, and the columns that show them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.widgets.cells import Cell, TextCell
from desktop.widgets.text import plain_tip

Index = QModelIndex | QPersistentModelIndex
Row = TypeVar("Row")


class Role(IntEnum):
    """``ROW`` is the row itself, ``COLUMN`` the :class:`Column` that shows it."""

    ROW = Qt.ItemDataRole.UserRole + 1
    COLUMN = Qt.ItemDataRole.UserRole + 2


@dataclass(frozen=True)  # ``Column[Row](…)`` does not go together with slots
class Column(Generic[Row]):
    """How one aspect of a row is shown.

    ``show`` is what is read, on the screen and by a screen reader; ``cell`` how it is painted. A column
    without ``width`` stretches by its weight. Below a table of ``drops_below`` pixels it is left out.
    """

    title: str
    show: Callable[[Row], str]
    width: int = 0
    stretch: int = 1
    cell: Cell = field(default_factory=TextCell)
    right: bool = False
    tip: Callable[[Row], str] | None = None
    drops_below: int = 0


class RowsModel(QAbstractTableModel, Generic[Row]):
    """Holds rows and tells views precisely which ones changed. Never awaits."""

    def __init__(
        self, columns: Sequence[Column[Row]], key: Callable[[Row], Hashable], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.columns = list(columns)
        self._key = key
        self._rows: list[Row] = []
        self._places: dict[Hashable, int] = {}

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, col = self._rows[index.row()], self.columns[index.column()]
        return self._answer(row, col, role)

    def _answer(self, row: Row, col: Column[Row], role: int) -> Any:
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return col.show(row)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{col.title}: {col.show(row)}" if col.title else col.show(row)
            case Qt.ItemDataRole.ToolTipRole if col.tip:
                return plain_tip(col.tip(row))
            case Role.ROW:
                return row
            case Role.COLUMN:
                return col
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole and self.columns[section].right:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(self._rows)

    def row_at(self, place: int) -> Row:
        return self._rows[place]

    def key_at(self, place: int) -> Hashable:
        return self._key(self._rows[place])

    def place(self, key: Hashable) -> int | None:
        """Where the row of this key is, if it is here."""
        return self._places.get(key)

    def find(self, key: Hashable) -> Row | None:
        place = self.place(key)
        return None if place is None else self._rows[place]

    def replace_all(self, rows: Sequence[Row]) -> None:
        """Show these instead; of the same keys in the same order only what changed is told."""
        if [self._key(row) for row in rows] == [self._key(row) for row in self._rows]:
            for place, row in enumerate(rows):
                self._change(place, row)
            return
        self.beginResetModel()
        self._rows = list(rows)
        self._number()
        self.endResetModel()

    def append(self, rows: Sequence[Row]) -> None:
        """The next page. Rows that are here already are only brought up to date."""
        new = [row for row in rows if self.place(self._key(row)) is None]
        for row in rows:
            if (place := self.place(self._key(row))) is not None:
                self._change(place, row)
        if new:
            end = len(self._rows)
            self.beginInsertRows(QModelIndex(), end, end + len(new) - 1)
            self._rows.extend(new)
            self._number()
            self.endInsertRows()

    def upsert(self, row: Row, *, on_top: bool = False) -> None:
        """Bring a row up to date, or add it at the end or on top."""
        place = self.place(self._key(row))
        if place is not None:
            self._change(place, row)
            return
        place = 0 if on_top else len(self._rows)
        self.beginInsertRows(QModelIndex(), place, place)
        self._rows.insert(place, row)
        self._number()
        self.endInsertRows()

    def remove(self, key: Hashable) -> None:
        """Nothing happens when it is not here."""
        place = self.place(key)
        if place is not None:
            self.beginRemoveRows(QModelIndex(), place, place)
            del self._rows[place]
            self._number()
            self.endRemoveRows()

    def _change(self, place: int, row: Row) -> None:
        if row != self._rows[place]:
            self._rows[place] = row
            self.dataChanged.emit(self.index(place, 0), self.index(place, len(self.columns) - 1))

    def _number(self) -> None:
        self._places = {self._key(row): place for place, row in enumerate(self._rows)}
