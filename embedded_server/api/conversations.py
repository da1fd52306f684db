"""/api/v1/conversations: the inbox, its timelines, and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from embedded_server.contract.base import Page
from embedded_server.contract.contacts import TagOut
from embedded_server.contract.conversations import (
    AssigneeIn,
    ConversationDetailOut,
    ConversationIn,
    ConversationOut,
    ConversationQuery,
    InteractiveIn,
    MediaIn,
    MediaOut,
    MessageIn,
    MessageOut,
    MessageQuery,
    NoteIn,
    QuoteOut,
    TemplateIn,
    TextIn,
    UnreadOut,
    WayOut,
)
from embedded_server.routing import Call, RouteTable
from embedded_server.wire import part, window
from engine import accounts, inbox
from engine.accounts import Permission
from engine.inbox import Answer, Entry, Listed, Note
from engine.models import Message
from engine.providers.port import Content, Interactive, Media, Template, Text

route = RouteTable()

HOME = "/api/v1/conversations"
ONE = HOME + "/{id}"
READ, REPLY = Permission.INBOX_READ, Permission.INBOX_REPLY


@route("GET", HOME, permission=READ, query=ConversationQuery, returns=Page[ConversationOut])
async def listing(call: Call[None, ConversationQuery]) -> Page[ConversationOut]:
    """Conversations, newest activity first."""
    query, asked = call.query, window(call.query, tuple[datetime, UUID])
    chosen = inbox.Filter(query.unread, query.assignee_id, query.unassigned, query.state, query.q)
    found = await inbox.list_conversations(call.uow, chosen, after=asked.after, most=asked.limit)
    return part([_line(listed) for listed in found.items], found.after)


@route("POST", HOME, permission=REPLY, body=ConversationIn, returns=ConversationOut)
async def begin(call: Call[ConversationIn]) -> ConversationOut:
    """The conversation with a contact, begun if there is none."""
    conversation = await inbox.open_with(call.uow, call.body.contact_id)
    return _line(await inbox.get_conversation(call.uow, conversation.id))


@route("GET", HOME + "/unread", permission=READ, returns=UnreadOut)
async def unread(call: Call) -> UnreadOut:
    """How many conversations hold something unread."""
    return UnreadOut(conversations=await inbox.count_unread(call.uow))


@route("GET", ONE, permission=READ, returns=ConversationDetailOut)
async def one(call: Call) -> ConversationDetailOut:
    """One conversation and the channels on which it can go on."""
    line = _line(await inbox.get_conversation(call.uow, call.id))
    ways = await inbox.list_ways(call.uow, call.id)
    return ConversationDetailOut(**line.model_dump(), ways=[WayOut.model_validate(way) for way in ways])


@route("GET", ONE + "/messages", permission=READ, query=MessageQuery, returns=Page[MessageOut])
async def messages(call: Call[None, MessageQuery]) -> Page[MessageOut]:
    """The timeline, newest first."""
    query, asked = call.query, window(call.query, UUID)
    await inbox.get_conversation(call.uow, call.id)
    if (known := query.older_than or query.newer_than) is not None:
        await inbox.get_message(call.uow, call.id, known)
    if query.newer_than is not None:
        found = await inbox.list_newer(call.uow, call.id, query.newer_than, most=asked.limit)
    else:
        before = asked.after or query.older_than
        found = await inbox.list_messages(call.uow, call.id, before=before, most=asked.limit)
    return part([_entry(entry) for entry in found.items], found.next)


@route("GET", ONE + "/messages/{message_id}", permission=READ, returns=MessageOut)
async def message(call: Call) -> MessageOut:
    """One entry of the timeline."""
    return _entry(await inbox.get_message(call.uow, call.id, call.ids["message_id"]))


@route("POST", ONE + "/messages", permission=REPLY, body=MessageIn, returns=MessageOut, status=201)
async def send(call: Call[MessageIn]) -> MessageOut:
    """Answer. It waits in the channel's queue and leaves in a moment."""
    body = call.body
    quoted = await inbox.quoted(call.uow, call.id, body.reply_to) if body.reply_to else None
    answer = Answer(body.channel_id, _content(body), call.principal.person_id, body.client_id, quoted)
    sent = await inbox.send(call.uow, call.id, answer)
    return _entry(await inbox.get_message(call.uow, call.id, sent.id))


