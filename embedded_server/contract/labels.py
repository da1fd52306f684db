"""The one place that says how a value of the contract is called and colored; no screen spells a status.

Colors are names of badges in ``tokens.json``. Labels are message ids; show them with :func:`text`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from embedded_server.contract.accounts import MemberState, RoleName
from embedded_server.contract.campaigns import CampaignStateName
from embedded_server.contract.channels import ChannelKindName, ChannelModeName, ChannelStateName, ProviderName
from embedded_server.contract.conversations import AttemptStateName, ConversationStateName, ReceiptName
from embedded_server.contract.imports import ImportStateName
from embedded_server.contract.linked import LinkStateName
from embedded_server.contract.words import mark, t


class Color(StrEnum):
    NEUTRAL = "neutral"
    BLUE = "blue"
    GREEN = "green"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"
    PURPLE = "purple"


@dataclass(frozen=True, slots=True)
class Label:
    """``message`` is a message id; ``icon`` a name of Lucide's, so that color is never alone."""

    message: str
    color: Color = Color.NEUTRAL
    icon: str = ""
    #: Something goes on while the value stands.
    pulses: bool = False


#: Members of different enums may be equal as texts, so each enum has a table of its own.
LABELS: dict[type[StrEnum], dict[str, Label]] = {
    CampaignStateName: {
        CampaignStateName.DRAFT: Label(mark("Draft"), icon="pencil"),
        CampaignStateName.SCHEDULED: Label(mark("Scheduled"), Color.PURPLE, "calendar-clock"),
        CampaignStateName.QUEUED: Label(mark("Queued"), Color.YELLOW, "clock"),
        CampaignStateName.SENDING: Label(mark("Sending"), Color.BLUE, "send", pulses=True),
        CampaignStateName.PAUSED: Label(mark("Paused"), Color.ORANGE, "pause"),
        CampaignStateName.COMPLETED: Label(mark("Completed"), Color.GREEN, "check"),
        CampaignStateName.FAILED: Label(mark("Failure"), Color.RED, "circle-alert"),
        CampaignStateName.CANCELLED: Label(mark("Cancelled"), icon="ban"),
    },
    ChannelStateName: {
        ChannelStateName.ACTIVE: Label(mark("Connected"), Color.GREEN, "check"),
        ChannelStateName.STOPPED: Label(mark("Stopped"), Color.RED, "circle-alert"),
        ChannelStateName.DISABLED: Label(mark("Disabled"), icon="ban"),
    },
    ChannelKindName: {
        ChannelKindName.WHATSAPP: Label(mark("WhatsApp"), Color.GREEN, "message-circle"),
        ChannelKindName.SMS: Label(mark("SMS"), Color.BLUE, "message-square"),
        ChannelKindName.VOICE: Label(mark("Voice"), Color.PURPLE, "phone"),
    },
    ProviderName: {
        ProviderName.META: Label(mark("Meta Cloud API")),
        ProviderName.TWILIO: Label(mark("Twilio")),
        ProviderName.LINKED: Label(mark("Linked device")),
    },
    LinkStateName: {
        LinkStateName.STARTING: Label(mark("Starting"), Color.BLUE, "clock", pulses=True),
        LinkStateName.WAITING: Label(mark("Waiting for the phone"), Color.YELLOW, "clock"),
        LinkStateName.SCANNED: Label(mark("Linking"), Color.BLUE, "clock", pulses=True),
        LinkStateName.EXPIRED: Label(mark("Code expired"), icon="clock"),
        LinkStateName.CONNECTING: Label(mark("Connecting"), Color.BLUE, "clock", pulses=True),
        LinkStateName.OPEN: Label(mark("Connected"), Color.GREEN, "check"),
        LinkStateName.BACKOFF: Label(mark("Reconnecting"), Color.YELLOW, "clock", pulses=True),
        LinkStateName.REPLACED: Label(mark("In use elsewhere"), Color.ORANGE, "pause"),
        LinkStateName.LOGGED_OUT: Label(mark("Unlinked"), Color.RED, "circle-alert"),
        LinkStateName.BANNED: Label(mark("Barred by WhatsApp"), Color.RED, "ban"),
        LinkStateName.OUTDATED: Label(mark("Update needed"), Color.RED, "circle-alert"),
        LinkStateName.PASSKEY: Label(mark("Passkey required"), Color.ORANGE, "circle-alert"),
        LinkStateName.FAILED: Label(mark("Failure"), Color.RED, "circle-alert"),
    },
    ChannelModeName: {
        ChannelModeName.LIVE: Label(mark("Live")),
        ChannelModeName.SIMULATOR: Label(mark("Simulator"), Color.PURPLE, "flask-conical"),
    },
    ConversationStateName: {
        ConversationStateName.OPEN: Label(mark("Open"), Color.GREEN),
        ConversationStateName.CLOSED: Label(mark("Resolved"), icon="check"),
    },
    AttemptStateName: {
        AttemptStateName.DISPATCHING: Label(mark("Being sent"), icon="clock"),
        AttemptStateName.UNCERTAIN: Label(mark("Unconfirmed"), Color.YELLOW, "circle-question-mark"),
        AttemptStateName.ACCEPTED: Label(mark("Sent"), icon="check"),
        AttemptStateName.FAILED: Label(mark("Not delivered"), Color.RED, "circle-alert"),
        AttemptStateName.REJECTED: Label(mark("Refused"), Color.RED, "circle-alert"),
        AttemptStateName.NOT_SENT: Label(mark("Not sent yet"), Color.ORANGE, "clock"),
        AttemptStateName.RELEASED: Label(mark("Sent again"), Color.ORANGE, "rotate-ccw"),
    },
    ReceiptName: {
        ReceiptName.SENT: Label(mark("Sent"), icon="check"),
        ReceiptName.DELIVERED: Label(mark("Delivered"), icon="check-check"),
        ReceiptName.READ: Label(mark("Read"), Color.GREEN, "check-check"),
        ReceiptName.PLAYED: Label(mark("Played"), Color.GREEN, "check-check"),
    },
    ImportStateName: {
        ImportStateName.UPLOADED: Label(mark("Uploaded")),
        ImportStateName.CHECKING: Label(mark("Checking"), Color.BLUE, "loader", pulses=True),
        ImportStateName.CHECKED: Label(mark("Checked"), Color.YELLOW, "list-checks"),
        ImportStateName.QUEUED: Label(mark("Queued"), Color.YELLOW, "clock"),
        ImportStateName.RUNNING: Label(mark("Importing"), Color.BLUE, "loader", pulses=True),
        ImportStateName.COMPLETED: Label(mark("Completed"), Color.GREEN, "check"),
        ImportStateName.CANCELLED: Label(mark("Cancelled"), icon="ban"),
        ImportStateName.FAILED: Label(mark("Failure"), Color.RED, "circle-alert"),
    },
    RoleName: {
        RoleName.OWNER: Label(mark("Owner"), Color.PURPLE),
        RoleName.ADMIN: Label(mark("Administrator"), Color.BLUE),
        RoleName.AGENT: Label(mark("Agent"), Color.GREEN),
        RoleName.VIEWER: Label(mark("Viewer")),
    },
    MemberState: {
        MemberState.INVITED: Label(mark("Invited"), Color.YELLOW),
        MemberState.ACTIVE: Label(mark("Active"), Color.GREEN),
        MemberState.SUSPENDED: Label(mark("Suspended"), Color.RED),
    },
}

