"""One timeline per customer over every channel."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Float, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Json, Moment, Owned, Timestamped, reference
from engine.models.contact import IdentityKind


class ConversationState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"
    #: Seen by the team only.
    NOTE = "note"


class MediaState(StrEnum):
    PENDING = "pending"
    STORED = "stored"
    #: Every try failed or the vendor no longer has it; ``error`` says which.
    FAILED = "failed"


class Conversation(Owned, Timestamped, Base):
    """The row an inbox list shows; its counters change together with the messages."""

    __tablename__ = "conversation"
    __table_args__ = (
        reference("contact_id", "contact"),
        UniqueConstraint("company_id", "contact_id"),
        Index("ix_conversation_recent", "company_id", text("last_message_at DESC"), text("id DESC")),
        Index(
            "ix_conversation_unread",
            "company_id",
            text("last_message_at DESC"),
            text("id DESC"),
            postgresql_where=text("unread > 0"),
        ),
    )

    contact_id: Mapped[UUID]
    state: Mapped[ConversationState] = mapped_column(server_default="open")
    assignee_id: Mapped[UUID | None]
    unread: Mapped[int] = mapped_column(server_default="0")
    last_message_at: Mapped[Moment] = mapped_column(server_default=func.now())
    preview: Mapped[str] = mapped_column(server_default="")


class ConversationChannel(Base):
    """Where to answer on one channel, and until when free text is allowed there (providers 6)."""

    __tablename__ = "conversation_channel"
    __table_args__ = (
        reference("conversation_id", "conversation"),
        reference("channel_id", "channel"),
    )

    company_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel_id: Mapped[UUID] = mapped_column(primary_key=True)
    address_kind: Mapped[IdentityKind]
    address: Mapped[str]
    #: From the vendor's timestamp of the last inbound message, not from its arrival.
    window_expires_at: Mapped[Moment | None]


class Message(Owned, Timestamped, Base):
    """One entry of a timeline.

    The id of an inbound message is :func:`engine.ids.natural_id` of its vendor id, so that a second delivery
    meets its own primary key. An outbound message shows the state of its
    :class:`engine.models.delivery.Attempt`.
    """

    __tablename__ = "message"
    __table_args__ = (
        reference("conversation_id", "conversation"),
        reference("channel_id", "channel", ondelete="SET NULL"),
        Index(None, "company_id", "conversation_id", "id"),
        Index(
            "ix_message_due",
            "company_id",
            "channel_id",
            "due_at",
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index(
            "ix_message_provider_id",
            "company_id",
            "provider_message_id",
            postgresql_where=text("provider_message_id IS NOT NULL"),
        ),
    )

    conversation_id: Mapped[UUID]
    channel_id: Mapped[UUID | None]
    direction: Mapped[Direction]
    kind: Mapped[str]
    text: Mapped[str] = mapped_column(server_default="")
    payload: Mapped[Json] = mapped_column(server_default="{}")
    provider_message_id: Mapped[str | None]
    reply_to: Mapped[str | None]
    author_id: Mapped[UUID | None]
    campaign_id: Mapped[UUID | None]
    #: The send whose state this message shows.
    attempt_id: Mapped[UUID | None]
    occurred_at: Mapped[Moment]
    #: When an outbound message still has to leave; empty once its send was begun.
    due_at: Mapped[Moment | None]
    edited_at: Mapped[Moment | None]
    revoked_at: Mapped[Moment | None]


class MediaFile(Owned, Timestamped, Base):
    """A file that belongs to a message, fetched by a retryable job of its own."""

    __tablename__ = "media_file"
    __table_args__ = (
        reference("message_id", "message"),
        reference("channel_id", "channel", ondelete="SET NULL"),
        Index(None, "company_id", "message_id"),
        Index("ix_media_file_pending", "next_at", postgresql_where=text("state = 'pending'")),
    )

    message_id: Mapped[UUID]
    channel_id: Mapped[UUID | None]
    provider_media_id: Mapped[str | None]
    source_url: Mapped[str | None]
    mime: Mapped[str]
    file_name: Mapped[str | None]
    sha256: Mapped[str | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    #: Of a picture, in pixels.
    width: Mapped[int | None]
    height: Mapped[int | None]
    #: Of a recording.
    seconds: Mapped[float | None] = mapped_column(Float)
    state: Mapped[MediaState] = mapped_column(server_default="pending")
    #: Relative to the company's media folder; chosen by us, never taken from outside.
    path: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[Moment] = mapped_column(server_default=func.now())
    error: Mapped[str | None]
