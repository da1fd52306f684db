"""SQL of conversations and timelines, except what comes in by the batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.models import (
    Attempt,
    Channel,
    Contact,
    ContactIdentity,
    Conversation,
    ConversationChannel,
    MediaFile,
    Message,
)

Cursor = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which conversations a list shows. ``assignee_id`` and ``is_unassigned`` exclude each other."""

    unread: bool = False
    assignee_id: UUID | None = None
    is_unassigned: bool = False
    state: str | None = None


_OPEN_CLOSED = text("""
    INSERT INTO conversation (company_id, id, contact_id, state, last_message_at)
    SELECT DISTINCT ON (c.id) :company, n.conversation_id, c.id, 'closed', n.at
    FROM unnest(CAST(:new_conversations AS uuid[]), CAST(:contacts AS uuid[]),
                CAST(:moments AS timestamptz[])) AS n(conversation_id, contact_id, at)
    JOIN contact c ON c.company_id = :company AND c.id = n.contact_id
    WHERE NOT EXISTS (SELECT FROM conversation v WHERE v.company_id = :company AND v.contact_id = c.id)
    ORDER BY c.id, n.at
    ON CONFLICT (company_id, contact_id) DO NOTHING
""")

_IS_CONTACT = and_(Contact.company_id == Conversation.company_id, Contact.id == Conversation.contact_id)


async def lock(session: AsyncSession, conversation_id: UUID) -> Conversation | None:
    """Load a conversation and hold it until the transaction ends."""
    return await session.scalar(
        select(Conversation).where(Conversation.id == conversation_id).with_for_update(key_share=True)
    )


async def conversation_of(session: AsyncSession, contact_id: UUID) -> Conversation | None:
    return await session.scalar(select(Conversation).where(Conversation.contact_id == contact_id))


async def channel(session: AsyncSession, channel_id: UUID) -> Channel | None:
    return await session.scalar(select(Channel).where(Channel.id == channel_id))


async def way(session: AsyncSession, conversation_id: UUID, channel_id: UUID) -> ConversationChannel | None:
    return await session.scalar(
        select(ConversationChannel).where(
            ConversationChannel.conversation_id == conversation_id,
            ConversationChannel.channel_id == channel_id,
        )
    )


async def identities(session: AsyncSession, contact_id: UUID) -> Sequence[ContactIdentity]:
    found = await session.scalars(
        select(ContactIdentity)
        .where(ContactIdentity.contact_id == contact_id)
        .order_by(ContactIdentity.created_at, ContactIdentity.id)
    )
    return found.all()


async def sent_before(
    session: AsyncSession, conversation_id: UUID, client_id: str, since: UUID
) -> Message | None:
    """What the same client already sent under this id, looking no further back than ``since``."""
    return await session.scalar(
        select(Message).where(
            Message.conversation_id == conversation_id,
            Message.id >= since,
            Message.payload["client_id"].astext == client_id,
        )
    )


async def message(session: AsyncSession, message_id: UUID) -> Message | None:
    return await session.scalar(select(Message).where(Message.id == message_id))


async def open_closed(session: AsyncSession, company_id: UUID, columns: dict[str, Any]) -> None:
    """Conversations that begin closed, for those of the contacts that still exist and have none."""
    await session.execute(_OPEN_CLOSED, {"company": company_id, **columns})


async def mark_read(session: AsyncSession, conversation_id: UUID) -> bool:
    """Whether anything was unread."""
    changed = await session.scalars(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.unread > 0)
        .values(unread=0)
        .returning(Conversation.id)
    )
    return changed.first() is not None


async def conversations(
    session: AsyncSession, chosen: Filter, after: Cursor | None, most: int
) -> Sequence[Any]:
    """Rows of (conversation, contact name), newest first, beginning after ``after``."""
    statement = (
        select(Conversation, Contact.name)
        .join(
            Contact,
            and_(Contact.company_id == Conversation.company_id, Contact.id == Conversation.contact_id),
        )
        .where(*_conditions(chosen))
        .order_by(Conversation.last_message_at.desc(), Conversation.id.desc())
        .limit(most)
    )
    if after is not None:
        statement = statement.where(tuple_(Conversation.last_message_at, Conversation.id) < after)
    return (await session.execute(statement)).all()


def _conditions(chosen: Filter) -> list[Any]:
    conditions: list[Any] = []
    if chosen.unread:
        conditions.append(Conversation.unread > 0)
    if chosen.assignee_id is not None:
        conditions.append(Conversation.assignee_id == chosen.assignee_id)
    if chosen.is_unassigned:
        conditions.append(Conversation.assignee_id.is_(None))
    if chosen.state is not None:
        conditions.append(Conversation.state == chosen.state)
    return conditions


async def ways(session: AsyncSession, conversation_id: UUID) -> Sequence[Any]:
    """Rows of (conversation channel, channel name, channel kind) of one conversation."""
    statement = (
        select(ConversationChannel, Channel.name, Channel.kind)
        .join(
            Channel,
            and_(
                Channel.company_id == ConversationChannel.company_id,
                Channel.id == ConversationChannel.channel_id,
            ),
        )
        .where(ConversationChannel.conversation_id == conversation_id)
    )
    return (await session.execute(statement)).all()


async def timeline(
    session: AsyncSession, conversation_id: UUID, before: UUID | None, most: int
) -> Sequence[Any]:
    """Rows of (message, attempt state, receipt, code, reason), newest first, beginning before ``before``."""
    statement = (
        select(Message, Attempt.state, Attempt.receipt, Attempt.code, Attempt.reason)
        .outerjoin(Attempt, and_(Attempt.company_id == Message.company_id, Attempt.id == Message.attempt_id))
        .where(Message.conversation_id == conversation_id)
        .order_by(Message.id.desc())
        .limit(most)
    )
    if before is not None:
        statement = statement.where(Message.id < before)
    return (await session.execute(statement)).all()


async def files(session: AsyncSession, message_ids: Sequence[UUID]) -> Sequence[MediaFile]:
    found = await session.scalars(
        select(MediaFile).where(MediaFile.message_id.in_(message_ids)).order_by(MediaFile.id)
    )
    return found.all()


async def file_of(session: AsyncSession, media_id: UUID) -> MediaFile | None:
    return await session.scalar(select(MediaFile).where(MediaFile.id == media_id))


async def count_unread(session: AsyncSession) -> int:
    """Conversations with something unread."""
    return await session.scalar(select(func.count()).where(Conversation.unread > 0)) or 0


async def listed(session: AsyncSession, conversation_id: UUID) -> Any | None:
    """(conversation, contact name) of one conversation."""
    statement = (
        select(Conversation, Contact.name)
        .join(
            Contact,
            and_(Contact.company_id == Conversation.company_id, Contact.id == Conversation.contact_id),
        )
        .where(Conversation.id == conversation_id)
    )
    return (await session.execute(statement)).one_or_none()
