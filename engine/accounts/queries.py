"""All SQL about companies, people, devices and the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, insert, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.accounts.rules import Principal
from engine.ids import new_id
from engine.models import (
    AuditEntry,
    Company,
    CompanyKey,
    Device,
    Installation,
    Membership,
    MembershipState,
    PairingRequest,
    PairingState,
    PairingWindow,
    Person,
    Role,
)


@dataclass(frozen=True, slots=True)
class Member:
    """A person as one company sees them. ``id`` is the person's."""

    id: UUID
    email: str = field(repr=False)
    name: str
    role: Role
    state: MembershipState
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Login:
    """A person looked up across companies, before anybody knows which company it will be."""

    person_id: UUID
    password_hash: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Approval:
    """For whom a device was let in, with the role that person has now."""

    company_id: UUID
    person_id: UUID
    role: Role


@dataclass(frozen=True, slots=True)
class CompanyChoice:
    """A company a person may act for."""

    id: UUID
    role: Role
    name: str


async def lock_installation(session: AsyncSession) -> Installation:
    """The machine's single row, made if need be, held until the transaction ends."""
    await session.execute(
        text("INSERT INTO installation (incarnation) VALUES (:id) ON CONFLICT DO NOTHING"), {"id": new_id()}
    )
    return (await session.scalars(select(Installation).with_for_update())).one()


async def owner_exists(session: AsyncSession) -> bool:
    return bool(await session.scalar(text("SELECT owner_exists()")))


async def login_person(session: AsyncSession, email: str) -> Login | None:
    found = (
        await session.execute(text("SELECT * FROM login_person(:email)"), {"email": email})
    ).one_or_none()
    return Login(found.person_id, found.password_hash) if found else None


async def login_companies(session: AsyncSession, person_id: UUID) -> tuple[CompanyChoice, ...]:
    """Every company the person is active in, the one joined first in front."""
    rows = await session.execute(text("SELECT * FROM login_companies(:who)"), {"who": person_id})
    return tuple(CompanyChoice(row.company_id, Role(row.role), row.name) for row in rows)


async def device_by_token(session: AsyncSession, hashed: bytes) -> Principal | None:
    """While the device is signed in and the membership is active."""
    found = await session.execute(text("SELECT * FROM device_by_token(:hash)"), {"hash": hashed})
    row = found.one_or_none()
    return Principal(row.company_id, row.person_id, row.device_id, Role(row.role)) if row else None


async def living_tokens(session: AsyncSession, hashes: Sequence[bytes]) -> set[bytes]:
    """Which of these tokens still open a door."""
    found = await session.scalars(
        text(
            "SELECT h FROM unnest(CAST(:hashes AS bytea[])) h WHERE EXISTS (SELECT FROM device_by_token(h))"
        ),
        {"hashes": list(hashes)},
    )
    return {bytes(h) for h in found}


async def add_company(session: AsyncSession, company_id: UUID, *, name: str, wrapped_key: bytes) -> None:
    # Without RETURNING: a row is readable only once the company's membership stands.
    await session.execute(insert(Company).values(id=company_id, name=name))
    await session.execute(insert(CompanyKey).values(company_id=company_id, kid=1, wrapped=wrapped_key))


async def add_person(session: AsyncSession, *, email: str, name: str, password_hash: str | None) -> UUID:
    person_id = new_id()
    await session.execute(
        insert(Person).values(id=person_id, email=email, name=name, password_hash=password_hash)
    )
    return person_id


async def set_password(session: AsyncSession, person_id: UUID, password_hash: str) -> None:
    await session.execute(update(Person).where(Person.id == person_id).values(password_hash=password_hash))


async def password_of(session: AsyncSession, person_id: UUID) -> str | None:
    return await session.scalar(select(Person.password_hash).where(Person.id == person_id))


async def company(session: AsyncSession, company_id: UUID) -> Company:
    return await session.get_one(Company, company_id)


async def members(session: AsyncSession, *, after: UUID | None, limit: int) -> list[Member]:
    statement = _members().order_by(Membership.person_id).limit(limit)
    if after is not None:
        statement = statement.where(Membership.person_id > after)
    return [Member(*row) for row in await session.execute(statement)]


async def member(session: AsyncSession, person_id: UUID) -> Member | None:
    row = (await session.execute(_members().where(Membership.person_id == person_id))).one_or_none()
    return Member(*row) if row else None


