"""What a phone tells of old chats when it is linked: message by message, with names and addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.providers.linked import contents
from engine.providers.linked.jids import GROUPS, HIDDEN, PHONES, plain, server_of
from engine.providers.linked.outbox import Fact
from engine.providers.linked.protocol import EventName, Json
from engine.providers.linked.whatsmeow_reading import moment, pairs_of

#: Facts that are written down at once: memory stays small, and a long history is not one long wait.
BATCH = 200


def facts(history: Any, *, own: str) -> Iterator[Fact]:
    """Pairs first, so that each message finds the person it belongs to. ``own`` is our own address."""
    pairs = [(plain(each.lidJID), plain(each.pnJID)) for each in history.phoneNumberToLidMappings]
    pairs += [(plain(chat.ID), plain(chat.lidJID or chat.pnJID)) for chat in history.conversations]
    yield from pairs_of([(one, two) for one, two in pairs])
    others = {one: two for one, two in pairs if two != "@"} | {two: one for one, two in pairs}
    called = {plain(each.ID): name for each in history.pushnames if (name := contents.clean(each.pushname))}
    for jid, name in called.items():
        yield EventName.CONTACT, {"jid": jid, "name": name}
    for chat in history.conversations:
        yield from _chat(chat, others, own, called.get(plain(chat.ID), ""))


def _chat(conversation: Any, others: dict[str, str], own: str, called: str) -> Iterator[Fact]:
    """``called`` is what its person calls itself, for a chat without a name in the phone's address book."""
    chat = plain(conversation.ID)
    if server_of(chat) not in (PHONES, HIDDEN, GROUPS):
        return
    name = contents.clean(conversation.name or conversation.displayName)
    if name and server_of(chat) == GROUPS:
        yield EventName.GROUP, {"jid": chat, "subject": name}
    elif name:
        yield EventName.CONTACT, {"jid": chat, "name": name}
    for each in conversation.messages:
        said = contents.read(each.message.message)
        if said is not None and each.message.key.ID:
            place = _place(each.message, chat, others, own)
            yield EventName.MESSAGE, {**place, **said, "subject": name or called or None}


def _place(message: Any, chat: str, others: dict[str, str], own: str) -> Json:
    from_me = bool(message.key.fromMe)
    author = message.participant or message.key.participant
    sender = own if from_me else plain(author) if author else chat
    return {
        "id": message.key.ID,
        "chat": chat,
        "chat_alt": others.get(chat) if server_of(chat) != GROUPS else None,
        "sender": sender,
        "sender_alt": others.get(sender),
        "from_me": from_me,
        "at": moment(message.messageTimestamp),
        "name": None if from_me else contents.clean(message.pushName) or None,
        "origin": "history",
    }
