"""SQL of stored webhook events on their way to their effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from engine.ids import new_id
from engine.intake.events import TRACK_OF_KIND
from engine.models import AuditEntry, ChannelKind, Provider, Track, WebhookState

_PENDING = text(
    "SELECT company_id, oldest FROM pending_webhooks(CAST(:tracks AS text[]), :most, CAST(:since AS uuid))"
)

# The commit need not wait for the disk: what a power cut takes is the effect and the end of the wait
# together, and the event itself was durable before it was acknowledged.
_LOCK = text("""
    SELECT set_config('synchronous_commit', 'off', true) = 'off'
       AND bool_and(pg_try_advisory_xact_lock(
               hashtextextended('webhook ' || track || ' of ' || :company, 0)))
    FROM unnest(CAST(:tracks AS text[])) AS n(track)
""")

# No row locks: whoever holds the locks of the company's tracks is the only one who reads these. The batch is
# cut before its events are looked up, so that each is found by its key.
_CLAIM = text("""
    WITH due AS MATERIALIZED (
        SELECT id, attempts FROM webhook_pending
        WHERE company_id = :company AND id >= :since AND track = ANY(CAST(:tracks AS text[]))
          AND (next_at IS NULL OR next_at <= clock_timestamp())
        ORDER BY id LIMIT :most
    )
    SELECT due.id, e.channel_id, e.source, due.attempts, e.payload
    FROM due JOIN webhook_event e ON e.company_id = :company AND e.id = due.id
    ORDER BY due.id
""")

_CLAIM_THESE = text("""
    SELECT p.id, e.channel_id, e.source, p.attempts, e.payload
    FROM webhook_pending p JOIN webhook_event e ON e.company_id = p.company_id AND e.id = p.id
    WHERE p.company_id = :company AND p.id = ANY(CAST(:ids AS uuid[]))
    ORDER BY p.id
""")

_DONE = text("DELETE FROM webhook_pending WHERE company_id = :company AND id = ANY(CAST(:ids AS uuid[]))")

_QUARANTINE = text("""
    WITH aside AS (
        DELETE FROM webhook_pending p
        USING unnest(CAST(:ids AS uuid[]), CAST(:reasons AS text[])) AS n(id, reason)
        WHERE p.company_id = :company AND p.id = n.id
        RETURNING p.id, p.attempts, n.reason
    )
    UPDATE webhook_event e
    SET quarantined_at = clock_timestamp(), error = aside.reason, attempts = aside.attempts + 1
    FROM aside WHERE e.company_id = :company AND e.id = aside.id
""")

_POSTPONE = text("""
    UPDATE webhook_pending SET attempts = attempts + 1, next_at = :next_at, error = :reason
    WHERE company_id = :company AND id = :id
""")

_REPLAY = """
    WITH again AS (
        UPDATE webhook_event SET quarantined_at = NULL, attempts = 0, error = NULL
        WHERE company_id = :company AND {chosen} RETURNING company_id, id, kind
    )
    INSERT INTO webhook_pending (company_id, id, track) SELECT company_id, id, {track} FROM again
    ON CONFLICT DO NOTHING RETURNING id
"""
_REPLAY_THESE = text(_REPLAY.format(chosen="id = ANY(CAST(:ids AS uuid[]))", track=TRACK_OF_KIND))
_REPLAY_QUARANTINED = text(_REPLAY.format(chosen="quarantined_at IS NOT NULL", track=TRACK_OF_KIND))

_SEEN = """
    SELECT e.id, e.channel_id, e.source, e.kind, e.received_at,
           CASE WHEN p.id IS NOT NULL THEN 'pending'
                WHEN e.quarantined_at IS NOT NULL THEN 'quarantined' ELSE 'done' END,
           coalesce(p.attempts, e.attempts), p.next_at, coalesce(p.error, e.error), {payload}
    FROM webhook_event e LEFT JOIN webhook_pending p ON p.company_id = e.company_id AND p.id = e.id
    WHERE e.company_id = :company AND {chosen}
    ORDER BY e.id DESC LIMIT :most
