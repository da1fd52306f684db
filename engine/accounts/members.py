"""The people of a company: adding them, changing their role, and keeping them out."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from engine.accounts import passwords, queries, rules
from engine.accounts.queries import Member
from engine.accounts.rules import Principal
from engine.db.unit_of_work import UnitOfWork
from engine.errors import EngineError, Kind
from engine.models import Membership, MembershipState, Role


class PersonNotFound(EngineError):
    """Nobody in this company has this id."""

    kind = Kind.NOT_FOUND


class AlreadyMember(EngineError):
    """This e-mail address already belongs to somebody in this company."""


class RoleOutOfReach(EngineError):
    """Only an owner may make or change an owner."""

    kind = Kind.FORBIDDEN


class LastOwner(EngineError):
    """A company needs an active owner, and this is the last one."""


async def members(uow: UnitOfWork, *, after: UUID | None = None, limit: int = 50) -> list[Member]:
    return await queries.members(uow.session, after=after, limit=limit)


async def member(uow: UnitOfWork, person_id: UUID) -> Member:
    """Raises:
    PersonNotFound: not in this company.
    """
    found = await queries.member(uow.session, person_id)
    if found is None:
        raise PersonNotFound
    return found


async def add_member(
    uow: UnitOfWork, actor: Role, *, email: str, name: str, role: Role, password: str
) -> Member:
    """Let somebody in. Who already has an account on this machine keeps its password and name.

    Raises:
        RoleOutOfReach: an admin cannot make an owner.
        PasswordTooWeak: see :func:`passwords.check_strength`.
        AlreadyMember: the address is already listed here.
    """
    if not rules.may_hand_out(actor, role):
        raise RoleOutOfReach
    passwords.check_strength(password)
    address = rules.normalize_email(email)
    try:
        known = await queries.login_person(uow.session, address)
        if known is None:
            hashed = await passwords.hash_password(password)
            person_id = await queries.add_person(uow.session, email=address, name=name, password_hash=hashed)
        else:
            person_id = known.person_id
        uow.session.add(Membership(company_id=uow.company_id, person_id=person_id, role=role))
        await uow.session.flush()
    except IntegrityError:
        raise AlreadyMember from None
    return await member(uow, person_id)


async def change_member(
    uow: UnitOfWork,
    principal: Principal,
    person_id: UUID,
    *,
    role: Role | None = None,
    state: MembershipState | None = None,
) -> Member:
    """Change a role, suspend or let back in. It holds from the person's next request on.

    Raises:
        PersonNotFound: not in this company.
        RoleOutOfReach: an admin touched an owner, or tried to make one.
        LastOwner: nobody would be left who may do everything.
    """
    membership = await queries.lock_membership(uow.session, person_id)
    if membership is None:
        raise PersonNotFound
    wanted = membership.role if role is None else role
    if not rules.may_touch(principal.role, membership.role) or not rules.may_hand_out(principal.role, wanted):
        raise RoleOutOfReach
    stays = wanted is Role.OWNER and (state or membership.state) is MembershipState.ACTIVE
    if membership.role is Role.OWNER and not stays and await queries.lock_owners(uow.session) <= 1:
        raise LastOwner
    membership.role, membership.state = wanted, state or membership.state
    await uow.session.flush()
    if membership.state is MembershipState.SUSPENDED:
        await queries.revoke_devices(uow.session, person_id)
    return await member(uow, person_id)
