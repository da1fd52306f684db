"""The truth of a test: what the server accepted, what it refused, and what people saw on their phones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from embedded_server.simulator.whatsapp.people import Companion, Person


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message the server took from a linked device. The same id twice: the device sent it again."""

    message_id: str
    sender: Companion
    #: The address it was sent to, and whose devices it held a copy for.
    to: str
    recipients: tuple[Person, ...]
    #: It answered a request to send once more (to one device).
    is_retry: bool = False
    was_acknowledged: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    message_id: str
    sender: Companion
    to: str
    code: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that stands on someone's screen."""

    message_id: str
    person: Person
    sender: Person
    kind: str
    text: str | None = field(repr=False)


class Ledger:
    """A phone shows an id once; whatever came again under the same one is in ``repeats``."""

    def __init__(self) -> None:
        self.accepted: list[Accepted] = []
        self.refused: list[Refused] = []
        self.shown: list[Shown] = []
        self.repeats: list[tuple[str, Person]] = []

    def times_accepted(self, message_id: str) -> int:
        return sum(entry.message_id == message_id and not entry.is_retry for entry in self.accepted)

    def shown_to(self, person: Person, sender: Person | None = None) -> list[Shown]:
        """What a person was sent, in the order it came (not what they wrote on another device of theirs)."""
        return [
            entry
            for entry in self.shown
            if entry.person is person and entry.sender is not person and sender in (None, entry.sender)
        ]

    def acquaintances(self, person: Person) -> set[Person]:
        """Whoever wrote to a person or was written to."""
        pairs = [(entry.person, entry.sender) for entry in self.shown]
        return {one for pair in pairs if person in pair for one in pair} - {person}

    def texts(self, person: Person, sender: Person | None = None) -> list[str | None]:
        return [entry.text for entry in self.shown_to(person, sender)]

    def written_to_twice(self, sender: Person) -> list[tuple[Person, str | None]]:
        """Whoever saw the same words of this sender under more than one id: what must never happen."""
        seen = Counter(
            (entry.person, entry.text)
            for entry in self.shown
            if entry.sender is sender and entry.person is not sender
        )
        return [who_and_what for who_and_what, times in seen.items() if times > 1]
