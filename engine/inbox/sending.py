"""Messages people wrote, on their way out: the same intent-first claim that campaigns use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from engine import clock
from engine.db.unit_of_work import UnitOfWork
from engine.delivery import Applied, Parcel, Settled, may_try_again, wait_before_retry
from engine.inbox import contents
from engine.inbox.events import MessageChanged
from engine.providers.port import Address, AddressKind, Outcome
from engine.queue.lease import Lease

# Like the campaigns' claim: the lease is held until the commit, opt-outs are looked up in the claim.
_CLAIM = text("""
    WITH gate AS (
        SELECT ch.kind FROM channel ch JOIN lease l ON l.name = :lease AND l.epoch = :epoch
        WHERE ch.company_id = :company AND ch.id = :channel AND ch.state = 'active'
        FOR SHARE OF l
    ), picked AS (
        SELECT m.id, m.conversation_id, m.payload, m.reply_to, cc.address_kind, cc.address,
               (SELECT count(*) FROM attempt a
                WHERE a.company_id = m.company_id AND a.message_id = m.id) AS tries
        FROM message m
        JOIN conversation_channel cc ON cc.company_id = m.company_id
             AND cc.conversation_id = m.conversation_id AND cc.channel_id = m.channel_id
        WHERE m.company_id = :company AND m.channel_id = :channel AND m.due_at <= clock_timestamp()
          AND EXISTS (SELECT FROM gate)
        ORDER BY m.due_at, m.id LIMIT :limit FOR UPDATE OF m SKIP LOCKED
    ), judged AS (
        SELECT p.*, (CAST(:ids AS uuid[]))[row_number() OVER (ORDER BY p.id)] AS attempt_id, EXISTS (
            SELECT FROM conversation v
            JOIN contact_identity i ON i.company_id = v.company_id AND i.contact_id = v.contact_id
            JOIN opt_out o ON o.company_id = i.company_id AND o.match_key = i.match_key
                 AND o.channel_kind = (SELECT kind FROM gate) AND o.revoked_at IS NULL
            WHERE v.company_id = :company AND v.id = p.conversation_id) AS suppressed
        FROM picked p
    ), moved AS (
        UPDATE message m SET due_at = NULL, attempt_id = j.attempt_id
        FROM judged j WHERE m.company_id = :company AND m.id = j.id
    ), intents AS (
        INSERT INTO attempt (company_id, id, channel_id, message_id, address_kind, address, state, code,
                             epoch)
        SELECT :company, j.attempt_id, :channel, j.id, j.address_kind, j.address,
               CASE WHEN j.suppressed THEN 'rejected' ELSE 'dispatching' END,
               CASE WHEN j.suppressed THEN 'opted_out' END, :epoch
        FROM judged j
    )
    SELECT * FROM judged ORDER BY id
""")

_FOLLOW = text("""
    UPDATE message m
    SET due_at = x.due_at, provider_message_id = COALESCE(x.provider_id, m.provider_message_id)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:provider_ids AS text[]), CAST(:due AS timestamptz[]))
         AS x(id, provider_id, due_at)
    WHERE m.company_id = :company AND m.id = x.id
    RETURNING m.id, m.conversation_id
""")

# Newer attempts of the same message may have taken over: only the one it shows counts.
_ANSWERS = text("""
    SELECT m.id, m.conversation_id FROM attempt a
    JOIN message m ON m.company_id = a.company_id AND m.id = a.message_id AND m.attempt_id = a.id
    WHERE a.company_id = :company AND a.id = ANY(CAST(:attempts AS uuid[]))
""")


_PUT_BACK = text("""
    UPDATE message m SET due_at = :now FROM attempt a
    WHERE a.company_id = :company AND a.id = :attempt AND m.company_id = :company AND m.id = a.message_id
      AND m.attempt_id = a.id AND m.due_at IS NULL
    RETURNING m.id, m.conversation_id
