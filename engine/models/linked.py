"""Sessions of WhatsApp's linked devices, and what an engine keeps of them."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, func, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Json, Moment, Owned, Timestamped, owned_by_company, reference


class SessionWish(StrEnum):
    """What a person wants of a session; the process that holds it follows."""

    RUN = "run"
    #: Tell WhatsApp that this device is no longer linked, then stop.
    LOG_OUT = "log_out"
    #: Give up linking before it came about.
    CANCEL = "cancel"


class LinkedSession(Owned, Timestamped, Base):
    """One linking of a number, from the first code until it is logged out. The channel outlives it.

    ``state`` is a :class:`engine.providers.linked.protocol.Phase` or a word of :mod:`engine.linked.rules`.
    """

    __tablename__ = "linked_session"
    __table_args__ = (
        owned_by_company(),
        reference("channel_id", "channel"),
        Index(
            "uq_linked_session_live",
            "company_id",
            "channel_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND channel_id IS NOT NULL"),
        ),
    )

    #: Known once the phone has scanned the code.
    channel_id: Mapped[UUID | None]
    engine: Mapped[str]
    #: The built-in stand-in plays WhatsApp.
    simulated: Mapped[bool] = mapped_column(server_default="false")
    wish: Mapped[SessionWish] = mapped_column(server_default="run")
    state: Mapped[str] = mapped_column(server_default="starting")
    #: ``{"code": "403", "until": …}`` and what else explains the state.
    detail: Mapped[Json] = mapped_column(server_default="{}")
    #: A vault cell: what the QR code holds, or the eight characters to type.
    code: Mapped[bytes | None] = mapped_column(LargeBinary)
    code_expires_at: Mapped[Moment | None]
    #: E.164 of the phone that types a code; None links by QR.
    phone: Mapped[str | None]
    jid: Mapped[str | None]
    lid: Mapped[str | None]
    #: A vault cell: the key that seals the session's files.
    key: Mapped[bytes] = mapped_column(LargeBinary)
    #: Messages to people who never wrote are refused until then.
    restricted_until: Mapped[Moment | None]
    history_percent: Mapped[int | None]
    opened_at: Mapped[Moment | None]
    changed_at: Mapped[Moment] = mapped_column(server_default=func.now())
    ended_at: Mapped[Moment | None]


class LinkedRecord(Base):
    """One record of a session's keys, sealed by the host that asked to keep it."""

    __tablename__ = "linked_record"
    __table_args__ = (reference("session_id", "linked_session"),)

    company_id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(BigInteger, server_default="1")
