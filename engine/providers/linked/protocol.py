"""What the engine and a host say to each other: length-prefixed JSON over the pipes of a child process.

A frame is four bytes of length (big endian) and a JSON object. The pipes belong to parent and child
alone, so nothing else can speak on them; the host's own standard output leads into its log.

The parent's first frame is :class:`Hello`, the host's first one ``{"ready": {…}}`` with what the engine
is and can do (:class:`Traits`). After that:

- parent: ``{"id": n, "do": command, "with": {…}}`` and ``{"ack": seq}``, which allows the host to forget
  every kept event up to that number;
- host: ``{"answer": n, "result": …}`` or ``{"answer": n, "error": {"code": …, "text": …}}``, ``{"seq": n,
  "event": name, "data": {…}}`` for events that are kept on disk until they are acknowledged, ``{"event":
  name, "data": {…}}`` for those whose news is worth nothing later, and ``{"beat": n}``.

- a host that keeps its records with the engine (sealed by itself, so that the engine keeps what it cannot
  read) asks for them: ``{"store": n, "get": [name]}``, ``{"store": n, "set": {name: base64 or null}}``;
  parent: ``{"stored": n, "values": {name: base64 or null}}``, for a ``set`` after the commit of its one
  transaction, in which null removes. A host has one ``set`` under way at a time.

Kept events come again, in order and with their numbers, after every start: at least once here, exactly
once in the engine, which knows each by what it says.

Commands
    ``link_qr {}``, ``link_code {phone}``, ``connect {}``: begin; answered at once, the rest comes as
      events.
    ``send {token, message_id, to, content, reply_to}``: ``{message_id, at}`` once WhatsApp's server has
      it.
    ``settle {token}``: what became of a send whose answer was lost: ``{fate, message_id}``.
    ``react``, ``edit``, ``revoke``, ``mark_read {chat, ids, sender}``, ``typing {chat, on}``, ``presence
      {on}``
    ``resolve {phones}``: ``[{phone, jid, lid, exists}]``; ``lid_for {phone}``; ``phone_for {lid}``
    ``group {jid}``: ``{subject, members: [{jid, lid, phone, is_admin}]}``
    ``download {media, path}``: ``{size, sha256}``; ``picture {jid}``; ``logout {}``; ``stop {}``;
      ``health {}``

Addresses are WhatsApp's own (``5511987654321@s.whatsapp.net``, ``…@lid``, ``…@g.us``), never digits
alone.
"""

from __future__ import annotations

import asyncio
import struct
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

import orjson

from engine.errors import EngineError, Kind

Json = dict[str, Any]

#: Of one frame; a history sync arrives message by message, so that nothing comes near.
LONGEST = 16 << 20
BEAT_SECONDS = 5.0
#: A host that was silent for so long is dead, whatever its process says (whatsapp.md, section 5).
SILENCE_SECONDS = 15.0

_LENGTH = struct.Struct(">I")


class EngineName(StrEnum):
    """Which library holds the number."""

    WHATSMEOW = "whatsmeow"
    BAILEYS = "baileys"


class Phase(StrEnum):
    """Where a session stands, as its host sees it."""

    STARTING = "starting"
    #: A code is shown and waits to be scanned or typed.
    WAITING = "waiting"
    #: The phone has seen the code and the account is being linked.
    SCANNED = "scanned"
    #: Every code ran out unused.
    EXPIRED = "expired"
    CONNECTING = "connecting"
    OPEN = "open"
    #: The connection was lost and is made again.
    BACKOFF = "backoff"
    #: Another client took the session over; two of them would fight.
    REPLACED = "replaced"
    LOGGED_OUT = "logged_out"
    #: WhatsApp bars the account for a time.
    BANNED = "banned"
    #: WhatsApp refuses this version of the library.
    OUTDATED = "outdated"
    #: The account asks for its owner's passkey, which only WhatsApp's own apps can give.
    PASSKEY = "passkey"
    FAILED = "failed"


#: Phases that end only by somebody's doing.
FINAL = frozenset(
    {Phase.EXPIRED, Phase.REPLACED, Phase.LOGGED_OUT, Phase.OUTDATED, Phase.PASSKEY, Phase.FAILED}
)


