"""What the palette lists: commands, screens and people, ranked by what was typed, blind to accents."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex

MOST = 30


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. ``key`` is the same for the same thing, so that it is listed once and remembered.

    ``kind`` is a word for a person ("Contact"), ``keys`` the shortcut as text.
    """

    key: str
    kind: str
    title: str = field(repr=False)
    icon: str
    run: Callable[[], object]
    hint: str = field(default="", repr=False)
    keys: str = ""


class PaletteModel(QAbstractListModel):
    """The lines in their order."""

    EntryRole = Qt.ItemDataRole.UserRole

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: list[Entry] = []

    def show_entries(self, entries: Sequence[Entry]) -> None:
        self.beginResetModel()
        self._entries = list(entries)
        self.endResetModel()

    def entries(self) -> Sequence[Entry]:
        return tuple(self._entries)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry = self._entries[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return entry.title
            case Qt.ItemDataRole.AccessibleTextRole:
                return ", ".join(part for part in (entry.title, entry.hint, entry.kind, entry.keys) if part)
            case self.EntryRole:
                return entry
        return None


def ranked(typed: str, entries: Iterable[Entry]) -> list[Entry]:
    """The entries that hold every word that was typed, the best first."""
    wanted = folded(typed).split()
    found = [(points, entry) for entry in entries if (points := _points(wanted, entry)) is not None]
    return [entry for _, entry in sorted(found, key=lambda pair: -pair[0])][:MOST]


def folded(text: str) -> str:
    """Small letters without accents: how two spellings are compared."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()


def closeness(word: str, text: str) -> int | None:
    """How well letters in their order are found in a text; both folded. None when they are not.

    The start of the text is better than the start of a word, that better than the middle, and letters that
    follow each other better than scattered ones, which must at least begin a word.
    """
    place = text.find(word)
    if place == 0:
        return 100
    if place > 0:
        return 80 if not text[place - 1].isalnum() else 60
    return _scattered(word, text)


def _scattered(word: str, text: str) -> int | None:
    at, gaps = -1, 0
    for letter in word:
        following = text.find(letter, at + 1)
        if following < 0:
            return None
        begins = following == 0 or not text[following - 1].isalnum()
        if following != at + 1 and not begins:
            gaps += 1
        at = following
    return max(10, 40 - 10 * gaps) if gaps <= len(word) // 2 else None


def _points(wanted: Sequence[str], entry: Entry) -> int | None:
    title, hint = folded(entry.title), folded(entry.hint)
    total = 0
    for word in wanted:
        in_title = closeness(word, title)
        in_hint = 30 if word in hint else None
        best = max((n for n in (in_title, in_hint) if n is not None), default=None)
        if best is None:
            return None
        total += best
    return total
