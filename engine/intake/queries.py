"""SQL of stored webhook events on their way to their effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from engine.ids import new_id
from engine.models import AuditEntry, WebhookEvent, WebhookState

_PENDING = text("SELECT company_id, oldest FROM pending_webhooks(:most, :since)")

_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended('webhook events of ' || :company, 0))")

# No row locks: whoever holds the company's lock is the only one who reads these.
_CLAIM = text("""
    SELECT id, channel_id, source, attempts, payload FROM webhook_event
    WHERE company_id = :company AND state = 'pending' AND id >= :since
      AND (next_at IS NULL OR next_at <= clock_timestamp())
    ORDER BY id LIMIT :most
""")

_CLAIM_THESE = text("""
    SELECT id, channel_id, source, attempts, payload FROM webhook_event
    WHERE company_id = :company AND state = 'pending' AND id = ANY(CAST(:ids AS uuid[]))
    ORDER BY id
""")

# Naming the state keeps these on the small index of what is pending, statistics or not.
_DONE = text("""
    UPDATE webhook_event SET state = 'done', next_at = NULL
    WHERE company_id = :company AND state = 'pending' AND id = ANY(CAST(:ids AS uuid[]))
""")

_QUARANTINE = text("""
    UPDATE webhook_event e
    SET state = 'quarantined', next_at = NULL, error = n.reason, attempts = e.attempts + 1
    FROM unnest(CAST(:ids AS uuid[]), CAST(:reasons AS text[])) AS n(id, reason)
    WHERE e.company_id = :company AND e.state = 'pending' AND e.id = n.id
""")

_POSTPONE = text("""
    UPDATE webhook_event SET attempts = attempts + 1, next_at = :next_at, error = :reason
    WHERE company_id = :company AND id = :id
""")

_REPLAY = text("""
    UPDATE webhook_event SET state = 'pending', attempts = 0, next_at = NULL, error = NULL
    WHERE company_id = :company AND id = ANY(CAST(:ids AS uuid[])) AND state <> 'pending'
    RETURNING id
""")

_REPLAY_QUARANTINED = text("""
    UPDATE webhook_event SET state = 'pending', attempts = 0, next_at = NULL, error = NULL
    WHERE company_id = :company AND state = 'quarantined'
    RETURNING id
""")

_LIST = text("""
    SELECT id, channel_id, source, kind, attempts, coalesce(error, ''), received_at FROM webhook_event
    WHERE company_id = :company AND state = 'quarantined' AND id < :before
    ORDER BY id DESC LIMIT :most
""")

#: Before every id, and after every id.
FIRST = UUID(int=0)
_LAST = UUID(int=(1 << 128) - 1)

_CHANNELS = text(
    "SELECT id, kind FROM channel WHERE company_id = :company AND id = ANY(CAST(:ids AS uuid[]))"
)

# Neither a repeat nor a late notice changes what a newer one said.
_NOTE_HEALTH = text("""
    UPDATE channel SET health = health || jsonb_build_object(CAST(:field AS text), CAST(:said AS jsonb)),
                       updated_at = now()
    WHERE company_id = :company AND id = :channel
      AND (health->:field) IS DISTINCT FROM CAST(:said AS jsonb)
      AND (health->:field->>'at' IS NULL OR CAST(:said AS jsonb)->>'at' >= health->:field->>'at')
    RETURNING state, stop_reason
""")

_NOTE_TEMPLATE = text("""
    UPDATE message_template
    SET status = coalesce(:status, status), category = coalesce(:category, category), synced_at = :at
    WHERE company_id = :company AND channel_id = :channel AND synced_at < :at
      AND (provider_template_id = :template OR (name = :name AND language = :language))
