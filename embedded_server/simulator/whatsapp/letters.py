"""What people write to each other: the message in an envelope, built and read (WAWebProtobufsE2E.Message)."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import IntEnum

from embedded_server.simulator.whatsapp.wire import Fields, pack


class Part(IntEnum):
    """The fields of a message that are understood here."""

    CONVERSATION = 1
    SENDER_KEY = 2
    IMAGE = 3
    EXTENDED_TEXT = 6
    DOCUMENT = 7
    AUDIO = 8
    VIDEO = 9
    PROTOCOL = 12
    DEVICE_SENT = 31
    CONTEXT = 35
    REACTION = 46
    EDITED = 58


class ProtocolType(IntEnum):
    REVOKE = 0
    HISTORY = 5
    KEY_SHARE = 6
    EDIT = 14


#: Context of a text or a file: which message it answers.
_CONTEXT_INFO = 17

#: What no person sees of a message.
_UNSEEN = {Part.SENDER_KEY, Part.PROTOCOL, Part.CONTEXT}


@dataclass(frozen=True, slots=True)
class MediaFields:
    """Where the parts of an encrypted file stand in the message of its kind."""

    mime: int
    sha256: int
    length: int
    key: int
    enc_sha256: int
    path: int
    caption: int | None = None
    name: int | None = None


MEDIA: dict[Part, MediaFields] = {
    Part.IMAGE: MediaFields(2, 4, 5, 8, 9, 11, caption=3),
    Part.DOCUMENT: MediaFields(2, 4, 5, 7, 9, 10, caption=20, name=8),
    Part.AUDIO: MediaFields(2, 3, 4, 7, 8, 9),
    Part.VIDEO: MediaFields(2, 3, 4, 6, 11, 13, caption=7),
}


@dataclass(frozen=True, slots=True)
class Key:
    """Which message is meant, from where its reader stands."""

    chat: str
    message_id: str
    from_me: bool
    participant: str | None = None

    def packed(self) -> bytes:
        return pack((1, self.chat), (2, self.from_me), (3, self.message_id), (4, self.participant))

    @classmethod
    def read(cls, fields: Fields) -> Key:
        return cls(fields.text(1) or "", fields.text(3) or "", bool(fields.number(2)), fields.text(4))


@dataclass(frozen=True, slots=True)
class Said:
    """A message as it was read. ``target`` is what it reacts to, edits or takes back."""

    kind: str
    text: str | None = field(default=None, repr=False)
    reply_to: str | None = None
    target: Key | None = None
    file: Fields | None = None


def text(words: str) -> bytes:
    return pack((Part.CONVERSATION, words))


def reply(words: str, message_id: str, author: str) -> bytes:
    """An answer that quotes a message by its id and author."""
    context = pack((1, message_id), (2, author), (3, text("…")))
    return pack((Part.EXTENDED_TEXT, pack((1, words), (_CONTEXT_INFO, context))))


def reaction(emoji: str, key: Key) -> bytes:
    """No emoji takes the reaction back."""
    return pack((Part.REACTION, pack((1, key.packed()), (2, emoji), (4, int(time.time() * 1000)))))


def revoke(key: Key) -> bytes:
    return protocol(ProtocolType.REVOKE, (1, key.packed()))


def edit(words: str, key: Key) -> bytes:
    """An edit is a protocol message wrapped once more."""
    inner = protocol(ProtocolType.EDIT, (1, key.packed()), (14, text(words)), (15, int(time.time() * 1000)))
    return pack((Part.EDITED, pack((1, inner))))


def protocol(kind: ProtocolType, *fields: tuple[int, bytes | int]) -> bytes:
    """What devices tell each other and no person reads."""
    return pack((Part.PROTOCOL, pack((2, kind), *fields)))


def sender_key(group: str, distribution: bytes) -> bytes:
    return pack((Part.SENDER_KEY, pack((1, group), (2, distribution))))


def open_copy(message: Fields) -> tuple[Fields, bool]:
    """The message itself, and whether it came as the copy of what one's own device wrote to another."""
    copy = message.inner(Part.DEVICE_SENT)
    inner = copy.inner(2) if copy else None
    return (inner, True) if inner else (message, False)


def read(message: Fields) -> Said | None:
    """None when there is nothing in it for a person to see."""
    for part, reader in _READERS.items():
        inside = message.inner(part)
        if inside is not None:
            return reader(inside)
    if Part.CONVERSATION in message:
        return Said("text", message.text(Part.CONVERSATION))
    for part in MEDIA:
        if part in message:
            return _read_file(part, message)
    return Said("other") if set(message.numbers()) - _UNSEEN else None


def _read_text(inside: Fields) -> Said:
    context = inside.inner(_CONTEXT_INFO)
    return Said("text", inside.text(1), context.text(1) if context else None)


def _read_reaction(inside: Fields) -> Said:
    key = inside.inner(1)
    return Said("reaction", inside.text(2), target=Key.read(key) if key else None)


def _read_protocol(inside: Fields) -> Said | None:
    key = inside.inner(1)
    kind = _CHANGES.get(inside.number(2))
    if key is None or kind is None:
        return None
    new = inside.inner(14)
    words = read(new) if new else None
    return Said(kind, words.text if words else None, target=Key.read(key))


def _read_edited(inside: Fields) -> Said | None:
    inner = inside.inner(1)
    return read(inner) if inner else None


def _read_file(part: Part, message: Fields) -> Said:
    inside = Fields(message.blob(part))
    caption = MEDIA[part].caption
    return Said(part.name.lower(), inside.text(caption) if caption else None, file=inside)


#: Protocol messages that change what a person saw before.
_CHANGES: dict[int, str] = {ProtocolType.REVOKE: "revoked", ProtocolType.EDIT: "edited"}

_READERS = {
    Part.EXTENDED_TEXT: _read_text,
    Part.REACTION: _read_reaction,
    Part.PROTOCOL: _read_protocol,
    Part.EDITED: _read_edited,
}
