"""SQL about message templates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from engine.models import MessageTemplate

#: Name and id: where a page ended.
Cursor = tuple[str, UUID]

_TOLD = ("provider_template_id", "category", "status", "components", "synced_at")


async def find(session: AsyncSession, template_id: UUID) -> MessageTemplate | None:
    return await session.scalar(select(MessageTemplate).where(MessageTemplate.id == template_id))


async def named(session: AsyncSession, channel_id: UUID, name: str, language: str) -> MessageTemplate | None:
    return await session.scalar(
        select(MessageTemplate).where(
            MessageTemplate.channel_id == channel_id,
            MessageTemplate.name == name,
            MessageTemplate.language == language,
        )
    )


async def page(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], *, after: Cursor | None, most: int
) -> Sequence[MessageTemplate]:
    """By name."""
    statement = select(MessageTemplate).where(*conditions)
    if after is not None:
        statement = statement.where(tuple_(MessageTemplate.name, MessageTemplate.id) > after)
    ordered = statement.order_by(MessageTemplate.name, MessageTemplate.id).limit(most)
    return (await session.scalars(ordered)).all()


async def upsert(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Write what a vendor listed. What a webhook reported after the list was asked for stays."""
    if not rows:
        return
    statement = insert(MessageTemplate)
    excluded = statement.excluded
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[
                MessageTemplate.company_id,
                MessageTemplate.channel_id,
                MessageTemplate.name,
                MessageTemplate.language,
            ],
            set_={column: excluded[column] for column in _TOLD},
            where=MessageTemplate.synced_at <= excluded.synced_at,
        ),
        list(rows),
    )


async def remove_older(session: AsyncSession, channel_id: UUID, moment: datetime) -> int:
    """Remove templates of a channel that were last heard of before ``moment``; how many there were."""
    gone = await session.scalars(
        delete(MessageTemplate)
        .where(MessageTemplate.channel_id == channel_id, MessageTemplate.synced_at < moment)
        .returning(MessageTemplate.id)
    )
    return len(gone.all())
