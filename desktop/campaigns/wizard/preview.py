"""How the message will read: a bubble on a phone, for one real contact after the other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from desktop.widgets import formats
from desktop.widgets.avatar import Avatar
from desktop.widgets.buttons import IconButton
from desktop.widgets.layouts import STRETCH, column, holder, row
from desktop.widgets.text import Text
from desktop.widgets.theme import CARD_RADIUS, fill, theme
from embedded_server.contract.campaigns import SampleOut
from embedded_server.contract.words import number, t

_WIDTH = 320
_MOST_BUTTONS = 3


class Bubble(QWidget):
    """One outgoing message, with the buttons of its template below."""

    def __init__(self) -> None:
        super().__init__()
        self.text = Text(wrap=True, selectable=True)
        self.buttons = Text(role="strong", color="accent", wrap=True)
        self.buttons.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = column(self.text, self.buttons, gap="s", margins="m")
        self.setLayout(layout)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        theme.changed.connect(self.update)

    def show_message(self, text: str, buttons: Sequence[str] = ()) -> None:
        self.text.show_text(text)
        self.buttons.show_text("\n".join(buttons[:_MOST_BUTTONS]))
        self.buttons.setVisible(bool(buttons))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill(painter, QRectF(self.rect()), theme.color("bubble_out"), CARD_RADIUS)


class _Screen(QWidget):
    """The phone's own ground."""

    def __init__(self) -> None:
        super().__init__()
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("line"), 1))
        painter.setBrush(theme.color("chat"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), CARD_RADIUS, CARD_RADIUS)


class Preview(QFrame):
    """Shows the message for one of a few real contacts; without any, the message as it is written."""

    def __init__(self) -> None:
        super().__init__()
        self._samples: Sequence[SampleOut] = ()
        self._buttons: Sequence[str] = ()
        self._place = 0
        self.setFixedWidth(_WIDTH)
        self._build()
        self.back.clicked.connect(lambda: self._turn(-1))
        self.forth.clicked.connect(lambda: self._turn(1))
        self.show_samples((), "", ())

    @property
    def place(self) -> int:
        """Which contact is shown, from 0."""
        return self._place

    def show_samples(self, samples: Sequence[SampleOut], written: str, buttons: Sequence[str]) -> None:
        """``written`` is shown while there is nobody to show it for."""
        self._samples, self._buttons = samples, buttons
        self._place = min(self._place, max(0, len(samples) - 1))
        if samples:
            self._show()
            return
        self.head.hide()
        self.bubble.setVisible(bool(written))
        self.bubble.show_message(written, buttons)
        self.nothing.setVisible(not written)

    def _show(self) -> None:
        sample = self._samples[self._place]
        self.head.show()
        self.nothing.hide()
        self.bubble.show()
        self.avatar.show_name(sample.name)
        self.name.show_text(sample.name or formats.phone(sample.address))
        self.address.show_text(formats.phone(sample.address) if sample.name else "")
        self.count.show_text(f"{number(self._place + 1)}/{number(len(self._samples))}")
        self.back.setEnabled(self._place > 0)
        self.forth.setEnabled(self._place < len(self._samples) - 1)
        self.bubble.show_message(sample.body, self._buttons)

    def _turn(self, by: int) -> None:
        self._place += by
        self._show()

    def _build(self) -> None:
        self.title = Text(t("Preview"), "heading")
        self.avatar = Avatar(size=36)
        self.name, self.address = Text(role="strong", elided=True), Text(role="meta", elided=True)
        self.back = IconButton("chevron-left", t("Previous contact"))
        self.forth = IconButton("chevron-right", t("Next contact"))
        self.count = Text(role="small")
        words = column(self.name, self.address, gap="")
        head = row(self.avatar, words, self.back, self.count, self.forth, gap="s")
        head.setStretch(1, 1)
        self.head = holder(head)
        self.bubble = Bubble()
        self.nothing = Text(t("Write the message to see it here."), "small", wrap=True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        screen = _Screen()
        ground: QVBoxLayout = column(self.head, self.bubble, self.nothing, STRETCH, gap="m", margins="m")
        screen.setLayout(ground)
        screen.setMinimumHeight(260)
        self.setLayout(column(self.title, screen, gap="s"))
