"""The ledger as people read it: every recipient under one word, and the words add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from engine.campaigns import queries
from engine.campaigns.service import get
from engine.db.unit_of_work import UnitOfWork
from engine.models import RecipientState

_RECEIPTS = ("accepted", "sent", "delivered", "read", "played")


@dataclass(slots=True)
class Ledger:
    """``planned`` = skipped + pending + sending + accepted + failed + uncertain + unconfirmed + cancelled."""

    planned: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    pending: int = 0
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
    address: str = field(repr=False)
    body: str = field(repr=False)
    status: str
    reason: str | None
    tries: int
    sent_at: datetime | None
    status_at: datetime | None
    provider_message_id: str | None


async def ledger(uow: UnitOfWork, campaign_id: UUID) -> Ledger:
    """Counted from the rows; the caller may keep the answer for a moment.

    Raises:
        CampaignNotFound: no campaign has this id.
    """
    await get(uow, campaign_id)
    result = Ledger(replied=await queries.replied(uow.session, uow.company_id, campaign_id))
    for word, reason, people in await queries.counts(uow.session, uow.company_id, campaign_id):
        result.planned += people
        _count(result, word, reason, people)
    return result


async def lines(
    uow: UnitOfWork, campaign_id: UUID, *, after: UUID | None = None, limit: int = 100
) -> list[Line]:
    await get(uow, campaign_id)
    rows = await queries.report(uow.session, uow.company_id, campaign_id, after, limit)
    return [_line(row) for row in rows]


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


def _line(row: Any) -> Line:
    live = row.state == RecipientState.DISPATCHED
    status = (row.receipt or row.attempt_state or "dispatching") if live else row.state
    return Line(
        id=row.id,
        contact_id=row.contact_id,
        address=row.address,
        body=row.body,
        status=status,
        reason=row.reason or (row.code if live else None),
        tries=row.tries,
        sent_at=row.dispatched_at,
        status_at=row.receipt_at,
        provider_message_id=row.provider_message_id,
    )
