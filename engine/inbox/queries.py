"""SQL of conversations and timelines, except what comes in by the batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.contacts import compile_filter, parse_filter
from engine.models import (
    Attempt,
    Channel,
    Contact,
    ContactIdentity,
    ContactTag,
    Conversation,
    ConversationChannel,
    IdentityKind,
    MediaFile,
    Message,
    Tag,
)

Cursor = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which conversations a list shows. ``assignee_id`` and ``is_unassigned`` exclude each other.

    ``search`` are words of the contact's name, whatever their accents, or digits of a phone.
    """

    unread: bool = False
    assignee_id: UUID | None = None
    is_unassigned: bool = False
    state: str | None = None
    search: str = field(default="", repr=False)


#: More words than this find nothing more.
_MOST_WORDS = 6
#: Fewer digits than this are no part of a number worth looking for.
_FEWEST_DIGITS = 4


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

# Of many conversations at once: the newest message, notes and campaigns left out as in the preview, and the
# way on which it came or went.
_LATEST = text("""
    SELECT v.id, m.direction, m.due_at IS NOT NULL AS is_waiting, a.state,
           CASE WHEN m.attempt_id IS NULL THEN m.receipt ELSE a.receipt END AS receipt,
           w.kind AS channel_kind, w.address
    FROM unnest(CAST(:ids AS uuid[])) AS v(id)
    LEFT JOIN LATERAL (
        SELECT direction, channel_id, attempt_id, due_at, payload ->> 'receipt' AS receipt FROM message
        WHERE company_id = :company AND conversation_id = v.id AND direction <> 'note'
          AND campaign_id IS NULL
        ORDER BY id DESC LIMIT 1
    ) m ON true
    LEFT JOIN attempt a ON a.company_id = :company AND a.id = m.attempt_id
    LEFT JOIN LATERAL (
        SELECT c.kind, k.address FROM conversation_channel k
        JOIN channel c ON c.company_id = k.company_id AND c.id = k.channel_id
        WHERE k.company_id = :company AND k.conversation_id = v.id
        ORDER BY k.channel_id = m.channel_id DESC NULLS LAST LIMIT 1
    ) w ON true
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


async def mark_unread(session: AsyncSession, conversation_id: UUID) -> bool:
    """Whether everything was read before."""
    changed = await session.scalars(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.unread == 0)
        .values(unread=1)
        .returning(Conversation.id)
    )
    return changed.first() is not None


async def conversations(
    session: AsyncSession, chosen: Filter, after: Cursor | None, most: int
) -> Sequence[Any]:
    """Rows of (conversation, contact name), newest first, beginning after ``after``."""
    statement = (
        select(Conversation, Contact.name)
        .join(Contact, _IS_CONTACT)
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
    if words := chosen.search.split():
        conditions.append(_searched(words))
    return conditions


def _searched(words: Sequence[str]) -> ColumnElement[bool]:
    """Whose name holds every word, or whose number holds the digits: with the ninth digit and without."""
    names = [{"field": "name", "is": "contains", "value": word} for word in words[:_MOST_WORDS]]
    named = compile_filter(parse_filter({"all": names}))
    digits = "".join(c for word in words for c in word if c.isascii() and c.isdigit())
    if len(digits) < _FEWEST_DIGITS or any(c.isalpha() for word in words for c in word):
        return named
    written = ContactIdentity.value.contains(digits, autoescape=True)
    owners = select(ContactIdentity.contact_id).where(
        ContactIdentity.kind == IdentityKind.PHONE,
        written | ContactIdentity.match_key.contains(digits, autoescape=True),
    )
    return or_(named, Conversation.contact_id.in_(owners))


async def latest(session: AsyncSession, company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Any]:
    """Rows of (direction, is_waiting, state, receipt, channel_kind, address) by conversation."""
    rows = await session.execute(_LATEST, {"company": company_id, "ids": list(ids)})
    return {row.id: row for row in rows}


async def tags(session: AsyncSession, contact_ids: Sequence[UUID]) -> Sequence[Any]:
    """Rows of (contact id, tag), by the tag's name."""
    statement = (
        select(ContactTag.contact_id, Tag)
        .join(Tag, and_(Tag.company_id == ContactTag.company_id, Tag.id == ContactTag.tag_id))
        .where(ContactTag.contact_id == func.any(list(contact_ids)))
        .order_by(Tag.name)
    )
    return (await session.execute(statement)).all()


async def ways(session: AsyncSession, conversation_id: UUID) -> Sequence[Any]:
    """Rows of (conversation channel, channel name, channel kind, provider) of one conversation."""
    statement = (
        select(ConversationChannel, Channel.name, Channel.kind, Channel.provider)
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
    statement = _entries().where(Message.conversation_id == conversation_id)
    if before is not None:
        statement = statement.where(Message.id < before)
    return (await session.execute(statement.order_by(Message.id.desc()).limit(most))).all()


async def newer(session: AsyncSession, conversation_id: UUID, since: UUID, most: int) -> Sequence[Any]:
    """The rows of :func:`timeline` right after ``since``, oldest first."""
    statement = _entries().where(Message.conversation_id == conversation_id, Message.id > since)
    return (await session.execute(statement.order_by(Message.id).limit(most))).all()


async def entry(session: AsyncSession, conversation_id: UUID, message_id: UUID) -> Any | None:
    """The row of :func:`timeline` of one message."""
    statement = _entries().where(Message.conversation_id == conversation_id, Message.id == message_id)
    return (await session.execute(statement)).one_or_none()


async def quoted(
    session: AsyncSession, conversation_id: UUID, provider_ids: Sequence[str]
) -> Sequence[Message]:
    """Messages of a conversation by the ids their vendor gave them."""
    found = await session.scalars(
        select(Message).where(
            Message.conversation_id == conversation_id, Message.provider_message_id.in_(provider_ids)
        )
    )
    return found.all()


def _entries() -> Select[*tuple[Any, ...]]:
    return select(Message, Attempt.state, Attempt.receipt, Attempt.code, Attempt.reason).outerjoin(
        Attempt, and_(Attempt.company_id == Message.company_id, Attempt.id == Message.attempt_id)
    )


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
        .join(Contact, _IS_CONTACT)
        .where(Conversation.id == conversation_id)
    )
    return (await session.execute(statement)).one_or_none()
