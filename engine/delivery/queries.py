"""All SQL of the delivery ledger. Every statement takes a whole batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from engine.ids import natural_id

_SETTLE = text("""
    UPDATE attempt a
    SET state = r.state, provider_message_id = r.provider_id, wa_id = r.wa_id, code = r.code,
        reason = r.reason, resolved_at = clock_timestamp()
    FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:provider_ids AS text[]),
                CAST(:wa_ids AS text[]), CAST(:codes AS text[]), CAST(:reasons AS text[]))
         AS r(id, state, provider_id, wa_id, code, reason)
    WHERE a.company_id = :company AND a.id = r.id AND a.state = 'dispatching' AND a.epoch = :epoch
    RETURNING a.id
""")

# Two ways to find the send a status speaks of: the token we planted, else the vendor's own id.
_BY_PROVIDER_ID = text("""
    SELECT provider_message_id, id FROM attempt
    WHERE company_id = :company AND channel_id = :channel AND provider_message_id = ANY(CAST(:ids AS text[]))
""")

# The receipt climbs and never falls; a proof of life lifts dispatching, uncertain and failed to accepted.
_CLIMB = text("""
    UPDATE attempt a
    SET receipt = CASE WHEN r.rank > COALESCE(array_position(CAST(:ladder AS text[]), a.receipt::text), 0)
                       THEN r.receipt ELSE a.receipt END,
        receipt_at = CASE WHEN r.rank > COALESCE(array_position(CAST(:ladder AS text[]), a.receipt::text), 0)
                          THEN r.at ELSE a.receipt_at END,
        provider_message_id = COALESCE(a.provider_message_id, r.provider_id),
        wa_id = COALESCE(a.wa_id, r.wa_id),
        state = CASE WHEN a.state IN ('dispatching', 'uncertain')
                       OR (a.state = 'failed' AND NOT EXISTS (
                             SELECT FROM attempt other
                             WHERE other.company_id = a.company_id AND other.id <> a.id
                               AND (other.recipient_id = a.recipient_id OR other.message_id = a.message_id)
                               AND other.state IN ('dispatching', 'uncertain', 'accepted')))
                     THEN 'accepted' ELSE a.state END,
        resolved_at = CASE WHEN a.state = 'accepted' THEN COALESCE(a.resolved_at, clock_timestamp())
                           ELSE clock_timestamp() END,
        code = CASE WHEN a.state = 'failed' THEN NULL ELSE a.code END,
        reason = CASE WHEN a.state = 'failed' THEN NULL ELSE a.reason END
    FROM unnest(CAST(:ids AS uuid[]), CAST(:receipts AS text[]), CAST(:ranks AS int[]),
                CAST(:moments AS timestamptz[]), CAST(:provider_ids AS text[]), CAST(:wa_ids AS text[]))
         AS r(id, receipt, rank, at, provider_id, wa_id)
    WHERE a.company_id = :company AND a.channel_id = :channel AND a.id = r.id
      AND (r.rank > COALESCE(array_position(CAST(:ladder AS text[]), a.receipt::text), 0)
           OR a.state IN ('dispatching', 'uncertain', 'failed'))
    RETURNING a.id, a.campaign_id, a.recipient_id, a.message_id, a.receipt,
              a.resolved_at >= transaction_timestamp() AS was_open
""")

# Failure is final unless the message was already seen to arrive, or is later.
_FAIL = text("""
    UPDATE attempt a
    SET state = 'failed', code = r.code, reason = r.reason, resolved_at = clock_timestamp(),
        provider_message_id = COALESCE(a.provider_message_id, r.provider_id)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:codes AS text[]), CAST(:reasons AS text[]),
                CAST(:provider_ids AS text[])) AS r(id, code, reason, provider_id)
    WHERE a.company_id = :company AND a.channel_id = :channel AND a.id = r.id
      AND a.state IN ('dispatching', 'uncertain', 'accepted')
      AND (a.receipt IS NULL OR a.receipt = 'sent')
    RETURNING a.id, a.campaign_id, a.recipient_id, a.message_id, a.address
""")

_DOUBT = text("""
    UPDATE attempt SET state = 'uncertain', resolved_at = clock_timestamp()
    WHERE company_id = :company AND state = 'dispatching' AND epoch < :epoch RETURNING id
""")

_PROVE = text("""
    UPDATE attempt SET state = 'accepted', provider_message_id = :provider_id, resolved_at = clock_timestamp()
    WHERE company_id = :company AND id = :id AND state = 'uncertain'
    RETURNING campaign_id, recipient_id, message_id
