"""What the team reads: the list of conversations and the timeline of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from engine.db.unit_of_work import UnitOfWork
from engine.inbox import queries, rules
from engine.inbox.receipts import receipt_of
from engine.models import (
    AttemptState,
    ChannelKind,
    Conversation,
    Direction,
    MediaFile,
    Message,
    Receipt,
    Tag,
)

MOST = 100


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest message of a conversation, notes and campaigns left out, and the way it came or went.

    Everything is None where there is no such message or way.
    """

    direction: Direction | None = None
    is_waiting: bool = False
    state: AttemptState | None = None
    receipt: Receipt | None = None
    channel_kind: ChannelKind | None = None
    #: Of the person, as the vendor names it.
    address: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Listed:
    conversation: Conversation
    contact_name: str = field(repr=False)
    latest: Latest = Latest()
    tags: Sequence[Tag] = ()


@dataclass(frozen=True, slots=True)
class Conversations:
    """A page, newest activity first. ``after`` is what to ask the next page with; None means no more."""

    items: list[Listed]
    after: queries.Cursor | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One message with its files, what it quotes and, for what was sent, how far it came."""

    message: Message
    files: list[MediaFile]
    state: AttemptState | None = None
    receipt: Receipt | None = None
    code: str | None = None
    reason: str | None = None
    quoted: Message | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page, newest first. ``next`` is what to ask the next page with; None means no more."""

    items: list[Entry]
    next: UUID | None


@dataclass(frozen=True, slots=True)
class Way:
    """A channel on which this person can be answered, and until when with free text.

    Without a window, at any time.
    """

    channel_id: UUID
    name: str
    kind: ChannelKind
    window_expires_at: datetime | None
    has_window: bool


def author_name(message: Message) -> str | None:
    """Who of a group wrote: the name they gave themselves, else their number. None outside of groups."""
    author = message.payload.get("author")
    if not isinstance(author, dict) or message.direction is not Direction.INBOUND:
        return None
    return author.get("name") or (f"+{author['wa_id']}" if author.get("wa_id") else None)


async def list_conversations(
    uow: UnitOfWork, chosen: queries.Filter, *, after: queries.Cursor | None = None, most: int = 50
) -> Conversations:
    """One page. Its cost does not depend on how far down the list it lies."""
    wanted = _bounded(most)
    rows = await queries.conversations(uow.session, chosen, after, wanted + 1)
    items = await _listed(uow, rows[:wanted])
    more = len(rows) > wanted
    return Conversations(items, _cursor(items[-1].conversation) if more else None)


async def list_messages(
    uow: UnitOfWork, conversation_id: UUID, *, before: UUID | None = None, most: int = 50
) -> Timeline:
    """One page of a timeline.

    Vendors tell time in seconds: within one second, messages stand in the order in which they came.
    """
    rows = await queries.timeline(uow.session, conversation_id, before, _bounded(most) + 1)
    return await _page(uow, conversation_id, rows, _bounded(most))


async def list_newer(uow: UnitOfWork, conversation_id: UUID, since: UUID, *, most: int = 50) -> Timeline:
    """The page right after a message, for whoever comes back from far up."""
    rows = await queries.newer(uow.session, conversation_id, since, _bounded(most) + 1)
    return await _page(uow, conversation_id, rows, _bounded(most))


async def find_entry(uow: UnitOfWork, conversation_id: UUID, message_id: UUID) -> Entry | None:
    """One message as the timeline shows it."""
    row = await queries.entry(uow.session, conversation_id, message_id)
    return None if row is None else (await _entries(uow, conversation_id, [row]))[0]


async def list_ways(uow: UnitOfWork, conversation_id: UUID) -> list[Way]:
    rows = await queries.ways(uow.session, conversation_id)
    return [
        Way(way.channel_id, name, kind, way.window_expires_at, rules.has_window(kind, provider))
        for way, name, kind, provider in rows
    ]


async def find_conversation(uow: UnitOfWork, conversation_id: UUID) -> Listed | None:
    row = await queries.listed(uow.session, conversation_id)
    return None if row is None else (await _listed(uow, [row]))[0]


async def count_unread(uow: UnitOfWork) -> int:
    """Conversations with something unread."""
    return await queries.count_unread(uow.session)


async def find_file(uow: UnitOfWork, media_id: UUID) -> MediaFile | None:
    return await queries.file_of(uow.session, media_id)


async def _listed(uow: UnitOfWork, rows: Sequence[Any]) -> list[Listed]:
    """Two statements more for the whole page, however long it is."""
    if not rows:
        return []
    latest = await queries.latest(uow.session, uow.company_id, [conversation.id for conversation, _ in rows])
    tags: dict[UUID, list[Tag]] = {}
    for contact_id, tag in await queries.tags(uow.session, [found.contact_id for found, _ in rows]):
        tags.setdefault(contact_id, []).append(tag)
    return [
        Listed(conversation, name, _latest(latest[conversation.id]), tags.get(conversation.contact_id, ()))
        for conversation, name in rows
    ]


def _latest(row: Any) -> Latest:
    return Latest(
        row.direction and Direction(row.direction),
        row.is_waiting,
        row.state and AttemptState(row.state),
        row.receipt and Receipt(row.receipt),
        row.channel_kind and ChannelKind(row.channel_kind),
        row.address,
    )


async def _entries(uow: UnitOfWork, conversation_id: UUID, rows: Sequence[Any]) -> list[Entry]:
    messages = [message for message, *_ in rows]
    files = await _files(uow, messages)
    quoted = await _quoted(uow, conversation_id, messages)
    return [
        Entry(
            message,
            files.get(message.id, []),
            state,
            receipt or receipt_of(message),
            code,
            reason,
            quoted.get(message.reply_to),
        )
        for message, state, receipt, code, reason in rows
    ]


async def _quoted(
    uow: UnitOfWork, conversation_id: UUID, messages: Sequence[Message]
) -> dict[str | None, Message]:
    wanted = [message.reply_to for message in messages if message.reply_to]
    if not wanted:
        return {}
    found = await queries.quoted(uow.session, conversation_id, wanted)
    return {message.provider_message_id: message for message in found}


async def _files(uow: UnitOfWork, messages: Sequence[Message]) -> dict[UUID, list[MediaFile]]:
    by_message: dict[UUID, list[MediaFile]] = {}
    if messages:
        for media in await queries.files(uow.session, [message.id for message in messages]):
            by_message.setdefault(media.message_id, []).append(media)
    return by_message


async def _page(uow: UnitOfWork, conversation_id: UUID, rows: Sequence[Any], wanted: int) -> Timeline:
    """The page of rows that were read with one more than it holds."""
    page = rows[:wanted]
    items = await _entries(uow, conversation_id, page)
    last = page[-1][0].id if len(rows) > wanted else None
    return Timeline(sorted(items, key=_moment, reverse=True), last)


def _bounded(most: int) -> int:
    return max(1, min(most, MOST))


def _cursor(conversation: Conversation) -> queries.Cursor:
    return conversation.last_message_at, conversation.id


def _moment(entry: Entry) -> tuple[int, datetime, UUID]:
    message = entry.message
    return int(message.occurred_at.timestamp()), message.created_at, message.id
