"""Facts for connected clients: written with the change, numbered after the commit (rooms, Processes)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from engine.events import Event
from engine.ids import new_id

CHANNEL = "outbox"

_WRITE = text("""
    WITH written AS (
        INSERT INTO outbox (company_id, id, topic, payload)
        SELECT :company_id, n.id, n.topic, CAST(n.payload AS jsonb)
        FROM unnest(CAST(:ids AS uuid[]), CAST(:topics AS text[]), CAST(:payloads AS text[]))
             AS n(id, topic, payload)
    )
    SELECT pg_notify(:channel, '')
""")


@dataclass(frozen=True, slots=True)
class Fact:
    """An outbox entry as clients get it. ``seq`` only grows, and what is seen is always a prefix."""

    company_id: UUID
    seq: int
    topic: str
    payload: dict[str, Any]
    created_at: datetime


async def write(session: AsyncSession, company_id: UUID, events: Sequence[Event]) -> None:
    """Write the public ones among ``events`` and nudge whoever listens, as part of the open transaction."""
    public = [event for event in events if event.topic is not None]
    if not public:
        return
    values = {
        "channel": CHANNEL,
        "company_id": company_id,
        "ids": [new_id() for _ in public],
        "topics": [event.topic for event in public],
        "payloads": [orjson.dumps(_payload(event)).decode() for event in public],
    }
    await session.execute(_WRITE, values)


async def give_numbers(session: AsyncSession, most: int = 5_000) -> int:
    """Number what was committed since the last call. Only one caller at a time does so; the others wait."""
    return await session.scalar(text("SELECT outbox_sequence(:most)"), {"most": most}) or 0


async def after(session: AsyncSession, seq: int, most: int = 1_000) -> list[Fact]:
    """Facts of every company with a number above ``seq``, oldest first."""
    rows = await session.execute(text("SELECT * FROM outbox_after(:seq, :most)"), {"seq": seq, "most": most})
    return [Fact(r.company_id, r.seq, r.topic, r.payload, r.created_at) for r in rows]


async def of_company(
    session: AsyncSession, company_id: UUID, *, after: int, upto: int, most: int
) -> list[Fact]:
    """Facts of one company with numbers above ``after`` and not above ``upto``, oldest first."""
    rows = await session.execute(
        text(
            "SELECT company_id, seq, topic, payload, created_at FROM outbox"
            " WHERE company_id = :company_id AND seq > :after AND seq <= :upto ORDER BY seq LIMIT :most"
        ),
        {"company_id": company_id, "after": after, "upto": upto, "most": most},
    )
    return [Fact(r.company_id, r.seq, r.topic, r.payload, r.created_at) for r in rows]


async def head(session: AsyncSession) -> int:
    """The highest number given so far, or 0."""
    return await session.scalar(text("SELECT outbox_head()")) or 0


def _payload(event: Event) -> dict[str, Any]:
    return {f.name: _plain(getattr(event, f.name)) for f in fields(event) if f.name != "company_id"}


def _plain(value: Any) -> Any:
    if isinstance(value, UUID | datetime):
        return value.isoformat() if isinstance(value, datetime) else str(value)
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    return value
