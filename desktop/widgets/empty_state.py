"""An empty list names the next step; a broken one says why and offers to try again."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop.widgets.buttons import Button, Kind
from desktop.widgets.icons import pixmap
from desktop.widgets.layouts import STRETCH, column, row
from desktop.widgets.text import Text
from desktop.widgets.theme import theme

_PICTURE = 40
#: Longer lines are hard to read.
_LINE = 440


class EmptyState(QWidget):
    """Icon, one sentence, and the step that helps. ``acted`` follows a click on it."""

    acted = Signal()

    def __init__(self, icon: str, title: str, text: str = "", *, action: str = "") -> None:
        super().__init__()
        self._icon = icon
        self._picture = QLabel()
        self._picture.setFixedSize(QSize(_PICTURE, _PICTURE))
        self.title = Text(title, "heading", wrap=True)
        self.text = Text(text, "small", wrap=True)
        self.button = Button(action, kind=Kind.PRIMARY)
        self.button.clicked.connect(self.acted)
        for label in (self.title, self.text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setMaximumWidth(_LINE)
        self.setLayout(
            column(
                STRETCH,
                row(STRETCH, self._picture, STRETCH),
                _middle(self.title),
                _middle(self.text),
                row(STRETCH, self.button, STRETCH),
                STRETCH,
                margins="xl",
            )
        )
        self.say(title, text, action=action)
        self._tint()
        theme.changed.connect(self._tint)

    def say(self, title: str, text: str = "", *, action: str = "") -> None:
        self.title.show_text(title)
        self.text.show_text(text)
        self.text.setVisible(bool(text))
        self.button.show_text(action)
        self.button.setVisible(bool(action))

    def _tint(self) -> None:
        self._picture.setPixmap(pixmap(self._icon, "mute", _PICTURE))


def _middle(label: Text) -> QHBoxLayout:
    """As wide as its longest line is allowed, in the middle."""
    line = row(STRETCH, label, STRETCH)
    line.setStretch(1, 100)
    return line
