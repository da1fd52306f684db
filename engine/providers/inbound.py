"""What vendors tell us, in our own words: the shapes every webhook parser ends in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from engine.providers.port import Action, Address

#: In the payload of a message that came and could not be read; who wrote it is asked to repeat it.
UNDECRYPTABLE = "undecryptable"


class PieceKind(StrEnum):
    MESSAGE = "message"
    STATUS = "status"
    #: A status of what was written elsewhere: it waits in the messages' queue, behind its message.
    FOLLOWING = "following"
    PREFERENCE = "preference"
    NOTICE = "notice"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Piece:
    """One fact of a webhook body, stored as one row before the answer.

    ``dedupe_key`` is the same whenever the vendor repeats the fact. ``body`` is what the vendor's
    ``read_piece`` takes; it holds personal data.
    """

    dedupe_key: str
    kind: PieceKind
    body: bytes = field(repr=False)
    #: Our side: Meta's phone number id, Twilio's number or messaging service; None for account-wide facts.
    sender: str | None = None
    #: Meta's business account id or Twilio's ``AC…``.
    account: str | None = None
    #: The person's identity at the vendor, so that one person's facts can be kept in order.
    peer: str | None = field(default=None, repr=False)


class MessageKind(StrEnum):
    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACTS = "contacts"
    REACTION = "reaction"
    BUTTON = "button"
    INTERACTIVE = "interactive"
    ORDER = "order"
    SYSTEM = "system"
    EDIT = "edit"
    REVOKE = "revoke"
    UNSUPPORTED = "unsupported"


class DeliveryStatus(StrEnum):
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class InboundMedia:
    """A file at the vendor, by id (Meta) or address (Twilio). ``sha256`` is lower-case hex."""

    provider_media_id: str | None = None
    url: str | None = field(default=None, repr=False)
    mime: str | None = None
    sha256: str | None = None
    filename: str | None = field(default=None, repr=False)
    voice: bool = False


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A person wrote to us. Identities are verbatim; any of them may be missing, but not all.

    ``payload`` holds what the other fields do not, by kind: ``location`` its coordinates, ``contacts`` the
    cards, ``reaction`` ``message_id`` and ``emoji`` (empty: taken back), ``button`` and ``interactive`` the
    reply's id, ``order`` the basket, ``system`` the change (``wa_id`` is the new number), ``edit`` and
    ``revoke`` ``original_message_id``. Beside them ``referral``, ``forwarded``, ``errors`` and, for further
    files of one Twilio message, ``more_media``.
    """

    provider_message_id: str
    sent_at: datetime
    kind: MessageKind
    sender_wa_id: str | None = field(default=None, repr=False)
    #: E.164 with ``+``, where the vendor speaks of phones (Twilio).
    sender_phone: str | None = field(default=None, repr=False)
    bsuid: str | None = field(default=None, repr=False)
    username: str | None = field(default=None, repr=False)
    profile_name: str | None = field(default=None, repr=False)
    text: str = field(default="", repr=False)
    media: InboundMedia | None = None
    #: The vendor's id of the message this one answers.
    reply_to: str | None = None
    payload: dict[str, Any] = field(default_factory=dict, repr=False)
    #: The hidden identity of linked devices, which tells no phone.
    lid: str | None = field(default=None, repr=False)
    #: The address of the group it was written in; who wrote is ``author`` in ``payload``.
    group: str | None = None
    #: Written by our own side on another device; the identities are those of whom it was written to.
    from_me: bool = False
    #: From before the number was linked: it takes its place in the timeline, and nobody needs to be told.
    is_old: bool = False
    #: Where an answer goes, when the vendor knows several addresses of one person.
    answer_to: Address | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """What became of a message of ours. Repeats and any order are normal.

    ``code``, ``reason`` and ``action`` are set on failures, by the same table that judges answers to a send.
    """

    provider_message_id: str
    status: DeliveryStatus
    occurred_at: datetime
    #: The token planted with the send, where the vendor echoes it.
    token: str | None = None
    recipient_wa_id: str | None = field(default=None, repr=False)
    code: str | None = None
    reason: str | None = None
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Preference:
    """A person told WhatsApp itself to stop, or to resume, our marketing messages."""

    stop: bool
    occurred_at: datetime
    wa_id: str | None = field(default=None, repr=False)
    bsuid: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Notice:
    """A fact about our account, numbers or templates, under the vendor's own field name."""

    field: str
    value: dict[str, Any]
    account: str | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Malformed:
    """Something that cannot be understood: kept and shown, never retried."""

    reason: str


Inbound = InboundMessage | StatusUpdate | Preference | Notice | Malformed
