"""Who a campaign is for, who is left out and why, and the text each person gets."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
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


@dataclass(frozen=True, slots=True)
class Person:
    """One member of the audience, judged. ``frozen`` is None for those left out."""

    contact_id: UUID
    name: str = field(repr=False)
    kind: str
    address: str = field(repr=False)
    match_key: str = field(repr=False)
    left: Left | None
    frozen: Frozen | None

    @property
    def state(self) -> RecipientState:
        if self.left is None:
            return RecipientState.PENDING
        return RecipientState.SUPPRESSED if self.left is Left.OPTED_OUT else RecipientState.SKIPPED


async def judged(uow: UnitOfWork, campaign: Campaign, channel: Channel) -> AsyncIterator[list[Person]]:
    """The whole audience in slices, in a stable order."""
    letter = content.read(campaign.content)
    condition = queries.audience_condition(campaign.audience, await _segment(uow, campaign.audience))
    after: UUID | None = None
    while rows := await queries.people(uow.session, channel.kind, condition, after, SLICE):
        yield [judge(row, letter, content.MOST_CHARACTERS[channel.kind]) for row in rows]
        after = rows[-1].id


def judge(row: Any, letter: Letter, most_characters: int) -> Person:
    """Decide about one person, from one row of :func:`queries.people`."""
    # Somebody without an address still has a line in the ledger, under a key no address can have.
    key = row.match_key or f"contact:{row.id}"
    kind, address = row.kind or "phone", row.value or ""

    def left(reason: Left) -> Person:
        return Person(row.id, row.name, kind, address, key, reason, None)

    if row.match_key is None:
        return left(Left.NO_ADDRESS)
    if row.opted_out:
        return left(Left.OPTED_OUT)
    try:
        values = contacts.variables(row.name, row.email, row.custom)
        frozen = content.freeze(letter, lambda text: contacts.fill(text, values))
    except contacts.MissingVariable:
        return left(Left.MISSING_VARIABLE)
    if len(frozen.body) > most_characters:
        return left(Left.TOO_LONG)
    if letter.kind == "text" and not frozen.body.strip():
        return left(Left.EMPTY)
    return Person(row.id, row.name, kind, address, key, None, frozen)


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
