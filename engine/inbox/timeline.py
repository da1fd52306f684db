"""What the team reads: the list of conversations and the timeline of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from engine.db.unit_of_work import UnitOfWork
from engine.inbox import queries
from engine.models import (
    AttemptState,
    ChannelKind,
    Conversation,
    MediaFile,
    Message,
    Receipt,
)

MOST = 100


@dataclass(frozen=True, slots=True)
class Listed:
    conversation: Conversation
    contact_name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Conversations:
    """A page, newest activity first. ``after`` is what to ask the next page with; None means no more."""

    items: list[Listed]
    after: queries.Cursor | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One message with its files and, for what was sent, how far it came."""

    message: Message
    files: list[MediaFile]
    state: AttemptState | None = None
    receipt: Receipt | None = None
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page, newest first. ``before`` is what to ask the next page with; None means no more."""

    items: list[Entry]
    before: UUID | None


@dataclass(frozen=True, slots=True)
class Way:
    """A channel on which this person can be answered, and until when with free text."""

    channel_id: UUID
    name: str
    kind: ChannelKind
    window_expires_at: datetime | None


async def list_conversations(
    uow: UnitOfWork, chosen: queries.Filter, *, after: queries.Cursor | None = None, most: int = 50
) -> Conversations:
    """One page. Its cost does not depend on how far down the list it lies."""
    wanted = _bounded(most)
    rows = await queries.conversations(uow.session, chosen, after, wanted + 1)
    items = [Listed(conversation, name) for conversation, name in rows[:wanted]]
    more = len(rows) > wanted
    return Conversations(items, _cursor(items[-1].conversation) if more else None)


async def list_messages(
    uow: UnitOfWork, conversation_id: UUID, *, before: UUID | None = None, most: int = 50
) -> Timeline:
    """One page of a timeline.

    Vendors tell time in seconds: within one second, messages stand in the order in which they came.
    """
    wanted = _bounded(most)
    rows = await queries.timeline(uow.session, conversation_id, before, wanted + 1)
    page = rows[:wanted]
    files = await _files(uow, [message for message, *_ in page])
    items = [
        Entry(message, files.get(message.id, []), state, receipt, code, reason)
        for message, state, receipt, code, reason in page
    ]
    last = page[-1][0].id if len(rows) > wanted else None
    return Timeline(sorted(items, key=_moment, reverse=True), last)


async def list_ways(uow: UnitOfWork, conversation_id: UUID) -> list[Way]:
    rows = await queries.ways(uow.session, conversation_id)
    return [Way(way.channel_id, name, kind, way.window_expires_at) for way, name, kind in rows]


async def find_conversation(uow: UnitOfWork, conversation_id: UUID) -> Listed | None:
    row = await queries.listed(uow.session, conversation_id)
    return None if row is None else Listed(*row)


async def count_unread(uow: UnitOfWork) -> int:
    """Conversations with something unread."""
    return await queries.count_unread(uow.session)


async def find_file(uow: UnitOfWork, media_id: UUID) -> MediaFile | None:
    return await queries.file_of(uow.session, media_id)


async def _files(uow: UnitOfWork, messages: Sequence[Message]) -> dict[UUID, list[MediaFile]]:
    by_message: dict[UUID, list[MediaFile]] = {}
    if messages:
        for media in await queries.files(uow.session, [message.id for message in messages]):
            by_message.setdefault(media.message_id, []).append(media)
    return by_message


def _bounded(most: int) -> int:
    return max(1, min(most, MOST))


def _cursor(conversation: Conversation) -> queries.Cursor:
    return conversation.last_message_at, conversation.id


def _moment(entry: Entry) -> tuple[int, datetime, UUID]:
    message = entry.message
    return int(message.occurred_at.timestamp()), message.created_at, message.id
