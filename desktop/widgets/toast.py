"""Toasts: one sentence at the lower right that goes by itself, or offers to take something back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QColor, QEnterEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QGraphicsDropShadowEffect, QLabel, QVBoxLayout, QWidget

from desktop.widgets.buttons import Button, IconButton, Kind
from desktop.widgets.icons import pixmap
from desktop.widgets.layouts import row
from desktop.widgets.text import Text
from desktop.widgets.theme import theme
from embedded_server.contract.words import t

STAYS_MS = 5000
STAYS_WITH_UNDO_MS = 8000
_MOST = 4
_WIDTH = 380
_EDGE = 24
#: Room for the shadow.
_SHADE = 16
_LOOKS = {"info": ("info", "blue"), "good": ("circle-check", "green"), "bad": ("circle-alert", "red")}


class ToastCard(QFrame):
    """One of them. Its time stands still while the mouse or the focus is on it."""

    gone = Signal(object)

    def __init__(self, text: str, tone: str, undo: Callable[[], None] | None) -> None:
        super().__init__()
        self.setProperty("toast", True)
        self.setFixedWidth(_WIDTH)
        self.words, self.has_undo = text, undo is not None
        self._look, self._undo = _LOOKS[tone], undo
        self._left = STAYS_WITH_UNDO_MS if undo else STAYS_MS
        self._clock = QElapsedTimer()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.close_now)
        self._build()
        self.start()
        theme.changed.connect(self._tint)

    def start(self) -> None:
        self._clock.start()
        self._timer.start(self._left)

    def hold(self) -> None:
        if self._timer.isActive():
            self._left = max(1000, self._left - self._clock.elapsed())
            self._timer.stop()

    def restart(self) -> None:
        """The same was said again."""
        self._left = STAYS_WITH_UNDO_MS if self.has_undo else STAYS_MS
        self.start()

    def take_back(self) -> None:
        undo, self._undo = self._undo, None
        self.close_now()
        if undo:
            undo()

    def close_now(self) -> None:
        self._timer.stop()
        self.gone.emit(self)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.hold()

    def leaveEvent(self, event: QEvent) -> None:
        self.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_now()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn:
            self.hold()
        elif event.type() == QEvent.Type.FocusOut and not self.underMouse():
            self.start()
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        self._picture = QLabel()
        self._picture.setFixedSize(20, 20)
        self.text = Text(self.words, wrap=True)
        self.undo_button = Button(t("Undo"), kind=Kind.QUIET)
        self.undo_button.setVisible(self.has_undo)
        self.undo_button.clicked.connect(self.take_back)
        self.close_button = IconButton("x", t("Close"))
        self.close_button.clicked.connect(self.close_now)
        line = row(self._picture, self.text, self.undo_button, self.close_button, margins="s")
        line.setStretch(1, 1)
        self.setLayout(line)
        for button in (self.undo_button, self.close_button):
            button.installEventFilter(self)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(24)
        shadow.setOffset(0, 4)
        shadow.setColor(QColor(0, 0, 0, 70))
        self.setGraphicsEffect(shadow)
        self._tint()

    def _tint(self) -> None:
        self._picture.setPixmap(pixmap(*self._look, 20))


class ToastStack(QWidget):
    """Lies over the lower right corner of its parent and takes no clicks where there is no toast."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._home = parent
        self.cards: list[ToastCard] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(_SHADE, _SHADE, _SHADE, _SHADE)
        self._column.setSpacing(8)
        parent.installEventFilter(self)
        self.hide()

    def show_toast(self, text: str, tone: str = "info", undo: Callable[[], None] | None = None) -> None:
        """Newest at the bottom. What was just said and is said again only stays longer."""
        same = next((card for card in self.cards if card.words == text and not card.has_undo), None)
        if same and undo is None:
            same.restart()
            return
        card = ToastCard(text, tone, undo)
        card.gone.connect(self._drop)
        self.cards.append(card)
        self._column.addWidget(card)
        # Until it is shown the layout does not count it, and two would share the room of one.
        card.show()
        if len(self.cards) > _MOST:
            self._drop(self.cards[0])
        self._place()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def close_newest(self) -> bool:
        """For Esc; whether there was one."""
        if not self.cards:
            return False
        self.cards[-1].close_now()
        return True

    def undo_newest(self) -> bool:
        """Take back what was offered last; whether anything was."""
        card = next((card for card in reversed(self.cards) if card.has_undo), None)
        if card:
            card.take_back()
        return card is not None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _drop(self, card: ToastCard) -> None:
        if card in self.cards:
            self.cards.remove(card)
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._place()

    def _place(self) -> None:
        self.setVisible(bool(self.cards))
        if not self.cards:
            return
        self._column.activate()
        width = _WIDTH + 2 * _SHADE
        height = self._column.heightForWidth(width) if self._column.hasHeightForWidth() else -1
        self.resize(width, max(height, self._column.minimumSize().height()))
        right, bottom = self._home.width() - _EDGE + _SHADE, self._home.height() - _EDGE + _SHADE
        self.move(right - width, bottom - self.height())
        self.raise_()
