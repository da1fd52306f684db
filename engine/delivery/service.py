"""Verbs of the ledger. What they return tells the features above which of their own rows must follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from engine.db.unit_of_work import UnitOfWork
from engine.delivery import queries, rules
from engine.delivery.parcel import Settled
from engine.models import Receipt
from engine.providers.inbound import StatusUpdate
from engine.providers.port import Action


@dataclass(frozen=True, slots=True)
class Failure:
    """A send the vendor first accepted and then reported as failed."""

    attempt_id: UUID
    campaign_id: UUID | None
    recipient_id: UUID | None
    message_id: UUID | None
    address: str = field(repr=False)
    code: str | None
    reason: str | None
    action: Action | None


@dataclass(frozen=True, slots=True)
class Freed:
    """A recipient or a message whose send is proved not to exist."""

    recipient_id: UUID | None
    message_id: UUID | None


@dataclass(slots=True)
class Applied:
    """What a batch of statuses changed: receipts by campaign and height, and failures."""

    receipts: dict[tuple[UUID | None, str], int] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    #: Attempts whose row moved, with the receipt they now have.
    moved: list[tuple[UUID, str | None]] = field(default_factory=list)
    #: Recipients only now proved to be written to (they may have stood as unconfirmed).
    recipients: list[UUID] = field(default_factory=list)
    #: What was said of messages that the ledger does not know.
    strangers: list[StatusUpdate] = field(default_factory=list)


async def settle(uow: UnitOfWork, batch: Sequence[Settled]) -> set[UUID]:
    """Write down how sends ended. Returns the attempts whose row was still ours to write.

    An attempt that a status already proved, or that a newer epoch took over, keeps what it has.
    """
    ours: set[UUID] = set()
    for epoch in {s.parcel.epoch for s in batch}:
        ours |= await _settle(uow, epoch, [s for s in batch if s.parcel.epoch == epoch])
    return ours


async def _settle(uow: UnitOfWork, epoch: int, batch: Sequence[Settled]) -> set[UUID]:
    columns: dict[str, list[object]] = {
        "ids": [s.parcel.attempt_id for s in batch],
        "states": [rules.STATE_OF[s.result.outcome].value for s in batch],
        "provider_ids": [s.result.provider_message_id for s in batch],
        "wa_ids": [s.result.wa_id for s in batch],
        "codes": [s.result.code for s in batch],
        "reasons": [s.result.reason for s in batch],
    }
    return await queries.settle(uow.session, uow.company_id, epoch, columns)


async def apply_statuses(uow: UnitOfWork, channel_id: UUID, updates: Sequence[StatusUpdate]) -> Applied:
    """Move sends up the lattice by what the vendor reports: in any order, any number of times.

    Statuses of sends that are not ours (written by another program on the same number, or on the phone
    itself) change nothing here.
    """
    named = await _name_attempts(uow, channel_id, updates)
    ours = {id(update) for _, update in named}
    applied = Applied(strangers=[update for update in updates if id(update) not in ours])
    await _climb(uow, channel_id, _highest(named), applied)
    failed = {id_: update for id_, update in named if update.status == "failed"}
    if failed:
        await _fail(uow, channel_id, failed, applied)
    return applied


async def doubt_orphans(uow: UnitOfWork, epoch: int) -> int:
    """After a crash or take-over: what an older epoch was sending is now uncertain."""
    return await queries.doubt(uow.session, uow.company_id, epoch)


async def prove_accepted(uow: UnitOfWork, attempt_id: UUID, provider_message_id: str) -> bool:
    """A look-up found the message at the vendor."""
    return await queries.prove(uow.session, uow.company_id, attempt_id, provider_message_id) is not None


async def note_absence(uow: UnitOfWork, attempt_id: UUID, *, needed: int = 2) -> Freed | None:
    """A look-up answered and found nothing. After ``needed`` such answers the send is proved not to exist.

    Returns whom or what it was for, once: that may go again. None while the doubt stands, and after it.
    """
    row = await queries.absent(uow.session, uow.company_id, attempt_id, needed)
    if row is None or row.state != "not_sent":
        return None
    return Freed(row.recipient_id, row.message_id)


async def in_doubt(uow: UnitOfWork, *, checked_before: datetime) -> Sequence[Any]:
    """Sends in doubt that nobody looked at since then, oldest first, with what a look-up needs."""
    return await queries.uncertain_on(uow.session, uow.company_id, checked_before)


async def provider_ids_to(
    uow: UnitOfWork, channel_id: UUID, address: str, *, since: datetime
) -> Sequence[str]:
    """The vendor's ids of sends to one address since then, which no look-up may claim for another send."""
    return await queries.provider_ids_to(uow.session, uow.company_id, channel_id, address, since)


