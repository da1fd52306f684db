"""Verbs of the inbox: answer, take notes, hand over, close."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from engine import clock, consent
from engine.contacts import address_key
from engine.db.unit_of_work import UnitOfWork
from engine.errors import EngineError, Kind
from engine.events import LaneDue
from engine.ids import natural_id, new_id
from engine.inbox import contents, queries, rules
from engine.inbox.events import ConversationChanged, MessageAdded
from engine.models import (
    Channel,
    ChannelState,
    Conversation,
    ConversationChannel,
    ConversationState,
    Direction,
    Message,
)
from engine.providers.port import Content

#: How long a client's own id of a message keeps it from being sent twice.
_REMEMBERED = timedelta(days=1)


class ConversationNotFound(EngineError):
    """No conversation has this id."""

    kind = Kind.NOT_FOUND


class ChannelMissing(EngineError):
    """No channel has this id."""

    kind = Kind.NOT_FOUND


class ChannelNotActive(EngineError):
    """This channel cannot send right now."""


class NoAddress(EngineError):
    """This person has no address on this channel."""


class WindowClosed(EngineError):
    """More than 24 hours passed since this person last wrote on WhatsApp: only a template may be sent."""


class OptedOut(EngineError):
    """This person asked not to receive messages on this channel."""


class EmptyMessage(EngineError):
    """The message is empty."""

    kind = Kind.INVALID


@dataclass(frozen=True, slots=True)
class Answer:
    """Something to send. ``client_id`` is the sender's own name for it: the same one is never sent twice."""

    channel_id: UUID
    content: Content = field(repr=False)
    author_id: UUID | None = None
    client_id: str | None = None
    #: The vendor's id of the message it quotes.
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something for the team. ``client_id`` as in :class:`Answer`."""

    text: str = field(repr=False)
    author_id: UUID | None = None
    client_id: str | None = None


async def send(uow: UnitOfWork, conversation_id: UUID, answer: Answer) -> Message:
    """Put an answer into the timeline and into the queue of its channel.

    Raises:
        ConversationNotFound, ChannelMissing, ChannelNotActive, NoAddress, EmptyMessage: it cannot be sent.
        WindowClosed, OptedOut: it may not be sent.
    """
    conversation = await _lock(uow, conversation_id)
    if (repeated := await _sent_before(uow, conversation_id, answer.client_id)) is not None:
        return repeated
    channel = await queries.channel(uow.session, answer.channel_id)
    if channel is None:
        raise ChannelMissing
    way = await _way(uow, conversation, channel)
    await _check(uow, channel, way, answer.content)
    message = _outbound(uow.company_id, conversation, answer)
    uow.session.add(message)
    conversation.last_message_at = message.occurred_at
    conversation.preview = rules.preview(message.kind, message.text)
    await uow.session.flush()
    _announce(uow, message)
    uow.announce(LaneDue(company_id=uow.company_id, channel_id=channel.id))
    return message


async def add_note(uow: UnitOfWork, conversation_id: UUID, note: Note) -> Message:
    """Write something only the team sees.

    Raises:
        ConversationNotFound, EmptyMessage
    """
    if not note.text.strip():
        raise EmptyMessage
    conversation = await _lock(uow, conversation_id)
    if (repeated := await _sent_before(uow, conversation_id, note.client_id)) is not None:
        return repeated
    message = Message(
        company_id=uow.company_id,
        id=new_id(),
        conversation_id=conversation.id,
        direction=Direction.NOTE,
        kind="text",
        text=note.text,
        payload={"client_id": note.client_id} if note.client_id else {},
        author_id=note.author_id,
        occurred_at=clock.now(),
    )
    uow.session.add(message)
    await uow.session.flush()
    _announce(uow, message)
    return message


async def open_with(uow: UnitOfWork, contact_id: UUID) -> Conversation:
    """The conversation with a contact, begun if there is none."""
    now = clock.now()
    columns = {"new_conversations": [new_id()], "contacts": [contact_id], "moments": [now]}
    await queries.open_closed(uow.session, uow.company_id, columns)
    conversation = await queries.conversation_of(uow.session, contact_id)
    if conversation is None:
        raise ConversationNotFound("No contact has this id.")
    return conversation


async def mark_read(uow: UnitOfWork, conversation_id: UUID) -> None:
    if await queries.mark_read(uow.session, conversation_id):
        _changed(uow, conversation_id, "read")


async def mark_unread(uow: UnitOfWork, conversation_id: UUID) -> None:
    """Let it wait for somebody again, as if its last message were new."""
    if await queries.mark_unread(uow.session, conversation_id):
        _changed(uow, conversation_id, "unread")


async def assign(uow: UnitOfWork, conversation_id: UUID, assignee_id: UUID | None) -> Conversation:
    """Hand a conversation to a person of the team, or to nobody.

    Raises:
        ConversationNotFound
    """
    conversation = await _lock(uow, conversation_id)
    if conversation.assignee_id != assignee_id:
        conversation.assignee_id = assignee_id
        _changed(uow, conversation_id, "assigned")
    return conversation


async def close(uow: UnitOfWork, conversation_id: UUID) -> Conversation:
    """Put a conversation aside until the person writes again.

    Raises:
        ConversationNotFound
    """
    return await _set_state(uow, conversation_id, ConversationState.CLOSED)


async def reopen(uow: UnitOfWork, conversation_id: UUID) -> Conversation:
    """Raises:
    ConversationNotFound
    """
    return await _set_state(uow, conversation_id, ConversationState.OPEN)


async def _set_state(uow: UnitOfWork, conversation_id: UUID, state: ConversationState) -> Conversation:
    conversation = await _lock(uow, conversation_id)
    if conversation.state != state:
        conversation.state = state
        _changed(uow, conversation_id, state.value)
    return conversation


async def _lock(uow: UnitOfWork, conversation_id: UUID) -> Conversation:
    conversation = await queries.lock(uow.session, conversation_id)
    if conversation is None:
        raise ConversationNotFound
    return conversation


async def _sent_before(uow: UnitOfWork, conversation_id: UUID, client_id: str | None) -> Message | None:
    if client_id is None:
        return None
    since = natural_id(clock.now() - _REMEMBERED)
    return await queries.sent_before(uow.session, conversation_id, client_id, since)


async def _way(uow: UnitOfWork, conversation: Conversation, channel: Channel) -> ConversationChannel:
    """How this person is reached on this channel: where they wrote from, else the best address known."""
    way = await queries.way(uow.session, conversation.id, channel.id)
    if way is not None:
        return way
    known = await queries.identities(uow.session, conversation.contact_id)
    for kind in rules.reached_by(channel.kind, channel.provider):
        for identity in known:
            if identity.kind is kind:
                way = ConversationChannel(
                    company_id=uow.company_id,
                    conversation_id=conversation.id,
                    channel_id=channel.id,
                    address_kind=kind,
                    address=identity.value,
                )
                uow.session.add(way)
                return way
    raise NoAddress


async def _check(uow: UnitOfWork, channel: Channel, way: ConversationChannel, content: Content) -> None:
    if channel.state is not ChannelState.ACTIVE:
        raise ChannelNotActive(channel.stop_reason)
    if contents.kind_of(content) == "text" and not contents.text_of(content).strip():
        raise EmptyMessage
    needs_window = rules.needs_window(channel.kind, channel.provider, content)
    if needs_window and not rules.is_open(way.window_expires_at, clock.now()):
        raise WindowClosed
    if await consent.opted_out(uow, channel.kind, [address_key(way.address_kind, way.address)]):
        raise OptedOut


def _outbound(company_id: UUID, conversation: Conversation, answer: Answer) -> Message:
    now = clock.now()
    payload: dict[str, object] = {contents.KEY: contents.store(answer.content)}
    if answer.client_id is not None:
        payload["client_id"] = answer.client_id
    return Message(
        company_id=company_id,
        id=new_id(),
        conversation_id=conversation.id,
        channel_id=answer.channel_id,
        direction=Direction.OUTBOUND,
        kind=contents.kind_of(answer.content),
        text=contents.text_of(answer.content),
        payload=payload,
        reply_to=answer.reply_to,
        author_id=answer.author_id,
        occurred_at=now,
        due_at=now,
    )


def _announce(uow: UnitOfWork, message: Message) -> None:
    uow.announce(
        MessageAdded(
            company_id=uow.company_id,
            conversation_id=message.conversation_id,
            message_id=message.id,
            direction=message.direction.value,
        )
    )


def _changed(uow: UnitOfWork, conversation_id: UUID, change: str) -> None:
    uow.announce(
        ConversationChanged(company_id=uow.company_id, conversation_id=conversation_id, change=change)
    )
