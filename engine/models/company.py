"""Companies, the people in them, their devices, and the record of what they did."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Identified, Json, Moment, Owned, Timestamped, owned_by_company


class Role(StrEnum):
    """What a person may do in one company; see ``engine.accounts.rules`` for the table."""

    OWNER = "owner"
    ADMIN = "admin"
    AGENT = "agent"
    VIEWER = "viewer"


class MembershipState(StrEnum):
    INVITED = "invited"
    ACTIVE = "active"
    SUSPENDED = "suspended"


class Company(Identified, Timestamped, Base):
    """A tenant. Everything else in the database belongs to one, or to the machine."""

    __tablename__ = "company"

    name: Mapped[str]
    timezone: Mapped[str] = mapped_column(server_default="America/Sao_Paulo")
    region: Mapped[str] = mapped_column(server_default="BR")
    settings: Mapped[Json] = mapped_column(server_default="{}")


class CompanyKey(Base):
    """One data key of a company, wrapped by the appliance's master key. The highest ``kid`` writes."""

    __tablename__ = "company_key"
    __table_args__ = (owned_by_company(),)

    company_id: Mapped[UUID] = mapped_column(primary_key=True)
    kid: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Moment] = mapped_column(server_default=func.now())
    retired_at: Mapped[Moment | None]


class Person(Identified, Timestamped, Base):
    """Somebody who signs in, possibly for several companies. Visible only to companies that list them."""

    __tablename__ = "person"

    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    locale: Mapped[str] = mapped_column(server_default="pt-BR")


class Membership(Owned, Timestamped, Base):
    __tablename__ = "membership"
    __table_args__ = (
        owned_by_company(),
        UniqueConstraint("company_id", "person_id"),
        Index(None, "person_id"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    role: Mapped[Role]
    state: Mapped[MembershipState] = mapped_column(default=MembershipState.ACTIVE)


class Device(Owned, Timestamped, Base):
    """One signed-in device. Only the SHA-256 of its token is kept."""

    __tablename__ = "device"
    __table_args__ = (
        owned_by_company(),
        UniqueConstraint("company_id", "token_hash"),
        Index(None, "token_hash"),
        Index(None, "company_id", "person_id"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[Moment]
    last_seen_at: Mapped[Moment | None]
    revoked_at: Mapped[Moment | None]


class AuditEntry(Owned, Timestamped, Base):
    """Who did what. Ids and names of things, never message text or numbers; rows are only ever added."""

    __tablename__ = "audit_entry"
    __table_args__ = (owned_by_company(), Index(None, "company_id", "created_at"))

    person_id: Mapped[UUID | None]
    device_id: Mapped[UUID | None]
    action: Mapped[str]
    subject: Mapped[str | None]
    details: Mapped[Json] = mapped_column(server_default="{}")


class IdempotencyKey(Base):
    """The answer once given to a write, so that a repeat gets the same answer and no second effect."""

    __tablename__ = "idempotency_key"
    __table_args__ = (owned_by_company(), Index(None, "created_at"))

    company_id: Mapped[UUID] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[Moment] = mapped_column(server_default=func.now())
