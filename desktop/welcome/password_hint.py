"""How good a password is while it is typed, by a bar and by a word."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from desktop.welcome.welcome_model import Strength, strength
from desktop.widgets.layouts import row
from desktop.widgets.progress import Progress
from desktop.widgets.text import Text
from embedded_server.contract.words import mark, t

_SHOWN = {
    Strength.SHORT: (1, "red", mark("Too short")),
    Strength.WEAK: (1, "orange", mark("Easy to guess")),
    Strength.FAIR: (2, "yellow", mark("Good")),
    Strength.STRONG: (3, "green", mark("Strong")),
}


class PasswordHint(QWidget):
    """Hidden while nothing is typed."""

    def __init__(self) -> None:
        super().__init__()
        self.bar, self.word = Progress(), Text("", "small")
        self.word.setMinimumWidth(110)
        inner = row(self.bar, self.word, gap="m")
        inner.setStretch(0, 1)
        self.setLayout(inner)
        self._last: Strength | None = None
        self.hide()

    def show_password(self, password: str) -> None:
        self.setVisible(bool(password))
        found = strength(password)
        share, color, word = _SHOWN[found]
        self.bar.show_share(share, 3, color=color)
        self.bar.setAccessibleName(t(word))
        self.word.show_text(t(word))
        self.word.recolor(color)
        if found is not self._last and password:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, t(word)))
        self._last = found