@route("POST", ONE + "/notes", permission=REPLY, body=NoteIn, returns=MessageOut, status=201)
async def note(call: Call[NoteIn]) -> MessageOut:
    """Write something only the team sees."""
    written = Note(call.body.text, call.principal.person_id, call.body.client_id)
    return _message(await inbox.add_note(call.uow, call.id, written))


@route("POST", ONE + "/read", permission=REPLY)
async def mark_read(call: Call) -> None:
    """Nothing is unread any more."""
    await inbox.get_conversation(call.uow, call.id)
    await inbox.mark_read(call.uow, call.id)


@route("POST", ONE + "/unread", permission=REPLY)
async def mark_unread(call: Call) -> None:
    """Let it wait for somebody again."""
    await inbox.get_conversation(call.uow, call.id)
    await inbox.mark_unread(call.uow, call.id)


@route(
    "PUT",
    ONE + "/assignee",
    permission=REPLY,
    body=AssigneeIn,
    returns=ConversationOut,
    audits="conversation.assign",
)
async def assign(call: Call[AssigneeIn]) -> ConversationOut:
    """Hand the conversation to a person of the team, or to nobody."""
    if call.body.person_id is not None:
        await accounts.member(call.uow, call.body.person_id)
    await inbox.assign(call.uow, call.id, call.body.person_id)
    return _line(await inbox.get_conversation(call.uow, call.id))


@route("POST", ONE + "/close", permission=REPLY, returns=ConversationOut, audits="conversation.close")
async def close(call: Call) -> ConversationOut:
    """Put it aside until the person writes again."""
    await inbox.close(call.uow, call.id)
    return _line(await inbox.get_conversation(call.uow, call.id))


@route("POST", ONE + "/reopen", permission=REPLY, returns=ConversationOut, audits="conversation.reopen")
async def reopen(call: Call) -> ConversationOut:
    """Bring it back."""
    await inbox.reopen(call.uow, call.id)
    return _line(await inbox.get_conversation(call.uow, call.id))


_OF_LATEST = {
    "channel_kind": "channel_kind",
    "address": "address",
    "last_direction": "direction",
    "last_waiting": "is_waiting",
    "last_state": "state",
    "last_receipt": "receipt",
}
_OF_ENTRY = ("state", "receipt", "code", "reason")


def _line(listed: Listed) -> ConversationOut:
    columns = ConversationOut.model_fields.keys() - {"contact_name", "tags", *_OF_LATEST}
    return ConversationOut(
        contact_name=listed.contact_name,
        tags=[TagOut.model_validate(tag) for tag in listed.tags],
        **{name: getattr(listed.conversation, name) for name in columns},
        **{name: getattr(listed.latest, source) for name, source in _OF_LATEST.items()},
    )


def _entry(entry: Entry) -> MessageOut:
    files = [MediaOut.model_validate(file) for file in entry.files]
    quoted = entry.quoted and QuoteOut.model_validate(entry.quoted)
    told = {name: getattr(entry, name) for name in _OF_ENTRY}
    return _message(entry.message, files=files, quoted=quoted, **told)


def _message(message: Message, **beside: Any) -> MessageOut:
    columns = MessageOut.model_fields.keys() - {"waiting", "files", "quoted", "author_name", *_OF_ENTRY}
    known = {name: getattr(message, name) for name in columns}
    author = inbox.author_name(message)
    return MessageOut(waiting=message.due_at is not None, author_name=author, **known, **beside)


def _content(body: MessageIn) -> Content:
    match body.content:
        case TextIn() as said:
            return Text(said.body, said.preview_url)
        case TemplateIn() as said:
            return Template(said.name, said.language, tuple(said.components), said.text)
        case InteractiveIn() as said:
            return Interactive(said.payload, said.text)
        case MediaIn() as said:
            return Media(
                said.kind, said.media_id, None, said.caption, filename=said.filename, voice=said.voice
            )
