"""The window of messages the chat holds: at most 400, in order, whatever comes in whichever way."""

from __future__ import annotations

import time
from bisect import insort
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from desktop.inbox.entries import Entry, Team, client_id_of, entry_of, letter_entry
from desktop.inbox.letters import Letter
from desktop.inbox.timeline_items import Item, items_of
from embedded_server.contract.conversations import DirectionName, MessageOut

MOST = 400


class TimelineModel(QObject):
    """``changed`` says that :attr:`items` are others than before; ``filled`` that they are of another
    conversation or another part of it, so that nothing on the screen is worth keeping in its place.

    ``arrived`` carries an entry of the other side that was not here, ``taken`` our name of a letter that the
    appliance turns out to have. ``has_older`` and ``has_newer`` tell whether it has more at either end.
    """

    changed = Signal()
    filled = Signal()
    arrived = Signal(object)
    taken = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.has_older = self.has_newer = False
        self.items: list[Item] = []
        self._entries: list[Entry] = []
        self._by_id: dict[UUID, Entry] = {}
        self._letters: dict[str, tuple[Letter, str | None]] = {}
        self._keys: dict[UUID, str] = {}
        self._first_new: str | None = None
        self.team = Team()

    @property
    def newest_id(self) -> UUID | None:
        return max(self._by_id, default=None)

    @property
    def oldest_id(self) -> UUID | None:
        return min(self._by_id, default=None)

    @property
    def first_new(self) -> str | None:
        """Key of the first message that was not seen when the conversation was opened."""
        return self._first_new

    def __len__(self) -> int:
        return len(self._entries)

    def holds(self, id_: UUID) -> bool:
        return id_ in self._by_id

    def find(self, key: str) -> Entry | None:
        return next((item.entry for item in self.items if item.key == key), None)

    def fill(
        self,
        messages: Iterable[MessageOut],
        *,
        unread: int = 0,
        letters: Iterable[tuple[Letter, str | None]] = (),
        has_older: bool = False,
    ) -> None:
        """Show these and nothing else. ``unread`` of the newest were not seen before."""
        self._entries, self._by_id = [], {}
        self._letters = {letter.client_id: (letter, failure) for letter, failure in letters}
        self.has_older, self.has_newer = has_older, False
        for message in messages:
            self._put(message)
        heard = [entry.key for entry in self._entries if entry.direction is DirectionName.INBOUND]
        self._first_new = heard[-min(unread, len(heard))] if unread and heard else None
        self._rebuild()
        self.filled.emit()

    def merge(self, messages: Iterable[MessageOut]) -> None:
        """Bring these up to date, or put them in their places; told once for all."""
        new = [message for message in messages if self._put(message)]
        self._rebuild()
        self.changed.emit()
        for message in new:
            if message.direction is DirectionName.INBOUND:
                self.arrived.emit(self._by_id[message.id])

    def prepend(self, messages: Sequence[MessageOut], *, has_older: bool) -> None:
        """An older page; what becomes too much goes at the other end and can be had again."""
        self.has_older = has_older
        for message in messages:
            self._put(message)
        if (over := len(self._entries) - MOST) > 0:
            self.has_newer = True
            self._forget(self._entries[-over:])
        self._rebuild()
        self.changed.emit()

    def append(self, messages: Sequence[MessageOut], *, has_newer: bool) -> None:
        """A newer page, after older ones had pushed it out."""
        self.has_newer = has_newer
        for message in messages:
            self._put(message)
        if (over := len(self._entries) - MOST) > 0:
            self.has_older = True
            self._forget(self._entries[:over])
        self._rebuild()
        self.changed.emit()

    def add_letter(self, letter: Letter) -> None:
        """It stands there at once; what was new before has been seen by whoever writes."""
        self._first_new = None
        self._letters[letter.client_id] = letter, None
        self._rebuild()
        self.changed.emit()

    def fail_letter(self, client_id: str, failure: str | None) -> None:
        """Say why it was not taken, or None while it is tried again."""
        if client_id in self._letters:
            self._letters[client_id] = self._letters[client_id][0], failure
            self._rebuild()
            self.changed.emit()

    def drop_letter(self, client_id: str) -> None:
        if self._letters.pop(client_id, None):
            self._rebuild()
            self.changed.emit()

    def settle_letter(self, client_id: str, message: MessageOut) -> None:
        """The appliance has it: the same bubble goes on under its id."""
        self._letters.pop(client_id, None)
        self._keys[message.id] = client_id
        self.merge([message])

    def show_team(self, team: Team) -> None:
        self.team = team
        self.look_again()

    def look_again(self) -> None:
        """Names are known, or what was today is yesterday."""
        self._rebuild()
        self.changed.emit()

    def _put(self, message: MessageOut) -> bool:
        """Whether it was not here before."""
        client_id = client_id_of(message)
        if client_id in self._letters:
            self._keys[message.id] = client_id
            del self._letters[client_id]
            self.taken.emit(client_id)
        entry, before = entry_of(message, self._keys.get(message.id)), self._by_id.get(message.id)
        if before is not None:
            if before == entry:
                return False
            self._entries.remove(before)
        self._by_id[message.id] = entry
        insort(self._entries, entry, key=_order)
        return before is None

    def _forget(self, entries: Sequence[Entry]) -> None:
        gone = {entry.id for entry in entries}
        self._entries = [entry for entry in self._entries if entry.id not in gone]
        self._by_id = {id_: entry for id_, entry in self._by_id.items() if id_ not in gone}

    def _rebuild(self) -> None:
        own = [] if self.has_newer else [letter_entry(*kept) for kept in self._letters.values()]
        self.items = items_of([*self._entries, *own], self._first_new, self.team)


def _order(entry: Entry) -> tuple[int, float, int]:
    return entry.order


def now() -> datetime:
    """On this machine's clock, for what is written here."""
    return datetime.fromtimestamp(time.time(), UTC)
