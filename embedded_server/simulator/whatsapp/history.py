"""What a phone tells a device it was just linked with: old chats, names, and whose id hides which number."""

from __future__ import annotations

import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from embedded_server.simulator.whatsapp import letters
from embedded_server.simulator.whatsapp.keys import sha256
from embedded_server.simulator.whatsapp.letters import Key, ProtocolType
from embedded_server.simulator.whatsapp.node import LID
from embedded_server.simulator.whatsapp.people import Person
from embedded_server.simulator.whatsapp.wire import pack

_DAY = 86_400

#: The kind of history a device gets first, and how much of it, in percent.
_INITIAL, _ALL = 0, 100


@dataclass(frozen=True, slots=True)
class OldMessage:
    """``age`` in seconds."""

    text: str = field(repr=False)
    message_id: str
    is_own: bool = False
    age: int = _DAY


@dataclass(frozen=True, slots=True)
class OldChat:
    person: Person
    messages: Sequence[OldMessage] = ()
    unread: int = 0


def message(chats: Sequence[OldChat]) -> bytes:
    """The notification, with the whole history packed inside as phones do while it is small."""
    history = pack((1, _INITIAL), *((2, _conversation(chat)) for chat in chats), (6, _ALL))
    for chat in chats:
        history += pack((7, pack((1, str(chat.person.jid())), (2, chat.person.name))))
        history += pack((15, pack((1, str(chat.person.jid())), (2, str(chat.person.jid(LID))))))
    packed = zlib.compress(history)
    notification = pack((1, sha256(packed)), (2, len(packed)), (6, _INITIAL), (7, 1), (9, _ALL), (11, packed))
    return letters.protocol(ProtocolType.HISTORY, (6, notification))


def _conversation(chat: OldChat) -> bytes:
    jid, now = str(chat.person.jid()), int(time.time())
    messages = (
        pack(
            (1, Key(jid, old.message_id, old.is_own).packed()),
            (2, letters.text(old.text)),
            (3, now - old.age),
        )
        for old in chat.messages
    )
    return pack(
        (1, jid),
        *((2, pack((1, each))) for each in messages),
        (6, chat.unread),
        (12, now),
        (13, chat.person.name),
    )
