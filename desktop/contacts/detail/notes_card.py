"""What the team knows about a contact. Kept only when somebody says so."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal

from desktop.widgets.buttons import Button, Kind
from desktop.widgets.card import Card
from desktop.widgets.fields import Area
from desktop.widgets.layouts import STRETCH, row
from desktop.widgets.text import Text
from embedded_server.contract.words import t

_HEIGHT = 96


class NotesCard(Card):
    """``kept`` carries the text; ``drafted`` follows each change, with an empty text when nothing waits."""

    kept = Signal(str)
    drafted = Signal(str)

    def __init__(self, *, may_change: bool) -> None:
        super().__init__(t("Notes"))
        self._value = ""
        self.area = Area(t("Only your team sees this."))
        self.area.setAccessibleName(t("Notes"))
        self.area.setFixedHeight(_HEIGHT)
        self.area.setReadOnly(not may_change)
        self.below = Text("", "small", wrap=True)
        self.save = Button(t("Save notes"), kind=Kind.PRIMARY)
        self.give_up = Button(t("Discard"))
        self.add(self.area)
        self.add(self.below)
        self.add(row(STRETCH, self.give_up, self.save))
        self._wire()
        self._check()

    @property
    def is_dirty(self) -> bool:
        return self.area.toPlainText().strip() != self._value

    def show_text(self, text: str, draft: str | None) -> None:
        """The notes as they are kept, and what somebody wrote over them without keeping it."""
        was_dirty = self.is_dirty
        self._value = text
        if draft is not None or not was_dirty:
            self._put(text if draft is None else draft)
        self._check()

    def forget(self) -> None:
        """Another contact comes."""
        self._value = ""
        self._put("")
        self._check()

    def take(self, text: str) -> None:
        """These notes were just kept."""
        self._value = text
        self._check(t("Saved"))

    def show_error(self, text: str) -> None:
        self._say(text, "red")
        self.save.setEnabled(True)

    def _wire(self) -> None:
        self.area.textChanged.connect(self._on_text)
        self.save.clicked.connect(self._keep)
        self.give_up.clicked.connect(lambda: self.area.setPlainText(self._value))

    def _on_text(self) -> None:
        self._check()
        self.drafted.emit(self.area.toPlainText() if self.is_dirty else "")

    def _put(self, text: str) -> None:
        """Nobody wrote it, so it is no draft."""
        blocker = QSignalBlocker(self.area)
        self.area.setPlainText(text)
        blocker.unblock()

    def _keep(self) -> None:
        self.save.setEnabled(False)
        self.kept.emit(self.area.toPlainText().strip())

    def _check(self, otherwise: str = "") -> None:
        for button in (self.save, self.give_up):
            button.setVisible(self.is_dirty)
            button.setEnabled(True)
        self._say(t("Not saved yet") if self.is_dirty else otherwise, "mute")

    def _say(self, text: str, color: str) -> None:
        self.below.recolor(color)
        self.below.show_text(text)
        self.below.setVisible(bool(text))
