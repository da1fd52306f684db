"""Tags of somebody as chips that can be taken off, and a field that finds one or makes it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QCompleter, QSizePolicy, QWidget

from desktop.contacts.flow import Flow
from desktop.contacts.tag_colors import badge_color
from desktop.widgets.badge import HEIGHT, badge_width, paint_badge
from desktop.widgets.fields import TextField
from desktop.widgets.icons import pixmap
from desktop.widgets.layouts import clear, column, holder
from desktop.widgets.text import Text, plain_tip
from desktop.widgets.theme import theme
from embedded_server.contract.contacts import CountedTagOut, TagOut
from embedded_server.contract.words import t

_CROSS = 12
_ROOM = 20
_RING = 2


class TagChip(QAbstractButton):
    """A tag with a cross. Only the cross takes it off, or Space and Delete on the keyboard."""

    dropped = Signal(object)

    def __init__(self, tag: TagOut, *, may_drop: bool) -> None:
        super().__init__()
        self.tag, self._may_drop = tag, may_drop
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if may_drop else Qt.FocusPolicy.NoFocus)
        said = t("Remove tag {name}", name=tag.name) if may_drop else tag.name
        self.setAccessibleName(said)
        self.setToolTip(plain_tip(said))
        self.clicked.connect(lambda: self.dropped.emit(tag.id))
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        cross = _ROOM if self._may_drop else 0
        return QSize(round(badge_width(self.tag.name) + cross + 2 * _RING), HEIGHT + 2 * _RING)

    def hitButton(self, pos: QPoint) -> bool:
        return self._may_drop and pos.x() > self.width() - _ROOM - _RING

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._may_drop:
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = badge_color(self.tag.color)
        width = paint_badge(painter, QPointF(_RING, _RING), self.tag.name, color)
        if self._may_drop:
            cross = QPointF(_RING + width + 2, (self.height() - _CROSS) / 2)
            painter.drawPixmap(cross, pixmap("x", "text" if self.underMouse() else "mute", _CROSS))
        if self.hasFocus():
            painter.setPen(QPen(theme.color("ring"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            around = QRectF(self.rect()).adjusted(1, 1, -1, -1)
            painter.drawRoundedRect(around, around.height() / 2, around.height() / 2)


class TagField(QWidget):
    """``added`` carries a tag that exists, ``made`` the name of one that does not, ``dropped`` an id."""

    added = Signal(object)
    made = Signal(str)
    dropped = Signal(object)

    def __init__(self, *, may_change: bool = True) -> None:
        super().__init__()
        self._may_change = may_change
        self._known: list[CountedTagOut] = []
        self._names = QStringListModel(self)
        self._build()
        self._wire()

    def know(self, tags: Sequence[CountedTagOut]) -> None:
        """What can be chosen."""
        self._known = list(tags)
        self._names.setStringList([tag.name for tag in tags])

    def show_tags(self, tags: Sequence[TagOut]) -> None:
        clear(self._flow)
        for tag in tags:
            chip = TagChip(tag, may_drop=self._may_change)
            chip.dropped.connect(self.dropped)
            self._flow.addWidget(chip)
        self.chips.setVisible(bool(tags))
        self.none.setVisible(not tags and not self._may_change)

    def show_error(self, text: str) -> None:
        self.below.show_text(text)
        self.below.setVisible(bool(text))

    def _build(self) -> None:
        self._flow = Flow()
        self.chips = holder(self._flow)
        self.chips.hide()
        self.none = Text(t("No tags"), "small")
        self.none.hide()
        self.field = TextField(t("Add a tag"))
        self.field.setAccessibleName(t("Add a tag"))
        completer = QCompleter(self._names, self.field)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.field.setCompleter(completer)
        self.below = Text("", "small", color="red", wrap=True)
        self.below.hide()
        self.setLayout(column(self.chips, self.none, self.field, self.below, gap="s"))
        self.field.setVisible(self._may_change)

    def _wire(self) -> None:
        self.field.returnPressed.connect(self._take)
        self.field.textEdited.connect(lambda _: self.show_error(""))
        completer = self.field.completer()
        # The completer writes the word into the field after this signal: take it once that is done.
        completer.activated.connect(lambda _: self._take(), Qt.ConnectionType.QueuedConnection)

    def _take(self) -> None:
        name = " ".join(self.field.text().split())
        if not name:
            return
        self.field.clear()
        found = next((tag for tag in self._known if tag.name.casefold() == name.casefold()), None)
        if found:
            self.added.emit(TagOut(id=found.id, name=found.name, color=found.color))
        else:
            self.made.emit(name)
