"""Messages sent to many people at a safe pace."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import Float, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Json, Moment, Owned, Timestamped, reference
from engine.models.contact import IdentityKind


class CampaignState(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    #: Started: recipients are being written down.
    QUEUED = "queued"
    SENDING = "sending"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RecipientState(StrEnum):
    """A recipient's place in its campaign. What became of a dispatched one is in its attempt."""

    PENDING = "pending"
    DISPATCHED = "dispatched"
    #: The vendor refused for good, or reported failure later.
    FAILED = "failed"
    #: Opted out before the message left.
    SUPPRESSED = "suppressed"
    #: Left out by the pre-flight: no address, a duplicate, …
    SKIPPED = "skipped"
    #: In doubt for good: a person may look and decide.
    UNCONFIRMED = "unconfirmed"
    CANCELLED = "cancelled"


class Misfire(StrEnum):
    """What to do with a start that was missed by more than 15 minutes."""

    ASK = "ask"
    RUN = "run"
    SKIP = "skip"


class RunDecision(StrEnum):
    RUN = "run"
    ASKED = "asked"
    SKIPPED = "skipped"


class Campaign(Owned, Timestamped, Base):
    __tablename__ = "campaign"
    __table_args__ = (
        reference("channel_id", "channel"),
        Index(None, "company_id", "created_at"),
        Index(
            "ix_campaign_active",
            "state",
            postgresql_where=text("state IN ('scheduled', 'queued', 'sending')"),
        ),
    )

    channel_id: Mapped[UUID]
    name: Mapped[str]
    state: Mapped[CampaignState] = mapped_column(default=CampaignState.DRAFT)
    #: ``{"type": "text"|"template", …}``; see ``engine.campaigns.content``.
    content: Mapped[Json]
    #: ``{"tags": […], "segment_id": …, "contact_ids": […], "everyone": bool}``
    audience: Mapped[Json]
    #: Messages per second, never above the channel's own rate; None means the channel's.
    pace: Mapped[float | None] = mapped_column(Float)
    #: Wall time at which to start, in ``timezone``; the ledger of runs makes it fire once.
    scheduled_local: Mapped[str | None]
    timezone: Mapped[str] = mapped_column(server_default="America/Sao_Paulo")
    due_at: Mapped[Moment | None]
    misfire: Mapped[Misfire] = mapped_column(default=Misfire.ASK)
    #: Local times "HH:MM" between which nothing is sent; may cross midnight.
    quiet_from: Mapped[str | None]
    quiet_until: Mapped[str | None]
    #: A plain sentence on why it stands still.
    stop_reason: Mapped[str | None]
    planned: Mapped[int] = mapped_column(server_default="0")
    created_by: Mapped[UUID | None]
    started_at: Mapped[Moment | None]
    finished_at: Mapped[Moment | None]
    #: Everything it sent stands in the timelines, and nothing more can come.
    filed_at: Mapped[Moment | None]


class Recipient(Owned, Base):
    """One person in one campaign, with the text frozen at the start."""

    __tablename__ = "campaign_recipient"
    __table_args__ = (
        reference("campaign_id", "campaign"),
        UniqueConstraint("company_id", "campaign_id", "match_key"),
        Index(
            "ix_recipient_pending",
            "company_id",
            "campaign_id",
            "id",
            postgresql_where=text("state = 'pending'"),
        ),
        Index(None, "company_id", "campaign_id", "id"),
        # What was ever sent to somebody: for timelines, and for who asks why we wrote.
        Index(None, "company_id", "contact_id"),
        {"postgresql_with": {"fillfactor": "85"}},
    )

    campaign_id: Mapped[UUID]
    #: Kept without a foreign key: the ledger outlives an erased contact.
    contact_id: Mapped[UUID | None]
    address_kind: Mapped[IdentityKind]
    address: Mapped[str]
    #: The address in the form in which its variants are equal, or the contact's id when there is no address.
    match_key: Mapped[str]
    body: Mapped[str] = mapped_column(server_default="")
    params: Mapped[list[str] | None] = mapped_column(JSONB)
    timezone: Mapped[str | None]
    state: Mapped[RecipientState] = mapped_column(server_default="pending")
    reason: Mapped[str | None]
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    due_at: Mapped[Moment | None]


class CampaignRun(Owned, Timestamped, Base):
    """One slot of a schedule, taken once: what makes a scheduled start fire a single time (promise P6)."""

    __tablename__ = "campaign_run"
    __table_args__ = (
        reference("campaign_id", "campaign"),
        UniqueConstraint("company_id", "campaign_id", "local_slot"),
    )

    campaign_id: Mapped[UUID]
    local_slot: Mapped[str]
    decision: Mapped[RunDecision]
