"""People the company talks to, under every address they use, and what they allowed."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Json, Moment, Owned, Timestamped, owned_by_company, reference


class ChannelKind(StrEnum):
    """What a person experiences; a provider carries it."""

    WHATSAPP = "whatsapp"
    SMS = "sms"
    VOICE = "voice"


class IdentityKind(StrEnum):
    PHONE = "phone"
    WA_ID = "wa_id"
    BSUID = "bsuid"
    LID = "lid"
    USERNAME = "username"
    #: A WhatsApp group, which is a contact among others: it has a name, a timeline and an address.
    GROUP = "group"


class ImportState(StrEnum):
    UPLOADED = "uploaded"
    CHECKING = "checking"
    CHECKED = "checked"
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Contact(Owned, Timestamped, Base):
    """A person, or a WhatsApp group. Nothing here requires a phone: see :class:`ContactIdentity`."""

    __tablename__ = "contact"
    __table_args__ = (owned_by_company(),)

    name: Mapped[str] = mapped_column(server_default="")
    #: Name without marks and in lower case: what search compares with.
    name_folded: Mapped[str] = mapped_column(server_default="")
    email: Mapped[str | None]
    custom: Mapped[Json] = mapped_column(server_default="{}")
    #: A vault cell.
    notes: Mapped[bytes | None] = mapped_column(LargeBinary)
    source: Mapped[str] = mapped_column(server_default="manual")
    updated_at: Mapped[Moment] = mapped_column(server_default=func.now())
    archived_at: Mapped[Moment | None]
    #: What WhatsApp calls a group; None for people. The name follows it while nobody gave another one.
    subject: Mapped[str | None]
    #: Notes of those who became one with this contact: vault cells, in hex, by the id each is sealed for.
    taken_notes: Mapped[Json] = mapped_column(server_default="{}")


class ContactIdentity(Owned, Timestamped, Base):
    """One address of a contact, verbatim, and the key under which its variants are the same address."""

    __tablename__ = "contact_identity"
    __table_args__ = (
        reference("contact_id", "contact"),
        UniqueConstraint("company_id", "kind", "match_key"),
        Index(None, "company_id", "contact_id"),
    )

    contact_id: Mapped[UUID]
    kind: Mapped[IdentityKind]
    value: Mapped[str]
    match_key: Mapped[str]


class Tag(Owned, Timestamped, Base):
    __tablename__ = "tag"
    __table_args__ = (owned_by_company(), UniqueConstraint("company_id", "name"))

    name: Mapped[str]
    color: Mapped[str | None]


class ContactTag(Base):
    __tablename__ = "contact_tag"
    __table_args__ = (
        reference("contact_id", "contact"),
        reference("tag_id", "tag"),
        Index(None, "company_id", "tag_id", "contact_id"),
    )

    company_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(primary_key=True)


class Segment(Owned, Timestamped, Base):
    """A saved filter over contacts."""

    __tablename__ = "segment"
    __table_args__ = (owned_by_company(), UniqueConstraint("company_id", "name"))

    name: Mapped[str]
    filter: Mapped[Json]


class Consent(Owned, Timestamped, Base):
    """Evidence that a contact agreed or refused; rows are only ever added."""

    __tablename__ = "consent"
    __table_args__ = (
        reference("contact_id", "contact"),
        Index(None, "company_id", "contact_id"),
    )

    contact_id: Mapped[UUID]
    channel_kind: Mapped[ChannelKind]
    category: Mapped[str] = mapped_column(server_default="marketing")
    granted: Mapped[bool]
    method: Mapped[str]
    evidence: Mapped[Json] = mapped_column(server_default="{}")


class OptOut(Owned, Timestamped, Base):
    """An address that must not be written to. Keyed by match key, so that no re-import revives it."""

    __tablename__ = "opt_out"
    __table_args__ = (
        owned_by_company(),
        reference("contact_id", "contact", ondelete="SET NULL"),
        UniqueConstraint("company_id", "channel_kind", "match_key"),
    )

    channel_kind: Mapped[ChannelKind]
    match_key: Mapped[str]
    contact_id: Mapped[UUID | None]
    reason: Mapped[str]
    evidence: Mapped[Json] = mapped_column(server_default="{}")
    revoked_at: Mapped[Moment | None]


class ImportJob(Owned, Timestamped, Base):
    """One file of contacts on its way in. Progress is written in the transaction of each chunk."""

    __tablename__ = "import_job"
    __table_args__ = (owned_by_company(), CheckConstraint("position >= 0", name="position"))

    file_name: Mapped[str]
    file_path: Mapped[str]
    state: Mapped[ImportState] = mapped_column(default=ImportState.UPLOADED)
    mapping: Mapped[Json] = mapped_column(server_default="{}")
    options: Mapped[Json] = mapped_column(server_default="{}")
    total_bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    rows_read: Mapped[int] = mapped_column(server_default="0")
    rows_created: Mapped[int] = mapped_column(server_default="0")
    rows_updated: Mapped[int] = mapped_column(server_default="0")
    rows_duplicate: Mapped[int] = mapped_column(server_default="0")
    rows_invalid: Mapped[int] = mapped_column(server_default="0")
    position: Mapped[int] = mapped_column(BigInteger, server_default="0")
    error: Mapped[str | None]
    created_by: Mapped[UUID | None]
    finished_at: Mapped[Moment | None]


class ImportProblem(Owned, Base):
    """One row of a file that cannot become a contact, and why."""

    __tablename__ = "import_problem"
    __table_args__ = (
        reference("job_id", "import_job"),
        Index(None, "company_id", "job_id", "line"),
    )

    job_id: Mapped[UUID]
    line: Mapped[int] = mapped_column(Integer)
    code: Mapped[str]
    message: Mapped[str]
    excerpt: Mapped[str] = mapped_column(server_default=text("''"))
