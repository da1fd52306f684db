"""What was left half-written, one answer and one note for each conversation, kept over restarts."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QObject, Signal

from desktop.shell.preferences import Preferences

_GROUP = "drafts"
_NOTE = ".note"


class Drafts(QObject):
    """``changed`` carries a conversation and the answer that was begun in it; notes stay where they are."""

    changed = Signal(object, str)

    def __init__(self, preferences: Preferences, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences

    def answer(self, id_: UUID) -> str:
        return self._preferences.text(f"{_GROUP}/{id_}")

    def note(self, id_: UUID) -> str:
        return self._preferences.text(f"{_GROUP}/{id_}{_NOTE}")

    def keep_answer(self, id_: UUID, text: str) -> None:
        self._keep(f"{_GROUP}/{id_}", text)
        self.changed.emit(id_, text.strip())

    def keep_note(self, id_: UUID, text: str) -> None:
        self._keep(f"{_GROUP}/{id_}{_NOTE}", text)

    def save(self) -> None:
        self._preferences.save()

    def answers(self) -> list[tuple[UUID, str]]:
        """Every answer that was begun, for the list."""
        names = [name for name in self._preferences.names(_GROUP) if not name.endswith(_NOTE)]
        return [(UUID(name), self._preferences.text(f"{_GROUP}/{name}").strip()) for name in names]

    def _keep(self, name: str, text: str) -> None:
        if text.strip():
            self._preferences.keep(name, text)
        else:
            self._preferences.drop(name)
