"""WhatsApp's linked devices on the wire: linking a number, and where its link stands."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from embedded_server.contract.base import Input, Output


class LinkEngineName(StrEnum):
    """Which library holds the number."""

    WHATSMEOW = "whatsmeow"
    BAILEYS = "baileys"


class LinkStateName(StrEnum):
    STARTING = "starting"
    #: A code waits to be scanned or typed.
    WAITING = "waiting"
    SCANNED = "scanned"
    #: Every code ran out unused.
    EXPIRED = "expired"
    CONNECTING = "connecting"
    OPEN = "open"
    BACKOFF = "backoff"
    #: WhatsApp was opened by another program with this link.
    REPLACED = "replaced"
    LOGGED_OUT = "logged_out"
    BANNED = "banned"
    OUTDATED = "outdated"
    #: The account asks for its owner's passkey, which only WhatsApp's own apps can give.
    PASSKEY = "passkey"
    FAILED = "failed"


class LinkWishName(StrEnum):
    """What a person wants of a link; whoever holds the number follows in a moment."""

    RUN = "run"
    LOG_OUT = "log_out"
    CANCEL = "cancel"


class LinkIn(Input):
    """Link a number: by QR code, or by a code that is typed on ``phone`` (E.164)."""

    engine: LinkEngineName = LinkEngineName.WHATSMEOW
    phone: Annotated[str, Field(pattern=r"^\+\d{7,15}$")] | None = Field(None, repr=False)
    #: The built-in stand-in plays WhatsApp and its phone.
    simulated: bool = False


class LinkScanIn(Input):
    """Scan the code of a simulated linking with a pretend phone, or type it there."""

    #: The pretend phone's account asks for its owner's passkey instead of linking.
    passkey: bool = False


class LinkOut(Output):
    id: UUID
    #: None until the phone has scanned the code.
    channel_id: UUID | None
    engine: LinkEngineName
    simulated: bool
    state: LinkStateName
    wish: LinkWishName = LinkWishName.RUN
    #: Why, where there is a reason: WhatsApp's number, and until when.
    code_of_state: str | None
    until: datetime | None
    phone: str | None = Field(repr=False)
    #: What the QR code holds, or the eight characters to type; for those who may link, while it is valid.
    code: str | None = Field(repr=False)
    code_expires_at: datetime | None
    #: The number's own WhatsApp address, once it is linked.
    jid: str | None
    #: Messages to people who never wrote are refused by WhatsApp until then.
    restricted_until: datetime | None
    #: People it never met whom the number has written to today, and how many that may be in a day; its room
    #: is there again at ``firsts_until``. None while it is not linked.
    firsts_used: int | None = None
    firsts_most: int | None = None
    firsts_until: datetime | None = None
    #: How much of the old messages has come over, in percent; None when nothing of it was told.
    history_percent: int | None
    opened_at: datetime | None
    changed_at: datetime
    ended_at: datetime | None
    created_at: datetime


class LinkList(Output):
    """Everyone that is not over, and the last of those that are; the newest first."""

    items: list[LinkOut]
