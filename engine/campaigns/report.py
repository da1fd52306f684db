"""The ledger as people read it: every recipient under one word, and the words add up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from engine import contacts
from engine.campaigns import firsts, report_queries
from engine.campaigns.service import get
from engine.context import Engine
from engine.db.unit_of_work import UnitOfWork
from engine.models import Campaign, RecipientState

_RECEIPTS = ("accepted", "sent", "delivered", "read", "played")


#: Recipients of one transaction while a whole report is read.
SLICE = 1_000


class Standing(StrEnum):
    """The words of the ledger, to list people by. They nest: who ``read`` it is also ``delivered``."""

    PENDING = "pending"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    REPLIED = "replied"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    UNCONFIRMED = "unconfirmed"
    #: Left out before anything was sent, opted out included.
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class Ledger:
    """``planned`` = skipped + pending + sending + accepted + failed + uncertain + unconfirmed + cancelled."""

    planned: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    pending: int = 0
    #: Those of ``pending`` who are new to a linked number and for whom it has no room yet, and why.
    held: Counter[str] = field(default_factory=Counter)
    #: When the first of them may be written to.
    held_until: datetime | None = None
    sending: int = 0
    accepted: int = 0
    delivered: int = 0
    read: int = 0
    replied: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    uncertain: int = 0
    unconfirmed: int = 0
    cancelled: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One recipient of the report."""

    id: UUID
    contact_id: UUID | None
    #: As the contact is called now; empty for one that is gone.
    name: str = field(repr=False)
    address: str = field(repr=False)
    body: str = field(repr=False)
    status: str
    #: A code of ours or of the vendor; ``said`` is the vendor's own sentence, safe to show.
    reason: str | None
    said: str | None
    tries: int
    sent_at: datetime | None
    status_at: datetime | None
    provider_message_id: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    """``total`` people to write to, ``done`` of whom no longer wait."""

    total: int = 0
    done: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which recipients to list. ``number`` is any part of a phone number, as a person types it."""

    standing: Standing | None = None
    number: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Part of a report. It may hold fewer lines than asked for, or none, and have a next one all the same."""

    lines: list[Line]
    #: After whom the next part begins; None at the end.
    following: UUID | None


async def ledger(uow: UnitOfWork, campaign_id: UUID) -> Ledger:
    """Counted from the rows; the caller may keep the answer for a moment.

    Raises:
        CampaignNotFound: no campaign has this id.
    """
    await get(uow, campaign_id)
    result = Ledger(replied=await report_queries.replied(uow.session, uow.company_id, campaign_id))
    for word, reason, people in await report_queries.counts(uow.session, uow.company_id, campaign_id):
        result.planned += people
        _count(result, word, reason, people)
    if result.held:
        result.held_until = await report_queries.held_until(uow.session, uow.company_id, campaign_id)
    return result


async def progress(uow: UnitOfWork, campaigns: Sequence[Campaign]) -> dict[UUID, Progress]:
    """How far each campaign is. One that was never started has nobody written down yet."""
    ids = [campaign.id for campaign in campaigns if campaign.planned]
    if not ids:
        return {}
    rows = await report_queries.progress(uow.session, uow.company_id, ids)
    return {row.id: Progress(row.total, row.done) for row in rows}


async def lines(
    uow: UnitOfWork, campaign_id: UUID, *, after: UUID | None = None, limit: int = 100
) -> list[Line]:
    """Every recipient in order.

    Raises:
        CampaignNotFound: no campaign has this id.
    """
    return (await sheet(uow, campaign_id, Wanted(), after=after, limit=limit)).lines


async def sheet(
    uow: UnitOfWork, campaign_id: UUID, wanted: Wanted, *, after: UUID | None = None, limit: int = 100
) -> Sheet:
    """The wanted recipients in order. Each call looks at a bounded number of them all.

    Raises:
        CampaignNotFound: no campaign has this id.
    """
    await get(uow, campaign_id)
    begin = after or report_queries.FIRST
    number = _number(wanted.number)
    end = None
    if wanted.standing or number:
        end = await report_queries.end_of_span(uow.session, uow.company_id, campaign_id, begin)
    values = {
        "company": uow.company_id,
        "campaign": campaign_id,
        "after": begin,
        "upto": end or report_queries.LAST,
        "limit": limit + 1,
    }
    rows = await report_queries.lines(uow.session, wanted.standing, number, values)
    found = [_line(row) for row in rows[:limit]]
    return Sheet(found, found[-1].id if len(rows) > limit else end)


async def all_lines(
    engine: Engine, company_id: UUID, campaign_id: UUID, wanted: Wanted
) -> AsyncIterator[list[Line]]:
    """The whole report in slices, each read in a transaction of its own: a slow reader holds none open.

    Raises:
        CampaignNotFound: no campaign has this id.
    """
    after: UUID | None = None
    while True:
        async with engine.unit_of_work(company_id) as uow:
            found = await sheet(uow, campaign_id, wanted, after=after, limit=SLICE)
        yield found.lines
        if (after := found.following) is None:
            return


def _number(typed: str) -> tuple[list[str], str] | None:
    """Match keys the digits may stand for, with and without Brazil's code, and a pattern for a part."""
    digits = "".join(re.findall(r"[0-9]", typed))
    if not digits:
        return None
    return [contacts.match_key(digits), contacts.match_key(f"55{digits}")], f"%{digits}%"


def _count(result: Ledger, word: str, reason: str, people: int) -> None:
    if word in (RecipientState.SKIPPED, RecipientState.SUPPRESSED):
        result.skipped[reason or word] += people
    elif word == RecipientState.FAILED:
        result.failed[reason or "unknown"] += people
    elif word in _RECEIPTS:
        height = _RECEIPTS.index(word)
        result.accepted += people
        result.delivered += people if height >= 2 else 0
        result.read += people if height >= 3 else 0
    elif word == "dispatching":
        result.sending += people
    else:
        setattr(result, word, getattr(result, word) + people)
        if word == RecipientState.PENDING and reason in firsts.WAITING:
            result.held[reason] += people


def _line(row: Any) -> Line:
    live = row.state == RecipientState.DISPATCHED
    status = (row.receipt or row.attempt_state or "dispatching") if live else row.state
    return Line(
        id=row.id,
        contact_id=row.contact_id,
        name=row.name,
        address=row.address,
        body=row.body,
        status="sending" if status == "dispatching" else status,
        reason=row.reason or (row.code if live else None),
        said=row.said if live or row.state == RecipientState.FAILED else None,
        tries=row.tries,
        sent_at=row.dispatched_at,
        status_at=row.receipt_at,
        provider_message_id=row.provider_message_id,
    )
