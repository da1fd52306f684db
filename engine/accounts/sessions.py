"""Sessions: signing in and out, and the look-up behind every request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from engine import clock
from engine.accounts import passwords, queries, rules
from engine.accounts.auditing import audit
from engine.accounts.queries import CompanyChoice
from engine.accounts.rules import Principal
from engine.accounts.throttle import Throttle
from engine.context import Engine
from engine.db.unit_of_work import UnitOfWork
from engine.errors import EngineError, Kind
from engine.ids import new_id
from engine.models import Device, Role

#: A device that is not used for so long must sign in again.
LIFETIME = timedelta(days=90)


class SignInRefused(EngineError):
    """This e-mail address and password do not fit together, or the account is not active."""

    kind = Kind.UNAUTHENTICATED


class SessionEnded(EngineError):
    """This session is not valid, or not any more. Sign in again."""

    kind = Kind.UNAUTHENTICATED


class PasswordWrong(EngineError):
    """This is not your current password."""

    kind = Kind.FORBIDDEN


class DeviceNotFound(EngineError):
    """You have no signed-in device with this id."""

    kind = Kind.NOT_FOUND


@dataclass(frozen=True, slots=True)
class Credentials:
    """One try to sign in. ``address`` is where it came from, for counting failures."""

    email: str = field(repr=False)
    password: str = field(repr=False)
    device: str
    address: str = ""
    #: None means the company the person joined first.
    company_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. The token is shown once and cannot be had again."""

    principal: Principal
    token: str = field(repr=False)
    companies: tuple[CompanyChoice, ...] = ()


async def sign_in(engine: Engine, credentials: Credentials, throttle: Throttle) -> SignedIn:
    """Open a session. Every failure takes the same time and says the same (no list of who exists).

    Raises:
        SignInRefused: unknown, wrong, suspended, or not a member of that company.
        TooManyAttempts: too many failures lately.
    """
    email = rules.normalize_email(credentials.email)
    throttle.check(email, credentials.address)
    # Counted before the slow comparison, so that a hundred tries at once are a hundred tries.
    throttle.failed(email, credentials.address)
    person_id, choices = await _recognize(engine, email, credentials.password)
    chosen = _choose(choices, credentials.company_id)
    throttle.succeeded(email, credentials.address)
    async with engine.unit_of_work(chosen.id, person_id) as uow:
        signed = await open_session(uow, person_id, chosen.role, device=credentials.device)
        await audit(uow, signed.principal, "session.start")
    return SignedIn(signed.principal, signed.token, choices)


async def open_session(uow: UnitOfWork, person_id: UUID, role: Role, *, device: str) -> SignedIn:
    """Give a device of a member its token."""
    token, device_id = passwords.new_token(), new_id()
    uow.session.add(
        Device(
            company_id=uow.company_id,
            id=device_id,
            person_id=person_id,
            name=device,
            token_hash=passwords.token_hash(token),
            expires_at=clock.now() + LIFETIME,
        )
    )
    await uow.session.flush()
    return SignedIn(Principal(uow.company_id, person_id, device_id, role), token)


async def authenticate(engine: Engine, token: str) -> Principal:
    """Who holds this token, as of now: nothing is remembered between requests (TN-11).

    Raises:
        SessionEnded: unknown, expired or revoked, or the person is no longer active in the company.
    """
    async with engine.machine_work() as uow:
        found = await queries.device_by_token(uow.session, passwords.token_hash(token))
    if found is None:
        raise SessionEnded
    return found


async def living(engine: Engine, tokens: Sequence[bytes]) -> set[bytes]:
    """Which of these token hashes still hold, asked in one go for long-lived connections."""
    async with engine.machine_work() as uow:
        return await queries.living_tokens(uow.session, tokens)


async def sign_out(uow: UnitOfWork, principal: Principal) -> None:
    await queries.revoke_devices(uow.session, principal.person_id, only=principal.device_id)


async def change_password(engine: Engine, principal: Principal, *, current: str, new: str) -> None:
    """Every other session of the person ends, in every company (AU-12).

    Raises:
        PasswordWrong: ``current`` is not the password.
        PasswordTooWeak: ``new`` is not acceptable.
    """
    async with engine.unit_of_work(principal.company_id, principal.person_id) as uow:
        stored = await queries.password_of(uow.session, principal.person_id)
    if not await passwords.verify(stored, current):
        raise PasswordWrong
    hashed = await passwords.hash_password(new)
    async with engine.unit_of_work(principal.company_id, principal.person_id) as uow:
        await audit(uow, principal, "password.change", str(principal.person_id))
        await set_password(uow, principal.person_id, hashed, but=principal.device_id)


async def set_password(uow: UnitOfWork, person_id: UUID, hashed: str, *, but: UUID | None = None) -> None:
    """Replace the password and end every session but one. Leaves the unit of work in another company."""
    await queries.set_password(uow.session, person_id, hashed)
    for company in await queries.login_companies(uow.session, person_id):
        await uow.act_for(company.id, person_id)
        await queries.revoke_devices(uow.session, person_id, but=but)


async def devices(uow: UnitOfWork, principal: Principal) -> Sequence[Device]:
    """The person's own signed-in devices in this company."""
    return await queries.devices(uow.session, principal.person_id)


async def revoke_device(uow: UnitOfWork, principal: Principal, device_id: UUID) -> None:
    """End a session of one's own, from the next request on.

    Raises:
        DeviceNotFound: no such session of this person.
    """
    if not await queries.revoke_devices(uow.session, principal.person_id, only=device_id):
        raise DeviceNotFound


async def note_device(uow: UnitOfWork, device_id: UUID) -> None:
    """The device was here just now, which also keeps its session from running out."""
    await queries.note_device(uow.session, device_id, clock.now() + LIFETIME)


async def companies_of(engine: Engine, person_id: UUID) -> tuple[CompanyChoice, ...]:
    async with engine.machine_work() as uow:
        return await queries.login_companies(uow.session, person_id)


async def _recognize(engine: Engine, email: str, password: str) -> tuple[UUID, tuple[CompanyChoice, ...]]:
    async with engine.machine_work() as uow:
        found = await queries.login_person(uow.session, email)
    if not await passwords.verify(found.password_hash if found else None, password) or found is None:
        raise SignInRefused
    return found.person_id, await companies_of(engine, found.person_id)


def _choose(choices: Sequence[CompanyChoice], company_id: UUID | None) -> CompanyChoice:
    wanted = [c for c in choices if company_id in (None, c.id)]
    if not wanted:
        raise SignInRefused
    return wanted[0]
