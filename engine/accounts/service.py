"""Companies: the first-run claim, and founding more."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from uuid import UUID
from zoneinfo import available_timezones

from engine.accounts import passwords, queries, rules, sessions
from engine.accounts.auditing import audit
from engine.accounts.rules import Principal
from engine.accounts.sessions import SignedIn
from engine.context import Engine
from engine.db.unit_of_work import UnitOfWork
from engine.errors import EngineError, Kind
from engine.ids import new_id
from engine.models import Company, Membership, Role


class ClaimRefused(EngineError):
    """This is not the secret shown on the console of the machine."""

    kind = Kind.FORBIDDEN


class AlreadyClaimed(EngineError):
    """This installation already has an owner. Sign in instead."""


class TimezoneUnknown(EngineError):
    """This is not a time zone, as "America/Sao_Paulo" is one."""

    kind = Kind.INVALID


@dataclass(frozen=True, slots=True)
class Founder:
    """Who claims an installation, and what the first company is called."""

    company: str
    name: str
    email: str = field(repr=False)
    password: str = field(repr=False)
    device: str


async def ensure_claim_secret(engine: Engine, known: str | None = None) -> str | None:
    """The secret that makes somebody the first owner; None once there is one.

    Only its hash is stored, so whoever calls keeps the text and passes it as ``known`` the next time.
    A secret that got lost is replaced.
    """
    async with engine.machine_work() as uow:
        installation = await queries.lock_installation(uow.session)
        if await queries.owner_exists(uow.session):
            installation.claim_hash = None
            return None
        if known and _matches(installation.claim_hash, known):
            return known
        secret = passwords.new_console_secret()
        installation.claim_hash = passwords.console_secret_hash(secret)
        return secret


async def claim(engine: Engine, secret: str, founder: Founder) -> SignedIn:
    """Make the founder the owner of the first company and sign the device in.

    Raises:
        ClaimRefused: the secret is wrong.
        AlreadyClaimed: somebody was faster.
        PasswordTooWeak: see :func:`passwords.check_strength`.
    """
    # Before the costly hash, so that a stranger cannot ask for it.
    async with engine.machine_work() as uow:
        await _check_claim(uow, secret)
    hashed = await passwords.hash_password(founder.password)
    async with engine.machine_work() as uow:
        await _check_claim(uow, secret)
        company_id = await _found(engine, uow, founder.company)
        person_id = await queries.add_person(
            uow.session,
            email=rules.normalize_email(founder.email),
            name=founder.name,
            password_hash=hashed,
        )
        await uow.act_for(company_id, person_id)
        await _own(uow, person_id)
        signed = await sessions.open_session(uow, person_id, Role.OWNER, device=founder.device)
        (await queries.lock_installation(uow.session)).claim_hash = None
        await audit(uow, signed.principal, "company.claim", str(company_id))
    return signed


async def found_company(engine: Engine, principal: Principal, *, name: str) -> UUID:
    """One more company on this machine, owned by who asks; separate from all others."""
    person_id = principal.person_id
    async with engine.machine_work() as uow:
        company_id = await _found(engine, uow, name)
        await uow.act_for(company_id, person_id)
        await _own(uow, person_id)
        await audit(uow, principal, "company.found", str(company_id))
    return company_id


async def found_empty_company(engine: Engine, *, name: str) -> UUID:
    """A company without people, for the console to fill."""
    async with engine.machine_work() as uow:
        return await _found(engine, uow, name)


async def company(uow: UnitOfWork) -> Company:
    return await queries.company(uow.session, uow.company_id)


async def update_company(
    uow: UnitOfWork, *, name: str | None = None, timezone: str | None = None, region: str | None = None
) -> Company:
    """Change what is given.

    Raises:
        TimezoneUnknown: not in the time zone database.
    """
    found = await company(uow)
    if timezone is not None and timezone not in available_timezones():
        raise TimezoneUnknown
    found.name = found.name if name is None else name
    found.timezone = found.timezone if timezone is None else timezone
    found.region = found.region if region is None else region.upper()
    await uow.session.flush()
    return found


async def _check_claim(uow: UnitOfWork, secret: str) -> None:
    installation = await queries.lock_installation(uow.session)
    if await queries.owner_exists(uow.session):
        raise AlreadyClaimed
    if not _matches(installation.claim_hash, secret):
        raise ClaimRefused


async def _found(engine: Engine, uow: UnitOfWork, name: str) -> UUID:
    """A company and its data key. Leaves the unit of work acting for it."""
    company_id = new_id()
    await uow.act_for(company_id)
    wrapped = engine.vault.new_company_key(company_id)
    await queries.add_company(uow.session, company_id, name=name, wrapped_key=wrapped)
    return company_id


async def _own(uow: UnitOfWork, person_id: UUID) -> None:
    uow.session.add(Membership(company_id=uow.company_id, person_id=person_id, role=Role.OWNER))
    await uow.session.flush()


def _matches(stored: str | None, secret: str) -> bool:
    return stored is not None and hmac.compare_digest(stored, passwords.console_secret_hash(secret))
