"""Who a campaign is for, who is left out and why, and the text each person gets."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from engine import contacts
from engine.campaigns import content, queries
from engine.campaigns.content import Frozen, Letter
from engine.db.unit_of_work import UnitOfWork
from engine.ids import new_id
from engine.models import Campaign, Channel, RecipientState

SLICE = 2_000


class Left(StrEnum):
    """Why somebody in the audience is not written to. Shown before the start and kept in the ledger."""

    NO_ADDRESS = "no_address"
    OPTED_OUT = "opted_out"
    MISSING_VARIABLE = "missing_variable"
    TOO_LONG = "too_long"
    EMPTY = "empty"
    #: Somebody before them in the audience has the same number.
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Person:
    """One member of the audience, judged.

    ``frozen`` is None for those left out, and for everybody while the message is not written. ``missing``
    names the variables without a value.
    """

    contact_id: UUID
    name: str = field(repr=False)
    kind: str
    address: str = field(repr=False)
    match_key: str = field(repr=False)
    left: Left | None
    frozen: Frozen | None
    missing: tuple[str, ...] = ()

    @property
    def state(self) -> RecipientState:
        if self.left is None:
            return RecipientState.PENDING
        return RecipientState.SUPPRESSED if self.left is Left.OPTED_OUT else RecipientState.SKIPPED


async def judged(
    uow: UnitOfWork, campaign: Campaign, channel: Channel, letter: Letter | None
) -> AsyncIterator[list[Person]]:
    """The whole audience in slices, in a stable order. Without a letter only its reach is judged."""
    condition = queries.audience_condition(campaign.audience, await _segment(uow, campaign.audience))
    judge = Judge(letter, content.MOST_CHARACTERS[channel.kind])
    after: UUID | None = None
    while rows := await queries.people(uow.session, channel.kind, condition, after, SLICE):
        yield [judge.person(row) for row in rows]
        after = rows[-1].id


class Judge:
    """Decides about one person after another, from rows of :func:`queries.people` in their order."""

    def __init__(self, letter: Letter | None, most_characters: int) -> None:
        self._letter, self._most = letter, most_characters
        self._required = required(letter) if letter else ()
        self._taken: set[str] = set()

    def person(self, row: Any) -> Person:
        values = contacts.variables(row.name, row.email, row.custom)
        missing = tuple(name for name in self._required if not values.get(name))
        frozen = None if missing or row.match_key is None else self._frozen(values)
        left = self._left(row, missing, frozen)
        return Person(
            row.id,
            row.name,
            row.kind or "phone",
            row.value or "",
            self._key(row, left),
            left,
            None if left else frozen,
            missing if left is Left.MISSING_VARIABLE else (),
        )

    def _frozen(self, values: Mapping[str, str]) -> Frozen | None:
        if self._letter is None:
            return None
        return content.freeze(self._letter, lambda text: contacts.fill(text, values))

    def _left(self, row: Any, missing: tuple[str, ...], frozen: Frozen | None) -> Left | None:
        if row.match_key is None:
            return Left.NO_ADDRESS
        if row.opted_out:
            return Left.OPTED_OUT
        if row.match_key in self._taken:
            return Left.DUPLICATE
        if missing:
            return Left.MISSING_VARIABLE
        return self._unsendable(frozen) if frozen else None

    def _unsendable(self, frozen: Frozen) -> Left | None:
        if len(frozen.body) > self._most:
            return Left.TOO_LONG
        is_blank = not frozen.body.strip() if frozen.params is None else not all(frozen.params)
        return Left.EMPTY if is_blank else None

    def _key(self, row: Any, left: Left | None) -> str:
        """What keeps this person apart in the ledger; nobody vanishes behind somebody with their number."""
        if row.match_key is None or (left and row.is_shared):
            return f"contact:{row.id}"
        if row.is_shared:
            self._taken.add(row.match_key)
        return str(row.match_key)


def required(letter: Letter) -> tuple[str, ...]:
    """The variables, by folded name, that stand somewhere in the letter without a default."""
    text = "\n".join((letter.body, *letter.slots))
    everything = _Probe()
    contacts.fill(text, everything)
    return tuple(name for name in dict.fromkeys(everything.asked) if not _may_lack(text, name))


def _may_lack(text: str, name: str) -> bool:
    try:
        contacts.fill(text, _Probe(name))
    except contacts.MissingVariable:
        return False
    return True


class _Probe(Mapping[str, str]):
    """Values for every variable but one, that remembers what it was asked for."""

    def __init__(self, lacking: str | None = None) -> None:
        self._lacking = lacking
        self.asked: list[str] = []

    def __getitem__(self, name: str) -> str:
        self.asked.append(name)
        return "" if name == self._lacking else "x"

    def __iter__(self) -> Iterator[str]:
        return iter(self.asked)

    def __len__(self) -> int:
        return len(self.asked)


def columns(people: Sequence[Person]) -> dict[str, list[Any]]:
    """A slice as the arrays :func:`queries.freeze` takes."""
    return {
        "ids": [new_id() for _ in people],
        "contacts": [p.contact_id for p in people],
        "kinds": [p.kind for p in people],
        "addresses": [p.address for p in people],
        "keys": [p.match_key for p in people],
        "bodies": [p.frozen.body if p.frozen else "" for p in people],
        "params": [json.dumps(p.frozen.params) if p.frozen and p.frozen.params else None for p in people],
        "states": [p.state.value for p in people],
        "reasons": [p.left.value if p.left else None for p in people],
    }


async def _segment(uow: UnitOfWork, audience: dict[str, Any]) -> Any:
    if not audience.get("segment_id"):
        return None
    return await contacts.segment_condition(uow, UUID(str(audience["segment_id"])))