class EventName(StrEnum):
    #: ``{phase, code, until}``: ``code`` is WhatsApp's own number, ``until`` an ISO moment.
    STATE = "state"
    #: ``{payload, expires_at}``: what the QR code holds.
    QR = "qr"
    #: ``{code, expires_at}``: eight characters to type into the phone.
    PAIRING_CODE = "pairing_code"
    #: ``{jid, lid, name, platform}``
    LINKED = "linked"
    #: See :func:`engine.providers.linked.inbound.read_piece` for what a message holds.
    MESSAGE = "message"
    #: ``{chat, sender, ids, tokens, kind, at}``; kind is delivered, read or played.
    RECEIPT = "receipt"
    #: ``{chat, sender, id, at}``: something came that cannot be read; the sender is asked to repeat it.
    UNDECRYPTABLE = "undecryptable"
    #: ``{pairs: [[lid, phone]]}``
    PAIRS = "pairs"
    #: ``{jid, name}``: what the phone's address book calls somebody.
    CONTACT = "contact"
    #: ``{jid, subject}``
    GROUP = "group"
    #: ``{progress}``, in percent
    HISTORY = "history"
    #: ``{jid}``: the person has a new phone or installed WhatsApp anew.
    IDENTITY = "identity"
    #: ``{kind, until}``: ``reachout`` bars messages to people who never wrote.
    RESTRICTION = "restriction"
    #: ``{chat, sender, state}``: composing, recording or paused
    TYPING = "typing"


#: Events that are kept until the engine has them; the others are worth nothing a moment later.
KEPT = frozenset(
    {
        EventName.LINKED,
        EventName.MESSAGE,
        EventName.RECEIPT,
        EventName.UNDECRYPTABLE,
        EventName.PAIRS,
        EventName.CONTACT,
        EventName.GROUP,
        EventName.IDENTITY,
        EventName.RESTRICTION,
    }
)


class Fate(StrEnum):
    """What became of a send whose answer was lost."""

    #: WhatsApp's server has it.
    ACCEPTED = "accepted"
    #: It never left: it may be sent.
    ABSENT = "absent"
    #: It may have left, and this engine cannot repeat it under the same id.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Hello:
    """The parent's first word: which session, and where its files are."""

    session_id: str
    engine: EngineName
    #: Belongs to this session alone, 0700.
    folder: str
    #: Of the lease under which the host was started; goes into its log.
    epoch: int
    #: Whether old messages are taken over when the number is linked.
    history: bool = True
    #: 32 bytes, hex: seals the session's keys at rest, and makes what is planted in messages unguessable.
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Traits:
    """What an engine is and can do; the interface says it to people who choose."""

    engine: EngineName
    version: str
    #: Whether a send in doubt can go again under its own id, so that it is seen once.
    repeats: bool


class HostRefused(EngineError):
    """The host answered that it cannot do this.

    ``reason`` is the host's own word (``not_connected``, ``nack``, ``timeout``, ``not_on_whatsapp``, …) and
    ``wa_code`` WhatsApp's number, when there is one.
    """

    kind = Kind.CONFLICT

    def __init__(self, text: str = "", wa_code: str | None = None, reason: str = "refused") -> None:
        super().__init__(text or None)
        self.wa_code, self.reason = wa_code, reason


class HostGone(EngineError):
    """The host ended, or its answer was not waited for any longer: what was asked may have been done."""

    kind = Kind.UNAVAILABLE


class FrameTooLong(EngineError):
    """The other side sent something that is no frame."""

    kind = Kind.INVALID


def pack(said: Json) -> bytes:
    body = orjson.dumps(said)
    return _LENGTH.pack(len(body)) + body


async def read_frame(reader: asyncio.StreamReader) -> Json | None:
    """The next frame; None at the end, also at one in the middle of a frame.

    Raises:
        FrameTooLong: the length is no length; the other side must go.
    """
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length > LONGEST:
            raise FrameTooLong
        said: Json = orjson.loads(await reader.readexactly(length))
    except asyncio.IncompleteReadError:
        return None
    return said


def hello_frame(hello: Hello) -> bytes:
    return pack({"hello": asdict(hello)})


def read_hello(said: Json) -> Hello:
    """Raises:
    KeyError, TypeError, ValueError: the first word was another.
    """
    values = dict(said["hello"])
    return Hello(**{**values, "engine": EngineName(values["engine"])})
