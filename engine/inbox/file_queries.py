"""SQL of files on their way from a vendor to our disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_DUE = text("SELECT company_id, media_id FROM due_media(:moment, :most)")

# The claim is the wait: if this process dies, the file is due again when it is over.
_CLAIM = text("""
    UPDATE media_file SET attempts = attempts + 1, next_at = :until
    WHERE company_id = :company AND id = :id AND state = 'pending' AND next_at <= :moment
    RETURNING message_id, channel_id, provider_media_id, source_url, sha256, attempts
""")

_STORED = text("""
    WITH stored AS (
        UPDATE media_file SET state = 'stored', path = :path, mime = :mime, size = :size, sha256 = :sha256,
                              width = :width, height = :height, seconds = :seconds, error = NULL
        WHERE company_id = :company AND id = :id AND state = 'pending'
        RETURNING message_id
    )
    SELECT m.id, m.conversation_id FROM stored s
    JOIN message m ON m.company_id = :company AND m.id = s.message_id
""")

_FAILED = text("""
    WITH failed AS (
        UPDATE media_file
        SET state = CASE WHEN CAST(:next_at AS timestamptz) IS NULL THEN 'failed' ELSE 'pending' END,
            next_at = coalesce(:next_at, next_at), error = :reason
        WHERE company_id = :company AND id = :id AND state = 'pending'
        RETURNING message_id, state
    )
    SELECT m.id, m.conversation_id FROM failed f
    JOIN message m ON m.company_id = :company AND m.id = f.message_id
    WHERE f.state = 'failed'
""")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to fetch, and what its vendor said of it. ``attempts`` counts this one."""

    message_id: UUID
    channel_id: UUID | None
    provider_media_id: str | None
    source_url: str | None = field(repr=False)
    sha256: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Touched:
    """The message whose file came to rest."""

    message_id: UUID
    conversation_id: UUID


async def due(session: AsyncSession, moment: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """(company, file) of every company, longest wait first."""
    rows = await session.execute(_DUE, {"moment": moment, "most": most})
    return [(row.company_id, row.media_id) for row in rows]


async def claim(session: AsyncSession, values: dict[str, Any]) -> Wanted | None:
    row = (await session.execute(_CLAIM, values)).one_or_none()
    return None if row is None else Wanted(*row)


async def stored(session: AsyncSession, values: dict[str, Any]) -> Touched | None:
    row = (await session.execute(_STORED, values)).one_or_none()
    return None if row is None else Touched(*row)


async def failed(session: AsyncSession, values: dict[str, Any]) -> Touched | None:
    """The message, if there will be no other try."""
    row = (await session.execute(_FAILED, values)).one_or_none()
    return None if row is None else Touched(*row)