#: Words a campaign's ledger and report count people under.
STANDINGS: dict[str, Label] = {
    "pending": Label(mark("Waiting"), icon="clock"),
    "sending": Label(mark("Being sent"), Color.BLUE, "send"),
    "accepted": Label(mark("Sent"), Color.BLUE, "check"),
    "sent": Label(mark("Sent"), Color.BLUE, "check"),
    "delivered": Label(mark("Delivered"), Color.GREEN, "check-check"),
    "read": Label(mark("Read"), Color.GREEN, "check-check"),
    "played": Label(mark("Played"), Color.GREEN, "check-check"),
    "replied": Label(mark("Replied"), Color.PURPLE, "reply"),
    "failed": Label(mark("Not delivered"), Color.RED, "circle-alert"),
    "uncertain": Label(mark("Being checked"), Color.YELLOW, "circle-question-mark"),
    "unconfirmed": Label(mark("Unconfirmed"), Color.ORANGE, "circle-question-mark"),
    "suppressed": Label(mark("Opted out"), icon="ban"),
    "skipped": Label(mark("Left out"), icon="ban"),
    "cancelled": Label(mark("Cancelled"), icon="ban"),
}

#: Meta's words for the state of a template; there may be new ones any day.
TEMPLATE_STATES: dict[str, Label] = {
    "APPROVED": Label(mark("Approved"), Color.GREEN, "check"),
    "PENDING": Label(mark("Under review"), Color.YELLOW, "clock"),
    "IN_APPEAL": Label(mark("Under review"), Color.YELLOW, "clock"),
    "REJECTED": Label(mark("Rejected"), Color.RED, "circle-alert"),
    "PAUSED": Label(mark("Paused by Meta"), Color.ORANGE, "pause"),
    "DISABLED": Label(mark("Disabled by Meta"), Color.RED, "ban"),
    "FLAGGED": Label(mark("At risk"), Color.ORANGE, "circle-alert"),
    "LIMIT_EXCEEDED": Label(mark("Over the limit"), Color.ORANGE, "circle-alert"),
    "PENDING_DELETION": Label(mark("Being deleted"), icon="clock"),
    "DELETED": Label(mark("Deleted"), icon="ban"),
    "ARCHIVED": Label(mark("Archived"), icon="ban"),
}
TEMPLATE_CATEGORIES: dict[str, Label] = {
    "MARKETING": Label(mark("Marketing")),
    "UTILITY": Label(mark("Utility")),
    "AUTHENTICATION": Label(mark("Authentication")),
}


def vendor_label(words: dict[str, Label], said: str) -> Label:
    """The label of a vendor's own word; one nobody here knows is shown as it is."""
    return words.get(said) or Label(said)


def label(value: StrEnum) -> Label:
    return LABELS[type(value)][value]


def text(value: StrEnum) -> str:
    """What a person reads for this value."""
    return t(label(value).message)


def named(value: StrEnum, name: str) -> str:
    """What something is and what its owner calls it, said once where both are the same word."""
    kind = text(value)
    return kind if name.casefold() == kind.casefold() else f"{kind} · {name}"