async def note_silence(uow: UnitOfWork, attempt_id: UUID) -> None:
    """A look-up did not answer: that proves nothing, and the next one waits its turn."""
    await queries.touch(uow.session, uow.company_id, attempt_id)


async def _name_attempts(
    uow: UnitOfWork, channel_id: UUID, updates: Sequence[StatusUpdate]
) -> list[tuple[UUID, StatusUpdate]]:
    by_token = [(rules.attempt_of(update.token), update) for update in updates]
    nameless = [update.provider_message_id for id_, update in by_token if id_ is None]
    found: dict[str, UUID] = {}
    if nameless:
        found = await queries.ids_by_provider_id(uow.session, uow.company_id, channel_id, nameless)
    named = ((id_ or found.get(update.provider_message_id), update) for id_, update in by_token)
    return [(id_, update) for id_, update in named if id_ is not None]


def _highest(named: Iterable[tuple[UUID, StatusUpdate]]) -> dict[UUID, tuple[int, StatusUpdate]]:
    best: dict[UUID, tuple[int, StatusUpdate]] = {}
    for id_, update in named:
        height = rules.rank(update.status)
        if height and (id_ not in best or height > best[id_][0]):
            best[id_] = (height, update)
    return best


async def _climb(
    uow: UnitOfWork, channel_id: UUID, best: dict[UUID, tuple[int, StatusUpdate]], applied: Applied
) -> None:
    if not best:
        return
    # One order for every writer of this table, so that two batches cannot lock each other out.
    ordered = sorted(best.items())
    columns: dict[str, list[object]] = {
        "ids": [id_ for id_, _ in ordered],
        "receipts": [Receipt(update.status).value for _, (_, update) in ordered],
        "ranks": [height for _, (height, _) in ordered],
        "moments": [update.occurred_at for _, (_, update) in ordered],
        "provider_ids": [update.provider_message_id for _, (_, update) in ordered],
        "wa_ids": [update.recipient_wa_id for _, (_, update) in ordered],
    }
    for row in await queries.climb(uow.session, uow.company_id, channel_id, columns):
        key = (row.campaign_id, row.receipt)
        applied.receipts[key] = applied.receipts.get(key, 0) + 1
        applied.moved.append((row.id, row.receipt))
        if row.was_open and row.recipient_id is not None:
            applied.recipients.append(row.recipient_id)


async def _fail(
    uow: UnitOfWork, channel_id: UUID, failed: dict[UUID, StatusUpdate], applied: Applied
) -> None:
    ordered = sorted(failed.items())
    columns: dict[str, list[object]] = {
        "ids": [id_ for id_, _ in ordered],
        "codes": [update.code for _, update in ordered],
        "reasons": [update.reason for _, update in ordered],
        "provider_ids": [update.provider_message_id for _, update in ordered],
    }
    for row in await queries.fail(uow.session, uow.company_id, channel_id, columns):
        update = failed[row.id]
        applied.failures.append(
            Failure(
                row.id,
                row.campaign_id,
                row.recipient_id,
                row.message_id,
                row.address,
                update.code,
                update.reason,
                update.action,
            )
        )