""")

_PROVED = text("""
    UPDATE message m SET provider_message_id = :provider_id FROM attempt a
    WHERE a.company_id = :company AND a.id = :attempt AND m.company_id = :company AND m.id = a.message_id
      AND m.attempt_id = a.id
    RETURNING m.id, m.conversation_id
""")


async def claim(uow: UnitOfWork, channel_id: UUID, lease: Lease, *, ids: Sequence[UUID]) -> list[Parcel]:
    """Take at most ``len(ids)`` due messages of one number and write their intents under those ids."""
    values = {
        "company": uow.company_id,
        "channel": channel_id,
        "lease": lease.name,
        "epoch": lease.epoch,
        "limit": len(ids),
        "ids": list(ids),
    }
    rows = (await uow.session.execute(_CLAIM, values)).all()
    for row in rows:
        if row.suppressed:
            _announce(uow, row, "failed")
    return [_parcel(uow, channel_id, lease, row) for row in rows if not row.suppressed]


async def follow(uow: UnitOfWork, batch: Sequence[Settled]) -> None:
    """After the ledger has the outcomes: the vendor's id on the message, or another try later."""
    mine = [s for s in batch if s.parcel.message_id is not None]
    if not mine:
        return
    values = {
        "company": uow.company_id,
        "ids": [s.parcel.message_id for s in mine],
        "provider_ids": [s.result.provider_message_id for s in mine],
        "due": [_due_again(s) for s in mine],
    }
    for row in (await uow.session.execute(_FOLLOW, values)).all():
        _announce(uow, row, "sent")


async def follow_statuses(uow: UnitOfWork, applied: Applied) -> None:
    """After the ledger has what the vendor reported: tell of answers that came further or failed.

    What a campaign sent is told by the campaign; a batch of its statuses alone costs nothing here.
    """
    of_answers = any(campaign_id is None for campaign_id, _ in applied.receipts)
    failed = [failure.attempt_id for failure in applied.failures if failure.message_id is not None]
    moved = [attempt_id for attempt_id, _ in applied.moved] if of_answers else []
    if not (failed or moved):
        return
    values = {"company": uow.company_id, "attempts": [*moved, *failed]}
    for row in (await uow.session.execute(_ANSWERS, values)).all():
        _announce(uow, row, "status")


async def put_back(uow: UnitOfWork, attempt_id: UUID) -> None:
    """An answer's send is proved not to exist: it is due again, unless another one has taken over."""
    values = {"company": uow.company_id, "attempt": attempt_id, "now": clock.now()}
    for row in (await uow.session.execute(_PUT_BACK, values)).all():
        _announce(uow, row, "waiting")


async def follow_proof(uow: UnitOfWork, attempt_id: UUID, provider_message_id: str) -> None:
    """A look-up found an answer at the vendor: from now on it can be quoted."""
    values = {"company": uow.company_id, "attempt": attempt_id, "provider_id": provider_message_id}
    for row in (await uow.session.execute(_PROVED, values)).all():
        _announce(uow, row, "sent")


def _announce(uow: UnitOfWork, row: Any, change: str) -> None:
    uow.announce(
        MessageChanged(
            company_id=uow.company_id,
            conversation_id=row.conversation_id,
            message_id=row.id,
            change=change,
        )
    )


def _due_again(settled: Settled) -> datetime | None:
    result, tries = settled.result, settled.parcel.tries
    if result.outcome is Outcome.NOT_SENT:
        return clock.now() + (result.retry_after or timedelta(seconds=min(2**tries, 60)))
    if result.outcome is Outcome.REJECTED and may_try_again(result.action, tries):
        return clock.now() + wait_before_retry(result.action, tries, result.retry_after)
    return None


def _parcel(uow: UnitOfWork, channel_id: UUID, lease: Lease, row: Any) -> Parcel:
    return Parcel(
        attempt_id=row.attempt_id,
        company_id=uow.company_id,
        channel_id=channel_id,
        epoch=lease.epoch,
        to=Address(AddressKind(row.address_kind), row.address),
        content=contents.read(row.payload[contents.KEY]),
        message_id=row.id,
        reply_to=row.reply_to,
        tries=row.tries + 1,
    )