""")


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A fact as it lies in the table. ``payload`` is a vault cell."""

    id: UUID
    channel_id: UUID
    source: str
    attempts: int
    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An event that was put aside, and why."""

    id: UUID
    channel_id: UUID
    source: str
    kind: str
    attempts: int
    reason: str
    received_at: datetime


async def pending(session: AsyncSession, most: int, since: UUID) -> list[tuple[UUID, UUID]]:
    """Companies with something to do and their oldest event from ``since`` on, longest wait first.

    What is done stays in the index until it is vacuumed: the later ``since``, the less to step over.
    """
    rows = await session.execute(_PENDING, {"most": most, "since": since})
    return [(row.company_id, row.oldest) for row in rows]


async def try_lock(session: AsyncSession, company_id: UUID) -> bool:
    """Be the only one who processes this company until the transaction ends; False if somebody else is."""
    return bool(await session.scalar(_LOCK, {"company": str(company_id)}))


async def claim(session: AsyncSession, company_id: UUID, most: int, since: UUID) -> list[StoredEvent]:
    """Events that are due, in the order in which they came, none of them before ``since``."""
    values = {"company": company_id, "most": most, "since": since}
    return [StoredEvent(*row) for row in await session.execute(_CLAIM, values)]


async def claim_these(session: AsyncSession, company_id: UUID, ids: Sequence[UUID]) -> list[StoredEvent]:
    """Those of the events that still wait, in the order in which they came."""
    values = {"company": company_id, "ids": list(ids)}
    return [StoredEvent(*row) for row in await session.execute(_CLAIM_THESE, values)]


async def finish(session: AsyncSession, company_id: UUID, ids: Sequence[UUID]) -> None:
    if ids:
        await session.execute(_DONE, {"company": company_id, "ids": list(ids)})


async def quarantine(session: AsyncSession, company_id: UUID, reasons: dict[UUID, str]) -> None:
    if reasons:
        values = {"company": company_id, "ids": list(reasons), "reasons": list(reasons.values())}
        await session.execute(_QUARANTINE, values)


async def audit_unreadable(session: AsyncSession, company_id: UUID, ids: Sequence[UUID]) -> None:
    """Somebody may have tampered with the table: the company's owner shall see it (ST-10)."""
    rows = [
        {"company_id": company_id, "id": new_id(), "action": "webhook.undecryptable", "subject": str(id_)}
        for id_ in ids
    ]
    if rows:
        await session.execute(insert(AuditEntry), rows)


async def postpone(
    session: AsyncSession, company_id: UUID, event_id: UUID, next_at: datetime, reason: str
) -> None:
    values = {"company": company_id, "id": event_id, "next_at": next_at, "reason": reason}
    await session.execute(_POSTPONE, values)


async def replay(session: AsyncSession, company_id: UUID, ids: Sequence[UUID]) -> int:
    found = await session.scalars(_REPLAY, {"company": company_id, "ids": list(ids)})
    return len(found.all())


async def quarantined(
    session: AsyncSession, company_id: UUID, before: UUID | None, most: int
) -> list[Quarantined]:
    rows = await session.execute(_LIST, {"company": company_id, "before": before or _LAST, "most": most})
    return [Quarantined(*row) for row in rows]


async def channel_kinds(session: AsyncSession, company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = await session.execute(_CHANNELS, {"company": company_id, "ids": list(ids)})
    return {row.id: row.kind for row in rows}


async def note_health(session: AsyncSession, values: dict[str, Any]) -> Any | None:
    """State and stop reason of the channel, if what was said is news."""
    return (await session.execute(_NOTE_HEALTH, values)).one_or_none()


async def note_template(session: AsyncSession, values: dict[str, Any]) -> None:
    await session.execute(_NOTE_TEMPLATE, values)


async def listed(
    session: AsyncSession, state: WebhookState, *, before: UUID | None, most: int
) -> Sequence[WebhookEvent]:
    """Events in a state, newest first, without what they say."""
    statement = select(WebhookEvent).options(defer(WebhookEvent.payload, raiseload=True))
    statement = statement.where(WebhookEvent.state == state).order_by(WebhookEvent.id.desc()).limit(most)
    if before is not None:
        statement = statement.where(WebhookEvent.id < before)
    return (await session.scalars(statement)).all()


async def find(session: AsyncSession, event_id: UUID) -> WebhookEvent | None:
    return await session.scalar(select(WebhookEvent).where(WebhookEvent.id == event_id))


async def replay_quarantined(session: AsyncSession, company_id: UUID) -> int:
    found = await session.scalars(_REPLAY_QUARANTINED, {"company": company_id})
    return len(found.all())
