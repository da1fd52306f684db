"""All SQL about linked sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from engine.models import Channel, ChannelState, LinkedRecord, LinkedSession, Provider

_LIVE = text("SELECT company_id, session_id FROM live_sessions()")

_READ = text("""
    SELECT name, value FROM linked_record
    WHERE company_id = :company AND session_id = :session AND name = ANY(CAST(:names AS text[]))
""")
_WRITE = text("""
    INSERT INTO linked_record AS r (company_id, session_id, name, value)
    SELECT :company, :session, n.name, n.value
    FROM unnest(CAST(:names AS text[]), CAST(:values AS bytea[])) AS n(name, value)
    ON CONFLICT (company_id, session_id, name) DO UPDATE SET value = excluded.value, version = r.version + 1
""")
_REMOVE = text("""
    DELETE FROM linked_record
    WHERE company_id = :company AND session_id = :session AND name = ANY(CAST(:names AS text[]))
""")


async def live(session: AsyncSession) -> set[tuple[UUID, UUID]]:
    """Company and id of every session that is not over."""
    return {(row.company_id, row.session_id) for row in await session.execute(_LIVE)}


async def find(session: AsyncSession, session_id: UUID, *, lock: bool = False) -> LinkedSession | None:
    statement = select(LinkedSession).where(LinkedSession.id == session_id)
    return await session.scalar(statement.with_for_update() if lock else statement)


async def is_disabled(session: AsyncSession, channel_id: UUID) -> bool:
    """Whether a person wants nothing sent or received on the channel."""
    statement = select(Channel.state == ChannelState.DISABLED).where(Channel.id == channel_id)
    return bool(await session.scalar(statement))


async def live_and_newest(session: AsyncSession, limit: int) -> Sequence[LinkedSession]:
    """Every session that is not over and ``limit`` of those that are, the newest first."""
    over = select(LinkedSession.id).where(LinkedSession.ended_at.is_not(None))
    shown = over.order_by(LinkedSession.id.desc()).limit(limit)
    statement = select(LinkedSession).where(
        or_(LinkedSession.ended_at.is_(None), LinkedSession.id.in_(shown.scalar_subquery()))
    )
    return (await session.scalars(statement.order_by(LinkedSession.id.desc()))).all()


async def live_of_channel(
    session: AsyncSession, channel_id: UUID, but: UUID | None = None
) -> Sequence[LinkedSession]:
    statement = select(LinkedSession).where(
        LinkedSession.channel_id == channel_id, LinkedSession.ended_at.is_(None)
    )
    if but is not None:
        statement = statement.where(LinkedSession.id != but)
    return (await session.scalars(statement.with_for_update())).all()


async def read_records(
    session: AsyncSession, company_id: UUID, session_id: UUID, names: Sequence[str]
) -> dict[str, bytes]:
    values = {"company": company_id, "session": session_id, "names": list(names)}
    return {row.name: bytes(row.value) for row in await session.execute(_READ, values)}


async def write_records(
    session: AsyncSession, company_id: UUID, session_id: UUID, records: Mapping[str, bytes | None]
) -> None:
    kept = {name: value for name, value in records.items() if value is not None}
    gone = [name for name, value in records.items() if value is None]
    whose: dict[str, Any] = {"company": company_id, "session": session_id}
    if kept:
        await session.execute(_WRITE, {**whose, "names": list(kept), "values": list(kept.values())})
    if gone:
        await session.execute(_REMOVE, {**whose, "names": gone})


async def forget_records(session: AsyncSession, company_id: UUID, session_id: UUID) -> None:
    """What a host kept of a session that is over."""
    statement = delete(LinkedRecord).where(
        LinkedRecord.company_id == company_id, LinkedRecord.session_id == session_id
    )
    await session.execute(statement)


async def channel_of(session: AsyncSession, sender: str) -> UUID | None:
    """The linked channel on a number, whatever its state."""
    statement = text("SELECT id FROM channel WHERE provider = :provider AND sender = :sender FOR UPDATE")
    found: UUID | None = await session.scalar(
        statement, {"provider": Provider.LINKED.value, "sender": sender}
    )
    return found
