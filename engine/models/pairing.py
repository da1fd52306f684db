"""A new device that asks to come in, and the moment in which somebody expects one."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Identified, Moment, Owned, Timestamped, owned_by_company


class PairingState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    #: The device has its token; the request is of no use any more.
    COLLECTED = "collected"


class PairingRequest(Identified, Timestamped, Base):
    """A stranger's device. It belongs to no company until somebody's window names it."""

    __tablename__ = "pairing_request"
    __table_args__ = (Index(None, "expires_at"),)

    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    #: Chosen by us after the device committed itself to its key.
    challenge: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str]
    address: Mapped[str]
    state: Mapped[PairingState] = mapped_column(default=PairingState.WAITING)
    expires_at: Mapped[Moment]


class PairingWindow(Owned, Timestamped, Base):
    """A person expects a device of their own. It ends with time, wrong codes, an answer or a newer one."""

    __tablename__ = "pairing_window"
    __table_args__ = (owned_by_company(), Index(None, "company_id", "person_id"), Index(None, "request_id"))

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    expires_at: Mapped[Moment]
    wrong: Mapped[int] = mapped_column(server_default=text("0"))
    #: The device whose code was typed.
    request_id: Mapped[UUID | None]
    approved_at: Mapped[Moment | None]
    closed_at: Mapped[Moment | None]