async def lock_membership(session: AsyncSession, person_id: UUID) -> Membership | None:
    return await session.scalar(select(Membership).where(Membership.person_id == person_id).with_for_update())


async def lock_owners(session: AsyncSession) -> int:
    """How many active owners the company has; two that step down at once take turns."""
    owners = select(Membership.id).where(
        Membership.role == Role.OWNER, Membership.state == MembershipState.ACTIVE
    )
    return len((await session.scalars(owners.order_by(Membership.id).with_for_update())).all())


async def devices(session: AsyncSession, person_id: UUID) -> Sequence[Device]:
    """Signed-in devices, the latest first."""
    alive = (Device.person_id == person_id, Device.revoked_at.is_(None), Device.expires_at > func.now())
    return (await session.scalars(select(Device).where(*alive).order_by(Device.id.desc()))).all()


async def revoke_devices(
    session: AsyncSession, person_id: UUID, *, only: UUID | None = None, but: UUID | None = None
) -> int:
    """End sessions of a person in this company: one, all but one, or all. Returns how many ended."""
    statement = update(Device).where(Device.person_id == person_id, Device.revoked_at.is_(None))
    if only is not None:
        statement = statement.where(Device.id == only)
    if but is not None:
        statement = statement.where(Device.id != but)
    ended = await session.scalars(statement.values(revoked_at=func.now()).returning(Device.id))
    return len(ended.all())


async def note_device(session: AsyncSession, device_id: UUID, expires_at: datetime) -> None:
    seen = update(Device).where(Device.id == device_id, Device.revoked_at.is_(None))
    await session.execute(seen.values(last_seen_at=func.now(), expires_at=expires_at))


async def is_pairing_open(session: AsyncSession) -> bool:
    """Whether anybody on this machine expects a device."""
    return bool(await session.scalar(text("SELECT pairing_is_open()")))


async def waiting_devices(session: AsyncSession) -> Sequence[PairingRequest]:
    """Devices of which nobody has decided yet."""
    alive = (PairingRequest.state == PairingState.WAITING, PairingRequest.expires_at > func.now())
    return (await session.scalars(select(PairingRequest).where(*alive))).all()


async def lock_pairing_request(session: AsyncSession, request_id: UUID) -> PairingRequest | None:
    """Whatever became of it; who asks second sees what the first one made of it."""
    return await session.scalar(
        select(PairingRequest).where(PairingRequest.id == request_id).with_for_update()
    )


async def lock_pairing_window(session: AsyncSession, person_id: UUID) -> PairingWindow | None:
    """The person's open window."""
    is_open = (
        PairingWindow.person_id == person_id,
        PairingWindow.approved_at.is_(None),
        PairingWindow.closed_at.is_(None),
        PairingWindow.expires_at > func.now(),
    )
    newest = select(PairingWindow).where(*is_open).order_by(PairingWindow.id.desc()).limit(1)
    return await session.scalar(newest.with_for_update())


async def close_pairing_windows(session: AsyncSession, person_id: UUID) -> None:
    own = (PairingWindow.person_id == person_id, PairingWindow.closed_at.is_(None))
    await session.execute(update(PairingWindow).where(*own).values(closed_at=func.now()))


async def pairing_approval(session: AsyncSession, request_id: UUID) -> Approval | None:
    """Who vouched for the device a moment ago, while they are active themselves."""
    found = await session.execute(text("SELECT * FROM pairing_approval(:request)"), {"request": request_id})
    row = found.one_or_none()
    return Approval(row.company_id, row.person_id, Role(row.role)) if row else None


async def audit_entries(
    session: AsyncSession, *, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[AuditEntry]:
    """Newest first."""
    key = tuple_(AuditEntry.created_at, AuditEntry.id)
    statement = select(AuditEntry).order_by(AuditEntry.created_at.desc(), AuditEntry.id.desc()).limit(limit)
    if after is not None:
        statement = statement.where(key < after)
    return (await session.scalars(statement)).all()


def _members() -> Select[UUID, str, str, Role, MembershipState, datetime]:
    return select(
        Person.id, Person.email, Person.name, Membership.role, Membership.state, Membership.created_at
    ).join(Membership, Membership.person_id == Person.id)
