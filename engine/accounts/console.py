"""What somebody at the machine's own console may do without signing in: the way in when all else is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text

from engine.accounts import passwords, queries, rules, service, sessions
from engine.accounts.members import add_member, members
from engine.accounts.queries import Member
from engine.context import Engine
from engine.errors import EngineError, Kind
from engine.models import Company, Role


class CompanyNotFound(EngineError):
    """No company has this name or id."""

    kind = Kind.NOT_FOUND


class EmailUnknown(EngineError):
    """Nobody signs in with this e-mail address."""

    kind = Kind.NOT_FOUND


@dataclass(frozen=True, slots=True)
class NewUser:
    email: str = field(repr=False)
    name: str
    role: Role
    password: str = field(repr=False)


async def companies(engine: Engine) -> list[Company]:
    """Every company of the machine."""
    async with engine.machine_work() as uow:
        ids = list(await uow.session.scalars(text("SELECT company_id FROM all_companies()")))
    found = []
    for company_id in ids:
        async with engine.unit_of_work(company_id) as uow:
            found.append(await service.company(uow))
    return found


async def users(engine: Engine) -> list[tuple[Company, Member]]:
    """Everybody in every company."""
    found = []
    for company in await companies(engine):
        async with engine.unit_of_work(company.id) as uow:
            found += [(company, member) for member in await members(uow, limit=10_000)]
    return found


async def create_user(engine: Engine, new: NewUser, *, company: str) -> Member:
    """Add somebody to the company of this name or id; the first company of a machine is made on the way.

    Raises:
        CompanyNotFound: there are companies, but none like this.
        AlreadyMember: the address is listed in it.
        PasswordTooWeak: see :func:`passwords.check_strength`.
    """
    passwords.check_strength(new.password)
    company_id = await _company_id(engine, company)
    async with engine.unit_of_work(company_id) as uow:
        return await add_member(
            uow, Role.OWNER, email=new.email, name=new.name, role=new.role, password=new.password
        )


async def reset_password(engine: Engine, email: str, password: str) -> None:
    """Give somebody a new password. Every session of theirs ends.

    Raises:
        EmailUnknown: nobody has this address.
        PasswordTooWeak: see :func:`passwords.check_strength`.
    """
    hashed = await passwords.hash_password(password)
    async with engine.machine_work() as uow:
        person = await queries.login_person(uow.session, rules.normalize_email(email))
        if person is None:
            raise EmailUnknown
        await uow.act_for(None, person.person_id)
        await sessions.set_password(uow, person.person_id, hashed)


async def _company_id(engine: Engine, wanted: str) -> UUID:
    known = await companies(engine)
    for company in known:
        if wanted in (company.name, str(company.id)):
            return company.id
    if known:
        raise CompanyNotFound
    return await service.found_empty_company(engine, name=wanted)
