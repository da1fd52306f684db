"""The ledger of everything that was ever sent, or may have been."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Moment, Owned, reference
from engine.models.contact import IdentityKind


class AttemptState(StrEnum):
    """What is known of one send. The first three are live: no second send may exist beside them."""

    #: The intent is committed; the call may be under way.
    DISPATCHING = "dispatching"
    #: The call may or may not have been taken. Only evidence or a person moves it on.
    UNCERTAIN = "uncertain"
    ACCEPTED = "accepted"
    #: The vendor accepted and later reported failure.
    FAILED = "failed"
    #: The vendor refused.
    REJECTED = "rejected"
    #: Nothing left this machine.
    NOT_SENT = "not_sent"
    #: A person decided that an uncertain send may go again.
    RELEASED = "released"


LIVE_STATES = (AttemptState.DISPATCHING, AttemptState.UNCERTAIN, AttemptState.ACCEPTED)
_LIVE = "state IN ('dispatching', 'uncertain', 'accepted')"


class Receipt(StrEnum):
    """How far an accepted message came. Only ever moves down this list."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"


class Attempt(Owned, Base):
    """One send: the intent, committed before the call, and what became of it (reliability 2.4).

    The id is the token planted at the vendor, so a status that arrives before the answer finds its row.
    Receipts change a column no index knows, which keeps three of four updates of a message off the indexes.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        reference("channel_id", "channel"),
        reference("recipient_id", "campaign_recipient"),
        reference("message_id", "message"),
        # Promise P1 stands on these two: one live send per recipient and per message.
        Index(
            "uq_attempt_live_recipient",
            "company_id",
            "recipient_id",
            unique=True,
            postgresql_where=text(f"recipient_id IS NOT NULL AND {_LIVE}"),
        ),
        Index(
            "uq_attempt_live_message",
            "company_id",
            "message_id",
            unique=True,
            postgresql_where=text(f"message_id IS NOT NULL AND {_LIVE}"),
        ),
        Index(
            "ix_attempt_open",
            "company_id",
            "campaign_id",
            "id",
            postgresql_where=text("state IN ('dispatching', 'uncertain')"),
        ),
        Index(
            "ix_attempt_provider_id",
            "company_id",
            "provider_message_id",
            postgresql_where=text("provider_message_id IS NOT NULL"),
        ),
        Index(
            "ix_attempt_campaign",
            "company_id",
            "campaign_id",
            "id",
            postgresql_where=text("campaign_id IS NOT NULL"),
        ),
        Index("ix_attempt_first", "company_id", "channel_id", "id", postgresql_where=text("is_first")),
        # Half of each page is left for the row's later lives: with a quarter, two receipts in three found no
        # room, moved to another page and wrote every index again.
        {"postgresql_with": {"fillfactor": "50"}},
    )

    channel_id: Mapped[UUID]
    campaign_id: Mapped[UUID | None]
    recipient_id: Mapped[UUID | None]
    message_id: Mapped[UUID | None]
    address_kind: Mapped[IdentityKind]
    address: Mapped[str]
    state: Mapped[AttemptState] = mapped_column(server_default="dispatching")
    receipt: Mapped[Receipt | None]
    #: Epoch of the lease under which the call was made.
    epoch: Mapped[int] = mapped_column(BigInteger)
    dispatched_at: Mapped[Moment] = mapped_column(server_default=func.clock_timestamp())
    resolved_at: Mapped[Moment | None]
    receipt_at: Mapped[Moment | None]
    provider_message_id: Mapped[str | None]
    wa_id: Mapped[str | None]
    code: Mapped[str | None]
    reason: Mapped[str | None]
    #: Look-ups at the vendor that answered and found nothing (Twilio: two of them free the recipient).
    absent_checks: Mapped[int] = mapped_column(server_default="0")
    checked_at: Mapped[Moment | None]
    #: Of a linked number, whose day has room for few: this person and it had never written to each other.
    is_first: Mapped[bool | None]
