"""The command palette: one field over everything that can be called, opened or found."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop.shell.palette_model import Entry, Index, PaletteModel
from desktop.shell.palette_presenter import PalettePresenter
from desktop.widgets.icons import pixmap
from desktop.widgets.layouts import column, rule
from desktop.widgets.text import Text
from desktop.widgets.theme import RADIUS, fill, font, theme
from embedded_server.contract.words import t

_WIDTH, _HEIGHT = 640, 460
_ROW = 48
_EDGE = 12
_ICON = 18
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 7, Qt.Key.Key_PageUp: -7}


class Palette(QDialog):
    """Opened with :meth:`open`. Typing, arrows, Enter and Esc are all it takes."""

    def __init__(self, presenter: PalettePresenter, parent: QWidget) -> None:
        super().__init__(parent)
        self._presenter, self._owner = presenter, parent
        self.setWindowFlags(Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setWindowTitle(t("Search and commands"))
        self._build()
        self._wire()

    def _build(self) -> None:
        self.field = QLineEdit()
        self.field.setPlaceholderText(t("Search people, screens and commands"))
        self.field.setAccessibleName(t("Search people, screens and commands"))
        self.field.installEventFilter(self)
        self.list = QListView()
        self.list.setModel(self._presenter.model)
        self.list.setItemDelegate(_Lines(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setFrameShape(QListView.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(t("Results"))
        self.nothing = Text(t("Nothing found. Try another word."), "small")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.help = Text(t("↑ ↓ choose · Enter opens · Esc closes"), "meta")
        self.setLayout(column(self.field, self.list, self.nothing, rule(), self.help, gap="s", margins="m"))

    def _wire(self) -> None:
        self.field.textChanged.connect(self._presenter.look_for)
        self.list.clicked.connect(lambda index: self._choose(index.data(PaletteModel.EntryRole)))
        self._presenter.model.modelReset.connect(self._on_results)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(theme.color("line2"))
        painter.setBrush(theme.color("bg"))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        room = self._owner.window().geometry()
        width, height = min(_WIDTH, room.width() - 32), min(_HEIGHT, room.height() - 64)
        self.setGeometry(
            QRect(room.x() + (room.width() - width) // 2, room.y() + room.height() // 8, width, height)
        )
        self.field.clear()
        self.field.setFocus()
        self._presenter.begin()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = Qt.Key(event.key())
            if key in _STEPS:
                self._walk(_STEPS[key])
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self.list.currentIndex().data(PaletteModel.EntryRole))
                return True
        return super().eventFilter(watched, event)

    def _walk(self, step: int) -> None:
        rows = self._presenter.model.rowCount()
        if rows:
            row = self.list.currentIndex().row()
            following = (row + step) % rows if abs(step) == 1 else max(0, min(rows - 1, row + step))
            self.list.setCurrentIndex(self._presenter.model.index(following))

    def _choose(self, entry: Entry | None) -> None:
        if entry is None:
            return
        self._presenter.chosen(entry)
        self.accept()
        # Only once the palette is gone: what is called may open a dialog of its own.
        QTimer.singleShot(0, self._owner, entry.run)

    def _on_results(self) -> None:
        found = self._presenter.model.rowCount() > 0
        self.list.setVisible(found)
        self.nothing.setVisible(not found)
        if found:
            self.list.setCurrentIndex(self._presenter.model.index(0))


class _Lines(QStyledItemDelegate):
    """Icon, title, what is known beside it, and at the right the key or the kind."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry = index.data(PaletteModel.EntryRole)
        rect, state = _rect(option), _state(option)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = {QStyle.StateFlag.State_Selected: "selected", QStyle.StateFlag.State_MouseOver: "hover"}
        for flag, color in ground.items():
            if state & flag:
                fill(painter, QRectF(rect), theme.color(color), RADIUS)
                break
        middle = rect.top() + (_ROW - _ICON) // 2
        painter.drawPixmap(rect.left() + _EDGE, middle, pixmap(entry.icon, "mute", _ICON))
        _paint_words(painter, rect.adjusted(2 * _EDGE + _ICON, 0, -_EDGE, 0), entry)
        painter.restore()


def _paint_words(painter: QPainter, rect: QRect, entry: Entry) -> None:
    line = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
    painter.setFont(font("meta"))
    painter.setPen(theme.color("mute"))
    right = entry.keys or entry.kind
    painter.drawText(rect, line | int(Qt.AlignmentFlag.AlignRight), right)
    room = rect.adjusted(0, 0, -painter.fontMetrics().horizontalAdvance(right) - _EDGE, 0)
    painter.setFont(font("body"))
    painter.setPen(theme.color("text"))
    metrics = painter.fontMetrics()
    elide = Qt.TextElideMode.ElideRight
    most = room.width() * 2 // 3 if entry.hint else room.width()
    title = metrics.elidedText(_line(entry.title), elide, most)
    painter.drawText(room, line, title)
    room.setLeft(room.left() + metrics.horizontalAdvance(title) + _EDGE)
    painter.setFont(font("small"))
    painter.setPen(theme.color("mute"))
    painter.drawText(room, line, painter.fontMetrics().elidedText(_line(entry.hint), elide, room.width()))


def _line(text: str) -> str:
    return " ".join(text.split())


def _rect(option: QStyleOptionViewItem) -> QRect:
    rect: QRect = option.rect
    return rect


def _state(option: QStyleOptionViewItem) -> QStyle.StateFlag:
    state: QStyle.StateFlag = option.state
    return state
