"""Channels on the wire. Secrets go in and never come out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, SecretStr

from embedded_server.contract.base import Input, Line, Output

Rate = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
Secrets = Annotated[
    dict[Annotated[str, Field(max_length=40)], Annotated[SecretStr, Field(max_length=2000)]],
    Field(max_length=10),
]


class ChannelKindName(StrEnum):
    WHATSAPP = "whatsapp"
    SMS = "sms"
    VOICE = "voice"


class ProviderName(StrEnum):
    META = "meta"
    TWILIO = "twilio"
    #: WhatsApp by linked device; such a channel is made by linking its number.
    LINKED = "linked"


class ChannelModeName(StrEnum):
    LIVE = "live"
    SIMULATOR = "simulator"


class ChannelStateName(StrEnum):
    ACTIVE = "active"
    STOPPED = "stopped"
    DISABLED = "disabled"


class Price(Input):
    """What one message costs, for estimates before a campaign."""

    amount: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class ChannelSettings(Input):
    price: Price | None = None


class ChannelIn(Input):
    """A number to write from.

    ``sender`` is Meta's phone number id, or Twilio's number (``+…``) or messaging service (``MG…``).
    ``account`` is Meta's WhatsApp business account id, or Twilio's ``AC…``.
    Secrets of Meta: ``access_token``, ``app_secret`` and maybe ``app_id``, ``verify_token``; of Twilio:
    ``auth_token`` and maybe ``api_key_sid``, ``api_key_secret``.
    In simulator mode none is needed.
    """

    kind: ChannelKindName
    provider: ProviderName
    mode: ChannelModeName = ChannelModeName.LIVE
    name: Line
    sender: Annotated[str, Field(min_length=1, max_length=64)]
    account: Annotated[str, Field(min_length=1, max_length=64)]
    secrets: Secrets = Field(default_factory=dict)
    #: Messages a second; None means what the vendor gives a fresh number.
    rate: Rate | None = None
    settings: ChannelSettings = ChannelSettings()


class ChannelChange(Input):
    """What is left out stays as it is; a secret that is given replaces the old one."""

    name: Line | None = None
    rate: Rate | None = None
    settings: ChannelSettings | None = None
    secrets: Secrets | None = None


class InspectionOut(Output):
    """What the vendor said when it was asked about a number; ``problems`` is empty when all was well.

    ``problems`` are stable words: ``unreachable``, ``token_invalid``, ``token_expires_soon``,
    ``app_refused``, ``api_key_invalid``, ``permission_missing``, ``number_unusable``, ``number_missing``,
    ``account_unusable``, ``webhook_missing``, ``refused``. ``reason`` and ``code`` are the vendor's own.
    ``webhook`` says where it reports to: ``here``, ``elsewhere``, ``app`` (where its app says), ``nowhere``.
    """

    problems: list[str] = Field(default_factory=list)
    reason: str | None = None
    code: str | None = None
    display: str | None = None
    verified_name: str | None = None
    name_status: str | None = None
    quality: str | None = None
    status: str | None = None
    throughput: str | None = None
    messaging_limit: str | None = None
    webhook: str | None = None
    balance: float | None = None
    currency: str | None = None
    expires_at: datetime | None = None
    #: None for a number that is no channel yet.
    checked_at: datetime | None = None


class ChannelOut(Output):
    id: UUID
    kind: ChannelKindName
    provider: ProviderName
    mode: ChannelModeName
    name: str
    sender: str
    account: str
    #: The number people see, as the vendor displays it.
    display: str
    state: ChannelStateName
    stop_reason: str | None
    rate: float
    #: Messages a second the vendor allows such a number at most.
    rate_limit: float
    #: What the vendor said at the last test, an :class:`InspectionOut`, and what it reported by itself since.
    health: dict[str, Any]
    settings: dict[str, Any]
    #: The last characters of kept secrets by name, so that a person knows which one is kept.
    hints: dict[str, str]
    token_expires_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ChannelWebhookOut(Output):
    """What to enter at the vendor so that it reports to us."""

    url: str
    verify_token: str | None
