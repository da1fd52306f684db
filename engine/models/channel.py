"""Numbers the company writes from, the templates they may use, and what vendors report about them."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import Float, Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Json, Moment, Owned, Timestamped, owned_by_company, reference
from engine.models.contact import ChannelKind


class Provider(StrEnum):
    META = "meta"
    TWILIO = "twilio"
    #: WhatsApp by linked device; ``sender`` is the number with ``+``, ``account`` its WhatsApp address.
    LINKED = "linked"


class ChannelMode(StrEnum):
    LIVE = "live"
    #: The vendor's part is played by the built-in simulator.
    SIMULATOR = "simulator"


class ChannelState(StrEnum):
    ACTIVE = "active"
    #: Something must be put right first (token, payment, quality); ``stop_reason`` says what.
    STOPPED = "stopped"
    DISABLED = "disabled"


class Track(StrEnum):
    """Events of one company wait in two queues, each in its order: receipts wait for no message."""

    RECEIPTS = "receipts"
    MESSAGES = "messages"


class WebhookState(StrEnum):
    """Where an event stands, as a person asks for it."""

    PENDING = "pending"
    DONE = "done"
    QUARANTINED = "quarantined"


class Channel(Owned, Timestamped, Base):
    """One number or sender at one vendor.

    ``sender`` and ``account`` are the vendor's ids as in :class:`engine.providers.port.Account`; ``secrets``
    is a vault cell holding a JSON object.
    """

    __tablename__ = "channel"
    __table_args__ = (owned_by_company(), UniqueConstraint("company_id", "provider", "sender"))

    kind: Mapped[ChannelKind]
    provider: Mapped[Provider]
    mode: Mapped[ChannelMode] = mapped_column(default=ChannelMode.LIVE)
    name: Mapped[str]
    sender: Mapped[str]
    account: Mapped[str]
    #: The number people see, as the vendor displays it.
    display: Mapped[str] = mapped_column(server_default="")
    secrets: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[ChannelState] = mapped_column(default=ChannelState.ACTIVE)
    stop_reason: Mapped[str | None]
    #: Messages per second this number may send.
    rate: Mapped[float] = mapped_column(Float, server_default=text("1"))
    health: Mapped[Json] = mapped_column(server_default="{}")
    #: ``{"price": {"amount": 0.06, "currency": "USD"}}`` and other choices of the company.
    settings: Mapped[Json] = mapped_column(server_default="{}")
    token_expires_at: Mapped[Moment | None]
    updated_at: Mapped[Moment] = mapped_column(server_default=func.now())


class MessageTemplate(Owned, Timestamped, Base):
    """A template as the vendor last reported it."""

    __tablename__ = "message_template"
    __table_args__ = (
        reference("channel_id", "channel"),
        UniqueConstraint("company_id", "channel_id", "name", "language"),
    )

    channel_id: Mapped[UUID]
    provider_template_id: Mapped[str]
    name: Mapped[str]
    language: Mapped[str]
    category: Mapped[str]
    status: Mapped[str]
    components: Mapped[Json]
    synced_at: Mapped[Moment] = mapped_column(server_default=func.now())


class WebhookEvent(Owned, Base):
    """One fact a vendor told us, stored before it was acknowledged (reliability 2.5).

    Written once: what still has to be done with it is a row of :class:`WebhookPending`. Only an event that
    was put aside is changed, and then has the reason.
    """

    __tablename__ = "webhook_event"
    __table_args__ = (
        reference("channel_id", "channel"),
        UniqueConstraint("company_id", "channel_id", "dedupe_key"),
        Index(
            "ix_webhook_event_quarantined",
            "company_id",
            "id",
            postgresql_where=text("quarantined_at IS NOT NULL"),
        ),
    )

    channel_id: Mapped[UUID]
    source: Mapped[str]
    kind: Mapped[str]
    dedupe_key: Mapped[str]
    #: A vault cell.
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[Moment] = mapped_column(server_default=func.now())
    quarantined_at: Mapped[Moment | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    error: Mapped[str | None]


class WebhookPending(Owned, Base):
    """An event that has not taken effect yet. It has the event's id and goes in the effect's transaction.

    A table of its own because marking a wide row as done would write it, and all its indexes, a second time.
    """

    __tablename__ = "webhook_pending"
    __table_args__ = (reference("id", "webhook_event"),)

    track: Mapped[Track]
    attempts: Mapped[int] = mapped_column(server_default="0")
    #: Not before then; None means now.
    next_at: Mapped[Moment | None]
    error: Mapped[str | None]
