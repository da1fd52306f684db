"""Tables of rows that are loaded, changed one by one and read by everybody: one dressed view, one model."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from desktop.widgets.cells import CellDelegate
from desktop.widgets.layouts import column
from desktop.widgets.rows_model import Column, Row, RowsModel
from desktop.widgets.theme import theme

__all__ = ["Column", "Row", "RowsModel", "Table", "framed"]

ROW = 44
_NARROWEST = 80
_NEAR_END = 8


class Table(QTableView):
    """A view of a :class:`RowsModel`.

    ``opened`` carries the key of a row that was clicked or entered (double-clicked, where several may be
    selected). ``near_end`` asks for more rows. ``menu_wanted`` carries the key of a row that was clicked
    with the other button, or is current when the menu key is pressed, and a place on the screen. Keys stay
    selected when the model is filled anew.
    """

    opened = Signal(object)
    near_end = Signal()
    selected = Signal()
    menu_wanted = Signal(object, QPoint)

    def __init__(self, *, row_height: int = ROW, multiple: bool = False, pane: str = "bg") -> None:
        super().__init__()
        self._pane, self._multiple = pane, multiple
        self._model: RowsModel[Any] | None = None
        self._kept: tuple[Hashable, list[Hashable]] = (None, [])
        self.hovered = -1
        self.setItemDelegate(CellDelegate(self))
        self._dress(row_height)
        self._tint()
        theme.changed.connect(self._tint)
        self.entered.connect(lambda index: self._hover(index.row()))
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.verticalScrollBar().rangeChanged.connect(self._on_scrolled)
        (self.doubleClicked if multiple else self.clicked).connect(self._open)

    def show_rows(self, model: RowsModel[Row]) -> None:
        """Show this model, with the widths of its columns. The table keeps it alive."""
        self.setModel(model)
        self._model = model
        model.modelAboutToBeReset.connect(self._keep)
        model.modelReset.connect(self._restore)
        self.selectionModel().selectionChanged.connect(lambda *_: self.selected.emit())
        self.selectionModel().currentChanged.connect(lambda *_: self.viewport().update())
        for place, col in enumerate(model.columns):
            self.horizontalHeader().setSectionResizeMode(place, QHeaderView.ResizeMode.Fixed)
            self.setColumnHidden(place, False)
            if col.width:
                self.setColumnWidth(place, col.width)
        self._spread()

    def rows(self) -> RowsModel[Any]:
        """Raises TypeError before :meth:`show_rows`."""
        if self._model is None:
            raise TypeError("The table has no model of rows yet")
        return self._model

    def current_key(self) -> Hashable | None:
        index = self.currentIndex()
        return self.rows().key_at(index.row()) if index.isValid() else None

    def selected_keys(self) -> list[Hashable]:
        """From top to bottom."""
        places = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self.rows().key_at(place) for place in places]

    def select_key(self, key: Hashable) -> bool:
        """Make it current and bring it into view; whether it is here."""
        place = self.rows().place(key)
        if place is not None:
            self.selectRow(place)
            self.scrollTo(self.model().index(place, 0))
        return place is not None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
        elif (place := self._end(Qt.Key(event.key()))) is not None and not event.modifiers():
            self.setCurrentIndex(self.model().index(place, 0))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        place = self.currentIndex().row()
        if place >= 0 and self.hasFocus():
            width = min(self.viewport().width(), self.horizontalHeader().length())
            ring = QRectF(1, self.rowViewportPosition(place) + 1, width - 2, self.rowHeight(place) - 2)
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.color("ring"), 2))
            painter.drawRoundedRect(ring, 4, 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._spread()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if not self.indexAt(event.position().toPoint()).isValid():
            self.clearSelection()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if by_mouse else self.currentIndex()
        if index.isValid():
            where = event.pos() if by_mouse else self.visualRect(index).bottomLeft()
            self.menu_wanted.emit(self.rows().key_at(index.row()), self.viewport().mapToGlobal(where))

    def _dress(self, row_height: int) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        mode = QAbstractItemView.SelectionMode
        self.setSelectionMode(mode.ExtendedSelection if self._multiple else mode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(row_height)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(24)

    def _tint(self) -> None:
        palette = self.palette()
        for role in (QPalette.ColorRole.Base, QPalette.ColorRole.Window, QPalette.ColorRole.Button):
            palette.setColor(role, theme.color(self._pane))
        # A style sheet gives each part a palette of its own, which then follows nobody.
        for part in (self, self.viewport(), self.horizontalHeader(), self.horizontalHeader().viewport()):
            part.setPalette(palette)

    def _end(self, key: Qt.Key) -> int | None:
        """The first or the last row; Qt's own Home and End move along the row, where nothing is."""
        last = self.rows().rowCount() - 1
        return {Qt.Key.Key_Home: 0, Qt.Key.Key_End: last}.get(key) if last >= 0 else None

    def _open(self, index: QModelIndex | QPersistentModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self.rows().key_at(index.row()))

    def _spread(self) -> None:
        """Share what the fixed columns leave among those that stretch, by their weights."""
        model = self._model
        if model is None:
            return
        room = self.viewport().width()
        for place, col in enumerate(model.columns):
            self.setColumnHidden(place, bool(col.drops_below) and room < col.drops_below)
        shown = [(place, col) for place, col in enumerate(model.columns) if not self.isColumnHidden(place)]
        room -= sum(col.width for _, col in shown)
        stretching = [(place, col.stretch or 1) for place, col in shown if not col.width]
        weights = sum(weight for _, weight in stretching)
        for place, weight in stretching:
            share = room * weight // weights
            room, weights = room - share, weights - weight
            self.setColumnWidth(place, max(_NARROWEST, share))

    def _hover(self, row: int) -> None:
        if row == self.hovered or self.model() is None:
            return
        for place in (self.hovered, row):
            if place >= 0:
                self.viewport().update(
                    0, self.rowViewportPosition(place), self.viewport().width(), self.rowHeight(place)
                )
        self.hovered = row

    def _on_scrolled(self) -> None:
        bar = self.verticalScrollBar()
        rest = bar.maximum() - bar.value()
        rows = self.model().rowCount() if self.model() else 0
        if rows and rest < _NEAR_END * self.verticalHeader().defaultSectionSize():
            self.near_end.emit()

    def _keep(self) -> None:
        self._kept = (self.current_key(), self.selected_keys())

    def _restore(self) -> None:
        current, keys = self._kept
        flags = QItemSelectionModel.SelectionFlag
        for key in keys:
            if (place := self.rows().place(key)) is not None:
                self.selectionModel().select(self.model().index(place, 0), flags.Select | flags.Rows)
        if current is not None and (place := self.rows().place(current)) is not None:
            self.selectionModel().setCurrentIndex(self.model().index(place, 0), flags.NoUpdate)


def framed(table: QWidget) -> QFrame:
    """A card's frame around a table of pane ``raised``, whose square corners it must not touch."""
    frame = QFrame()
    frame.setProperty("card", True)
    layout = column(table)
    layout.setContentsMargins(1, 8, 1, 8)
    frame.setLayout(layout)
    return frame
