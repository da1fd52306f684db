"""A small grid of emoji, searched by their names, wholly by keyboard if one likes."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QPalette, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFrame, QListView, QWidget

from desktop.inbox.emoji import named
from desktop.widgets.fields import SearchField
from desktop.widgets.layouts import column
from desktop.widgets.text import Text, plain_tip
from desktop.widgets.theme import font, theme
from embedded_server.contract.words import t

_CELL, _COLUMNS, _ROWS = 40, 8, 5


class EmojiPicker(QFrame):
    """``picked`` carries one emoji; the picker closes with it."""

    picked = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._model = QStandardItemModel(self)
        self._build()
        self._wire()
        self._tint()

    def open_above(self, widget: QWidget) -> None:
        self.search.clear()
        self._show("")
        size = self.sizeHint()
        corner = widget.mapToGlobal(QPoint(0, -size.height() - 6))
        room = widget.screen().availableGeometry()
        corner.setX(max(room.left(), min(corner.x(), room.right() - size.width())))
        corner.setY(max(room.top(), corner.y()))
        self.move(corner)
        self.show()
        self.search.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._pick_current()
        elif event.key() == Qt.Key.Key_Down and self.search.hasFocus():
            self.grid.setFocus()
        else:
            super().keyPressEvent(event)

    def _build(self) -> None:
        self.setAccessibleName(t("Emoji"))
        self.setProperty("card", True)
        self.search = SearchField(t("Search emoji"))
        self.grid = QListView()
        self.grid.setAccessibleName(t("Emoji"))
        self.grid.setModel(self._model)
        self.grid.setViewMode(QListView.ViewMode.IconMode)
        self.grid.setMovement(QListView.Movement.Static)
        self.grid.setResizeMode(QListView.ResizeMode.Adjust)
        self.grid.setUniformItemSizes(True)
        self.grid.setGridSize(QSize(_CELL, _CELL))
        self.grid.setFrameShape(QFrame.Shape.NoFrame)
        self.grid.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.grid.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.grid.setFixedSize(_COLUMNS * _CELL + 16, _ROWS * _CELL)
        face = QFont(font("title"))
        face.setWeight(QFont.Weight.Normal)
        self.grid.setFont(face)
        self.nothing = Text(t("No emoji of this name"), "small")
        self.setLayout(column(self.search, self.grid, self.nothing, gap="s", margins="m"))

    def _wire(self) -> None:
        theme.changed.connect(self._tint)
        self.search.textChanged.connect(self._show)
        self.search.returnPressed.connect(self._pick_current)
        self.grid.clicked.connect(lambda index: self._pick(str(index.data())))
        self.grid.activated.connect(lambda index: self._pick(str(index.data())))

    def _tint(self) -> None:
        palette = self.grid.palette()
        palette.setColor(QPalette.ColorRole.Base, theme.color("raised"))
        self.grid.setPalette(palette)
        self.grid.viewport().setPalette(palette)

    def _show(self, words: str) -> None:
        self._model.clear()
        for emoji, name in named(words):
            item = QStandardItem(emoji)
            item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
            item.setData(name, Qt.ItemDataRole.AccessibleTextRole)
            item.setData(plain_tip(name), Qt.ItemDataRole.ToolTipRole)
            item.setSizeHint(QSize(_CELL, _CELL))
            self._model.appendRow(item)
        has_some = self._model.rowCount() > 0
        self.nothing.setVisible(not has_some)
        if has_some:
            self.grid.setCurrentIndex(self._model.index(0, 0))

    def _pick_current(self) -> None:
        index = self.grid.currentIndex()
        if index.isValid():
            self._pick(str(index.data()))

    def _pick(self, emoji: str) -> None:
        if self.isVisible():
            self.hide()
            self.picked.emit(emoji)
