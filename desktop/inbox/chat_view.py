"""The chat: a view of its own that measures only what is in it, however long the conversation."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip

from desktop.inbox.bubble_paint import BubblePainter
from desktop.inbox.bubbles import Bubbles, Part
from desktop.inbox.chat_words import copied, tip_of
from desktop.inbox.entries import Entry
from desktop.inbox.jump_button import JumpButton
from desktop.inbox.pictures import Pictures
from desktop.inbox.pointing import Hit, Selection, hit, word_at
from desktop.inbox.stand import STEPS, Spot, Stand
from desktop.inbox.timeline_model import TimelineModel
from desktop.widgets.text import plain_tip
from desktop.widgets.theme import CARD_RADIUS, theme
from embedded_server.contract.words import t

#: Items left above or below the view when the next page is asked for.
_NEAR = 25
_ROW, _KEEP_IN_SIGHT = 60, 60
_NEW_AT = 40.0
_CURSORS = {
    Part.LINK: Qt.CursorShape.PointingHandCursor,
    Part.PICTURE: Qt.CursorShape.PointingHandCursor,
    Part.PAPER: Qt.CursorShape.PointingHandCursor,
    Part.RETRY: Qt.CursorShape.PointingHandCursor,
    Part.DELETE: Qt.CursorShape.PointingHandCursor,
    Part.QUOTE: Qt.CursorShape.PointingHandCursor,
    Part.TEXT: Qt.CursorShape.IBeamCursor,
}


class ChatView(QAbstractScrollArea):
    """``pressed`` carries a :class:`Hit` on something that does something; ``menu_wanted`` a message's key,
    where on the screen, and the hit below the mouse, if it was the mouse.
    """

    older_wanted = Signal()
    newer_wanted = Signal()
    pressed = Signal(object)
    menu_wanted = Signal(str, QPoint, object)
    end_reached = Signal()

    def __init__(self, model: TimelineModel, pictures: Pictures) -> None:
        super().__init__()
        self._model = model
        self._bubbles = Bubbles()
        self.painter = BubblePainter(pictures)
        self.stand = Stand(self._bubbles.lay)
        self.selection: Selection | None = None
        self.current: str | None = None
        self._grabbed: Hit | None = None
        self._below = 0
        self._is_syncing = False
        self._build()
        self._wire(pictures)

    @property
    def at_end(self) -> bool:
        return self.stand.at_end and not self._model.has_newer

    def to_end(self) -> None:
        self.stand.to_end()
        self._show()

    def scroll_by(self, pixels: float) -> None:
        self.stand.scroll(pixels)
        self._show()

    def show_item(self, key: str) -> bool:
        """Bring a message into view and make it the current one."""
        if not self.stand.to_item(key, self.viewport().height() / 3):
            return False
        self.current = key
        self._show()
        return True

    def selected_text(self) -> str:
        entry = self._model.find(self.selection.key) if self.selection else None
        return self.selection.of(entry.text) if self.selection and entry else ""

    def copy(self) -> None:
        """What is selected, else the current message with who and when."""
        entry = self._model.find(self.current) if self.current else None
        text = self.selected_text() or (copied(entry, self.painter) if entry else "")
        if text:
            QGuiApplication.clipboard().setText(text)

    def relayout(self) -> None:
        self._bubbles.clear()
        self.stand.settle()
        self._show()

    def _build(self) -> None:
        self.setAccessibleName(t("Messages"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.verticalScrollBar().setSingleStep(STEPS // 2)
        self.jump = JumpButton(self)

    def _wire(self, pictures: Pictures) -> None:
        self._model.changed.connect(self._on_changed)
        self._model.filled.connect(self._on_filled)
        self._model.arrived.connect(self._on_arrived)
        pictures.came.connect(lambda _: self.viewport().update())
        theme.changed.connect(self.viewport().update)
        self.verticalScrollBar().valueChanged.connect(self._on_bar)
        self.jump.clicked.connect(self.end_reached)
        self.jump.clicked.connect(self.to_end)

    def _on_changed(self) -> None:
        self.stand.show(self._model.items)
        self._show()

    def _on_filled(self) -> None:
        self.selection = self.current = None
        self._below = 0
        self.stand.at_end = True
        self.stand.show(self._model.items)
        if self._model.first_new is not None and self.stand.find("new") is None:
            self.stand.to_item("new", _NEW_AT)
        if self.hasFocus():
            self._be_somewhere()
        self._show()

    def _on_arrived(self, _: Entry) -> None:
        if not self.at_end:
            self._below += 1
            self._show_jump()

    def _on_bar(self, value: int) -> None:
        if not self._is_syncing:
            self.stand.to_step(value)
            self._show()

    def _show(self) -> None:
        bar = self.verticalScrollBar()
        self._is_syncing = True
        bar.setRange(0, self.stand.last_step)
        bar.setPageStep(STEPS * max(1, len(self.stand.spots)))
        bar.setValue(self.stand.step)
        self._is_syncing = False
        self._show_jump()
        self.viewport().update()
        self._look_ahead()

    def _show_jump(self) -> None:
        if self.at_end:
            self._below = 0
        self.jump.show_count(self._below)
        self.jump.setVisible(not self.at_end and bool(self.stand.spots))

    def _look_ahead(self) -> None:
        if not self.stand.spots:
            return
        if self._model.has_older and self.stand.spots[0].index < _NEAR:
            self.older_wanted.emit()
        if self._model.has_newer and self.stand.spots[-1].index >= self.stand.count - _NEAR:
            self.newer_wanted.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        size = self.viewport().size()
        self.stand.resize(size.width(), size.height())
        self.jump.place(size)
        self._show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(event.rect(), theme.color("chat"))
        for spot in self.stand.spots:
            key = spot.bubble.item.key
            span = self.selection.span if self.selection and self.selection.key == key else None
            self.painter.paint(painter, spot.bubble, spot.top, span)
            if key == self.current and self.hasFocus():
                self._paint_ring(painter, spot)

    def _paint_ring(self, painter: QPainter, spot: Spot) -> None:
        painter.setPen(QPen(theme.color("ring"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ring: QRectF = spot.bubble.box.translated(0, spot.top).adjusted(-2, -2, 2, 2)
        painter.drawRoundedRect(ring, CARD_RADIUS + 2, CARD_RADIUS + 2)

    def wheelEvent(self, event: QWheelEvent) -> None:
        fine = event.pixelDelta().y()
        self.scroll_by(-(fine or event.angleDelta().y()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        page = self.viewport().height() - _KEEP_IN_SIGHT
        match event.key():
            case _ if event.matches(QKeySequence.StandardKey.Copy):
                self.copy()
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                self._walk(1 if event.key() == Qt.Key.Key_Down else -1)
            case Qt.Key.Key_PageUp | Qt.Key.Key_PageDown:
                self.scroll_by(page if event.key() == Qt.Key.Key_PageDown else -page)
            case Qt.Key.Key_Home:
                self.stand.to_step(0)
                self._show()
            case Qt.Key.Key_End:
                self.jump.click()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Menu if self.current:
                self._menu_at_current(self.current)
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._be_somewhere()
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self._hit(event.position())
        self.selection = None
        self._grabbed = found if event.button() is Qt.MouseButton.LeftButton else None
        self.current = found.key if found else self.current
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        found, grabbed = self._hit(event.position()), self._grabbed
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self.viewport().setCursor(_CURSORS.get(found.part if found else Part.BUBBLE, _ARROW))
        elif grabbed and found and found.key == grabbed.key and found.position != grabbed.position:
            self.selection = Selection(found.key, grabbed.position, found.position)
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        found, grabbed, self._grabbed = self._hit(event.position()), self._grabbed, None
        if found and grabbed and self.selection is None and found.part is grabbed.part:
            self.pressed.emit(found)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        found = self._hit(event.position())
        entry = self._model.find(found.key) if found and found.part is Part.TEXT else None
        if found and entry:
            self.selection = Selection(found.key, *word_at(entry.text, found.position))
            self.viewport().update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is not QContextMenuEvent.Reason.Mouse:
            if self.current:
                self._menu_at_current(self.current)
        elif found := self._hit(QPointF(event.pos())):
            self.menu_wanted.emit(found.key, event.globalPos(), found)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self._hit(QPointF(event.pos()))
            entry = self._model.find(found.key) if found else None
            words = tip_of(found, entry) if found and entry else ""
            QToolTip.showText(event.globalPos(), plain_tip(words), self.viewport())
            return True
        return super().viewportEvent(event)

    def _hit(self, point: QPointF) -> Hit | None:
        spot = self.stand.at(point.y())
        return hit(spot.bubble, point - QPointF(0, spot.top)) if spot else None

    def _be_somewhere(self) -> None:
        """Keys begin at a message that is in view."""
        if self.current is None or self.stand.find(self.current) is None:
            shown = [spot.bubble.item.key for spot in self.stand.spots if spot.bubble.entry]
            self.current = shown[-1] if shown else None

    def _walk(self, step: int) -> None:
        """To the message above or below the current one."""
        keys = [item.key for item in self._model.items if item.entry]
        if not keys:
            return
        place = keys.index(self.current) + step if self.current in keys else len(keys) - 1
        self.current = keys[max(0, min(place, len(keys) - 1))]
        self._bring_near(self.current)
        self._show()

    def _bring_near(self, key: str) -> None:
        spot, height = self.stand.find(key), self.viewport().height()
        if spot is None:
            self.stand.to_item(key, _ROW)
        elif spot.top < 0:
            self.stand.scroll(spot.top - _ROW / 4)
        elif spot.bottom > height and spot.top > 0:
            self.stand.scroll(min(spot.bottom - height + _ROW / 4, spot.top))

    def _menu_at_current(self, key: str) -> None:
        if (spot := self.stand.find(key)) is not None:
            corner = spot.bubble.box.topLeft() + QPointF(20, spot.top + 20)
            self.menu_wanted.emit(key, self.viewport().mapToGlobal(corner.toPoint()), None)


_ARROW = Qt.CursorShape.ArrowCursor