"""
_IN_STATE = {
    WebhookState.PENDING: "p.id IS NOT NULL",
    WebhookState.QUARANTINED: "e.quarantined_at IS NOT NULL",
    WebhookState.DONE: "p.id IS NULL AND e.quarantined_at IS NULL",
}
_LISTED = {
    state: text(_SEEN.format(payload="NULL", chosen=f"{condition} AND e.id < :before"))
    for state, condition in _IN_STATE.items()
}
_FOUND = text(_SEEN.format(payload="e.payload", chosen="e.id = :id"))

#: Before every id, and after every id.
FIRST = UUID(int=0)
_LAST = UUID(int=(1 << 128) - 1)

_CHANNELS = text(
    "SELECT id, kind, provider FROM channel WHERE company_id = :company AND id = ANY(CAST(:ids AS uuid[]))"
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
class SeenEvent:
    """An event as a person looks at it. ``payload`` is a vault cell, None in lists."""

    id: UUID
    channel_id: UUID
    source: str
    kind: str
    received_at: datetime
    #: A value of :class:`engine.models.WebhookState`.
    state: str
    attempts: int
    #: When a pending event is tried again; None means at once.
    next_at: datetime | None
    #: Why the last try failed.
    error: str | None
    payload: bytes | None = field(repr=False)


async def pending(
    session: AsyncSession, tracks: Sequence[Track], most: int, since: UUID
) -> list[tuple[UUID, UUID]]:
    """Companies with something to do and their oldest event from ``since`` on, longest wait first.

    What is done stays in the index until it is vacuumed: the later ``since``, the less to step over.
    """
    rows = await session.execute(_PENDING, {"tracks": _words(tracks), "most": most, "since": since})
    return [(row.company_id, row.oldest) for row in rows]


async def try_lock(session: AsyncSession, company_id: UUID, tracks: Sequence[Track]) -> bool:
    """Be the only one who processes these tracks of this company until the transaction ends.

    False if somebody else is.
    """
    return bool(await session.scalar(_LOCK, {"company": str(company_id), "tracks": _words(tracks)}))


def _words(tracks: Sequence[Track]) -> list[str]:
    return [track.value for track in tracks]


async def claim(
    session: AsyncSession, company_id: UUID, tracks: Sequence[Track], most: int, since: UUID
) -> list[StoredEvent]:
    """Events that are due, in the order in which they came, none of them before ``since``."""
    values = {"company": company_id, "tracks": _words(tracks), "most": most, "since": since}
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
    found = await session.scalars(_REPLAY_THESE, {"company": company_id, "ids": list(ids)})
    return len(found.all())


class Sort(NamedTuple):
    """What a channel is, for good."""

    kind: ChannelKind
    provider: Provider


async def channel_sorts(session: AsyncSession, company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Sort]:
    rows = await session.execute(_CHANNELS, {"company": company_id, "ids": list(ids)})
    return {row.id: Sort(ChannelKind(row.kind), Provider(row.provider)) for row in rows}


async def note_health(session: AsyncSession, values: dict[str, Any]) -> Any | None:
    """State and stop reason of the channel, if what was said is news."""
    return (await session.execute(_NOTE_HEALTH, values)).one_or_none()


async def note_template(session: AsyncSession, values: dict[str, Any]) -> None:
    await session.execute(_NOTE_TEMPLATE, values)


async def listed(
    session: AsyncSession, company_id: UUID, state: WebhookState, *, before: UUID | None, most: int
) -> list[SeenEvent]:
    """Events in a state, newest first, without what they say."""
    values = {"company": company_id, "before": before or _LAST, "most": most}
    return [SeenEvent(*row) for row in await session.execute(_LISTED[state], values)]


async def find(session: AsyncSession, company_id: UUID, event_id: UUID) -> SeenEvent | None:
    row = (await session.execute(_FOUND, {"company": company_id, "id": event_id, "most": 1})).one_or_none()
    return None if row is None else SeenEvent(*row)


async def replay_quarantined(session: AsyncSession, company_id: UUID) -> int:
    found = await session.scalars(_REPLAY_QUARANTINED, {"company": company_id})
    return len(found.all())
