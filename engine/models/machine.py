"""The machine's own bookkeeping: no company data, so no row-level security."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BigInteger, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Json, Moment, Owned, Timestamped, owned_by_company


class Lease(Base):
    """One holder at a time of one duty; ``epoch`` grows with every new holder and fences the old one."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str] = mapped_column(server_default="")
    epoch: Mapped[int] = mapped_column(BigInteger, server_default="0")
    expires_at: Mapped[Moment] = mapped_column(server_default=text("'-infinity'"))


class Installation(Base):
    """The single row that says which incarnation of the data this is (restores begin a new one)."""

    __tablename__ = "installation"

    singleton: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    incarnation: Mapped[UUID]
    #: SHA-256 of the first-run secret; gone once the first owner exists.
    claim_hash: Mapped[str | None] = mapped_column(Text)


class OutboxEntry(Owned, Timestamped, Base):
    """A fact for connected clients, written in the transaction that made it true.

    ``seq`` is given after the commit by the one sequencer, so that what a client has seen is always a prefix.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        owned_by_company(),
        Index("ix_outbox_unsequenced", "id", postgresql_where=text("seq IS NULL")),
        Index("ix_outbox_seq", "seq"),
        Index(None, "created_at"),
    )

    seq: Mapped[int | None] = mapped_column(BigInteger)
    topic: Mapped[str]
    payload: Mapped[Json]
