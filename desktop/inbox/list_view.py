"""The list itself: one column of rows of one height, which stays where its reader is."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QPalette
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from desktop.inbox.inbox_model import InboxModel
from desktop.inbox.row_delegate import HEIGHT, RowDelegate
from desktop.widgets.theme import theme
from embedded_server.contract.words import t

#: A held arrow key opens where it comes to rest.
_RESTS_MS = 150
_NEAR_END = 12 * HEIGHT
_WALKS = frozenset(
    (
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
    )
)


class ListView(QTableView):
    """``opened`` carries a conversation's id, ``walked_to`` one where the arrow keys came to rest;
    ``menu_wanted`` one and where on the screen.

    Rows that come, go or move above what is being read do not move it, nor the selection.
    """

    opened = Signal(object)
    walked_to = Signal(object)
    menu_wanted = Signal(object, QPoint)

    def __init__(self, model: InboxModel) -> None:
        super().__init__()
        self._rows = model
        self._delegate = RowDelegate(self)
        self._held: tuple[QPersistentModelIndex, int] | None = None
        self._is_other = False
        self._kept: tuple[UUID | None, UUID | None, int] = (None, None, 0)
        self._resting = QTimer(self, singleShot=True, interval=_RESTS_MS)
        self._resting.timeout.connect(self._on_rested)
        self._build()
        self._wire()

    def show_open(self, id_: UUID | None) -> None:
        """Mark the row that stands open, without moving the list."""
        place = None if id_ is None else self._rows.place(id_)
        if place is None:
            self.selectionModel().clear()
        elif place != self.currentIndex().row() or not self.selectionModel().hasSelection():
            self.setAutoScroll(False)
            self.selectRow(place)
            self.setAutoScroll(True)

    def bring_into_view(self, id_: UUID) -> None:
        if (place := self._rows.place(id_)) is not None:
            self.scrollTo(self._rows.index(place, 0))

    def start_over(self) -> None:
        """Another list is on its way: begin it at its top."""
        self._is_other = True

    def first_id(self) -> UUID | None:
        """Of the row the reader sees first."""
        place = self.rowAt(0)
        return None if place < 0 else self._rows.row_at(place).id

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._resting.stop()
            self._open(self.currentIndex())
        elif event.key() in _WALKS:
            self._resting.start()

    def rowsAboutToBeRemoved(
        self, parent: QModelIndex | QPersistentModelIndex, first: int, last: int
    ) -> None:
        """Qt would make the neighbor of a removed row current, which nobody chose."""
        if first <= self.currentIndex().row() <= last:
            self.selectionModel().clear()
        super().rowsAboutToBeRemoved(parent, first, last)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if by_mouse else self.currentIndex()
        if index.isValid():
            where = event.globalPos() if by_mouse else self._below(index)
            self.menu_wanted.emit(self._rows.row_at(index.row()).id, where)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _build(self) -> None:
        self.setAccessibleName(t("Conversations"))
        self.setModel(self._rows)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(HEIGHT // 2)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(HEIGHT)
        self._tint()

    def _wire(self) -> None:
        theme.changed.connect(self._tint)
        self.clicked.connect(self._open)
        self.entered.connect(lambda index: self._hover(index.row()))
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        model = self._rows
        model.rowsAboutToBeInserted.connect(lambda *_: self._hold())
        model.rowsInserted.connect(lambda *_: self._restore())
        model.rowsAboutToBeMoved.connect(lambda _, first, *__: self._hold(besides=first))
        model.rowsMoved.connect(lambda *_: self._restore())
        model.rowsAboutToBeRemoved.connect(lambda *_: self._hold())
        model.rowsRemoved.connect(lambda *_: self._restore())
        model.modelAboutToBeReset.connect(self._keep)
        model.modelReset.connect(self._find_again)

    def _tint(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, theme.color("bg"))
        self.setPalette(palette)
        # A style sheet gives the viewport a palette of its own, which then follows nobody.
        self.viewport().setPalette(palette)

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self._rows.row_at(index.row()).id)

    def _on_rested(self) -> None:
        if (index := self.currentIndex()).isValid():
            self.walked_to.emit(self._rows.row_at(index.row()).id)

    def _hover(self, row: int) -> None:
        before, self._delegate.hovered = self._delegate.hovered, row
        for place in {before, row} - {-1}:
            top = self.rowViewportPosition(place)
            self.viewport().update(0, top, self.viewport().width(), HEIGHT)

    def _below(self, index: QModelIndex) -> QPoint:
        return self.viewport().mapToGlobal(self.visualRect(index).center())

    def _on_scrolled(self, value: int) -> None:
        if self.verticalScrollBar().maximum() - value < _NEAR_END:
            self._rows.fetchMore()

    def _hold(self, *, besides: int = -1) -> None:
        """Remember the first row in view, unless it is the one that moves, and where it stands."""
        value, first = self.verticalScrollBar().value(), self.rowAt(0)
        place = first + 1 if first == besides else first
        if value == 0 or not 0 <= place < self._rows.rowCount():
            self._held = None
        else:
            self._held = QPersistentModelIndex(self._rows.index(place, 0)), place * HEIGHT - value

    def _restore(self) -> None:
        held, self._held = self._held, None
        if held is not None and held[0].isValid():
            self.updateGeometries()
            self.verticalScrollBar().setValue(held[0].row() * HEIGHT - held[1])

    def _keep(self) -> None:
        current, first = self.currentIndex(), self.first_id()
        chosen = self._rows.row_at(current.row()).id if current.isValid() else None
        value = self.verticalScrollBar().value()
        self._kept = chosen, first if value else None, value % HEIGHT

    def _find_again(self) -> None:
        chosen, first, offset = self._kept
        self.show_open(chosen)
        place = None if first is None or self._is_other else self._rows.place(first)
        self._is_other = False
        self.updateGeometries()
        self.verticalScrollBar().setValue(0 if place is None else place * HEIGHT + offset)
