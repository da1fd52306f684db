"""What the engine needs from any vendor that carries messages, and the four ways a send can end.

Meta and Twilio keep these promises today; linked devices and voice fit the same port. A provider never raises
for something the network or the vendor did: every send ends in a :class:`SendResult`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from engine.errors import EngineError, Kind


class Outcome(StrEnum):
    """How one send ended, by evidence (reliability 2.2)."""

    #: No byte of the request left this machine: safe to try again.
    NOT_SENT = "not_sent"
    #: The vendor refused before accepting: final, or safe to try again later.
    REJECTED = "rejected"
    #: The vendor answered 2xx with an id.
    ACCEPTED = "accepted"
    #: Bytes left and no trustworthy answer came back: reconcile, never resend.
    UNCERTAIN = "uncertain"


class Action(StrEnum):
    """What a refusal asks of us (providers 1.4 and 2.2)."""

    #: This message may go again after ``retry_after``; the number should slow down.
    RETRY = "retry"
    #: Only this recipient must wait; others go on.
    RETRY_RECIPIENT = "retry_recipient"
    #: Never for this message.
    PERMANENT = "permanent"
    #: The 24-hour window is closed: only a template may go.
    NEEDS_TEMPLATE = "needs_template"
    #: The person does not want to hear from us again.
    OPT_OUT = "opt_out"
    #: The template or the campaign's content is at fault: pause the campaign.
    STOP_CAMPAIGN = "stop_campaign"
    #: The number, token or account is at fault: stop everything on this channel.
    STOP_CHANNEL = "stop_channel"
    #: The number may write to nobody new for ``retry_after``; whom it knows it goes on writing to.
    STOP_FIRST = "stop_first"


class AddressKind(StrEnum):
    PHONE = "phone"
    WA_ID = "wa_id"
    BSUID = "bsuid"
    LID = "lid"
    #: A WhatsApp group; only linked devices reach one.
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes. ``value`` is E.164 with ``+`` for a phone, verbatim otherwise.

    A LID is its digits, a group its whole address (``…@g.us``).
    """

    kind: AddressKind
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Text:
    body: str = field(repr=False)
    preview_url: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """An approved template with its parameters in place.

    ``components`` is the vendor's own list; ``text`` is what the person will read, for our timeline.
    """

    name: str
    language: str
    components: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Media:
    """``kind`` is image, video, audio, document or sticker; exactly one of ``media_id`` and ``link``."""

    kind: str
    media_id: str | None = None
    link: str | None = field(default=None, repr=False)
    caption: str | None = field(default=None, repr=False)
    filename: str | None = None
    voice: bool = False


@dataclass(frozen=True, slots=True)
class Interactive:
    """Buttons, lists and calls to action, in Meta's shape; ``text`` is its body for our timeline."""

    payload: dict[str, Any] = field(repr=False)
    text: str = field(default="", repr=False)


Content = Text | Template | Media | Interactive


@dataclass(frozen=True, slots=True)
class Account:
    """A channel as a provider sees it. ``secrets`` never appear in logs, repr or exceptions.

    ``sender`` is Meta's phone number id, or Twilio's E.164 number or messaging service (``MG…``).
    ``account`` is Meta's WhatsApp business account id, or Twilio's ``AC…``.
    Secrets by vendor: Meta ``access_token``, ``app_secret``, ``app_id``, ``verify_token``; Twilio
    ``auth_token`` and, when an API key signs the requests, ``api_key_sid`` and ``api_key_secret``.
    """

    channel_id: str
    sender: str
    account: str
    base_url: str
    version: str = ""
    #: Where the vendor reports statuses, for vendors that take it per message (Twilio).
    status_callback: str | None = None
    secrets: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message that is about to leave. ``token`` is planted at the vendor with the call (2.3)."""

    token: str
    to: Address
    content: Content
    reply_to: str | None = None
    #: This person and the number have never written to each other.
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class SendResult:
    """How one send ended. ``code`` is the vendor's own error code; ``reason`` is safe to show and log."""

    outcome: Outcome
    provider_message_id: str | None = None
    #: The identity the vendor resolved the address to, verbatim.
    wa_id: str | None = field(default=None, repr=False)
    code: str | None = None
    reason: str | None = None
    action: Action | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """What we know about a send in doubt, for a vendor that can be asked."""

    token: str
    to: str = field(repr=False)
    body: str = field(repr=False)
    dispatched_at: datetime = field(repr=False)
    #: Ids of vendor records that already belong to other sends: the same words twice are two messages.
    taken: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """A vendor's own record of a message: its id and the status word it is in."""

    provider_message_id: str
    status: str


class Unsendable(EngineError):
    """This message cannot be put into the vendor's words."""

    kind = Kind.INVALID


class LookupFailed(EngineError):
    """The vendor's list of messages could not be read."""

    kind = Kind.UNAVAILABLE


class Sender(Protocol):
    """The outgoing lane of one vendor. One instance serves every channel of the process."""

    async def send(self, account: Account, message: Outgoing) -> SendResult:
        """Send once. Never retries by itself, never raises for network or vendor trouble.

        Cancellation is UNCERTAIN by nature: the caller records it so.
        """
        ...

    async def close(self) -> None: ...


class LooksUp(Protocol):
    """A vendor that can be asked what became of a send (Twilio; not Meta)."""

    async def find(self, account: Account, trace: Trace) -> Found | None:
        """The vendor's record of this send, or None when its list answered and held no match.

        Raises:
            LookupFailed: the list could not be read, which proves nothing.
        """
        ...