""")

_ABSENT = text("""
    UPDATE attempt
    SET absent_checks = absent_checks + 1, checked_at = clock_timestamp(),
        state = CASE WHEN absent_checks + 1 >= :needed THEN 'not_sent' ELSE state END
    WHERE company_id = :company AND id = :id AND state = 'uncertain'
    RETURNING state, campaign_id, recipient_id, message_id
""")

_TOUCH = text("UPDATE attempt SET checked_at = clock_timestamp() WHERE company_id = :company AND id = :id")

LADDER = ["sent", "delivered", "read", "played"]


async def settle(
    session: AsyncSession, company_id: UUID, epoch: int, columns: dict[str, list[Any]]
) -> set[UUID]:
    values = {"company": company_id, "epoch": epoch, **columns}
    return set((await session.scalars(_SETTLE, values)).all())


async def ids_by_provider_id(
    session: AsyncSession, company_id: UUID, channel_id: UUID, provider_ids: Sequence[str]
) -> dict[str, UUID]:
    values = {"company": company_id, "channel": channel_id, "ids": list(provider_ids)}
    rows = await session.execute(_BY_PROVIDER_ID, values)
    return {row.provider_message_id: row.id for row in rows}


async def climb(
    session: AsyncSession, company_id: UUID, channel_id: UUID, columns: dict[str, list[Any]]
) -> Sequence[Any]:
    values = {"company": company_id, "channel": channel_id, "ladder": LADDER, **columns}
    return (await session.execute(_CLIMB, values)).all()


async def fail(
    session: AsyncSession, company_id: UUID, channel_id: UUID, columns: dict[str, list[Any]]
) -> Sequence[Any]:
    return (await session.execute(_FAIL, {"company": company_id, "channel": channel_id, **columns})).all()


async def doubt(session: AsyncSession, company_id: UUID, epoch: int) -> int:
    return len((await session.scalars(_DOUBT, {"company": company_id, "epoch": epoch})).all())


async def prove(session: AsyncSession, company_id: UUID, attempt_id: UUID, provider_id: str) -> Any | None:
    values = {"company": company_id, "id": attempt_id, "provider_id": provider_id}
    return (await session.execute(_PROVE, values)).one_or_none()


async def absent(session: AsyncSession, company_id: UUID, attempt_id: UUID, needed: int) -> Any | None:
    values = {"company": company_id, "id": attempt_id, "needed": needed}
    return (await session.execute(_ABSENT, values)).one_or_none()


async def provider_ids_to(
    session: AsyncSession, company_id: UUID, channel_id: UUID, address: str, since: datetime
) -> Sequence[str]:
    """The vendor's ids of sends to one address since then, which no look-up may claim for another send."""
    statement = text("""
        SELECT provider_message_id FROM attempt
        WHERE company_id = :company AND channel_id = :channel AND address = :address
          AND provider_message_id IS NOT NULL AND id > :since
    """)
    # Ids are in order of time, so the walk covers only the sends of those minutes.
    first = natural_id(since)
    values = {"company": company_id, "channel": channel_id, "address": address, "since": first}
    return (await session.scalars(statement, values)).all()


async def touch(session: AsyncSession, company_id: UUID, attempt_id: UUID) -> None:
    await session.execute(_TOUCH, {"company": company_id, "id": attempt_id})


async def uncertain_on(session: AsyncSession, company_id: UUID, checked_before: datetime) -> Sequence[Any]:
    """Sends in doubt that nobody looked at since then, oldest first, with what a look-up needs."""
    statement = text("""
        SELECT a.id, a.channel_id, a.address, a.dispatched_at, a.campaign_id, a.recipient_id, a.message_id,
               c.provider, COALESCE(r.body, m.text, '') AS body
        FROM attempt a
        JOIN channel c ON c.company_id = a.company_id AND c.id = a.channel_id
        LEFT JOIN campaign_recipient r ON r.company_id = a.company_id AND r.id = a.recipient_id
        LEFT JOIN message m ON m.company_id = a.company_id AND m.id = a.message_id
        WHERE a.company_id = :company AND a.state = 'uncertain'
          AND (a.recipient_id IS NULL OR r.state = 'dispatched')
          AND COALESCE(a.checked_at, a.dispatched_at) <= :before
        ORDER BY a.id LIMIT 200
    """)
    return (await session.execute(statement, {"company": company_id, "before": checked_before})).all()
