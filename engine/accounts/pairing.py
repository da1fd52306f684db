"""Pairing: a signed-in person lets in a new device of theirs by the code it shows (reliability 1.8).

The code is shown on the new device and typed on the trusted one, never the other way round: who is talked
into typing a code sees the name and address of the device it would let in.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from engine import clock
from engine.accounts import queries, rules, sessions
from engine.accounts.auditing import audit
from engine.accounts.rules import Principal
from engine.accounts.sessions import SignedIn
from engine.context import Engine
from engine.db.unit_of_work import UnitOfWork
from engine.errors import EngineError, Kind
from engine.events import DevicePaired
from engine.models import PairingRequest, PairingState, PairingWindow

_CHALLENGE_BYTES = 16


class PairingClosed(EngineError):
    """No new device is expected here. On a signed-in device choose to add one, then try again."""

    kind = Kind.NOT_FOUND


class PairingRefused(EngineError):
    """This device was refused."""

    kind = Kind.FORBIDDEN


class PairingCodeWrong(EngineError):
    """No waiting device shows this code. Compare it with the device's screen."""

    kind = Kind.INVALID


class WaitingDeviceNotFound(EngineError):
    """No device with this id waits for your decision."""

    kind = Kind.NOT_FOUND


@dataclass(frozen=True, slots=True)
class NewDevice:
    """What a device says of itself, and where it is."""

    public_key: bytes
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class WaitingDevice:
    """A device as the person who decides about it sees it. ``fingerprint`` holds its code and words."""

    id: UUID
    name: str
    address: str
    asked_at: datetime
    fingerprint: bytes = field(repr=False)


async def expect_device(uow: UnitOfWork, principal: Principal) -> PairingWindow:
    """Open a window for one device of one's own; an older one closes."""
    await queries.close_pairing_windows(uow.session, principal.person_id)
    window = PairingWindow(
        company_id=uow.company_id,
        person_id=principal.person_id,
        expires_at=clock.now() + rules.PAIRING_TAKES,
    )
    uow.session.add(window)
    await uow.session.flush()
    return window


async def expect_no_device(uow: UnitOfWork, principal: Principal) -> None:
    await queries.close_pairing_windows(uow.session, principal.person_id)


async def ask_to_come_in(engine: Engine, device: NewDevice) -> PairingRequest:
    """A stranger's device introduces itself and gets the challenge its code depends on.

    Raises:
        PairingClosed: nobody on this machine expects one.
    """
    async with engine.machine_work() as uow:
        if not await queries.is_pairing_open(uow.session):
            raise PairingClosed
        request = PairingRequest(
            public_key=device.public_key,
            challenge=secrets.token_bytes(_CHALLENGE_BYTES),
            name=device.name,
            address=device.address,
            expires_at=clock.now() + rules.PAIRING_TAKES,
        )
        uow.session.add(request)
        await uow.session.flush()
    return request


async def find_device(engine: Engine, principal: Principal, code: bytes) -> WaitingDevice:
    """The device that shows this code. Five wrong codes burn the window.

    Raises:
        PairingClosed: the person has no open window.
        PairingCodeWrong: no device, or more than one, shows this code.
    """
    async with engine.unit_of_work(principal.company_id, principal.person_id) as uow:
        window = await queries.lock_pairing_window(uow.session, principal.person_id)
        if window is None:
            raise PairingClosed
        found = [d for d in await queries.waiting_devices(uow.session) if _shows(d, code)]
        if len(found) == 1:
            window.request_id = found[0].id
            return _waiting(found[0])
        window.wrong += 1
        if window.wrong >= rules.MOST_WRONG_CODES:
            window.closed_at = clock.now()
    # Only now: the wrong try has to be counted whatever the answer is.
    raise PairingCodeWrong


async def approve_device(uow: UnitOfWork, principal: Principal, request_id: UUID) -> WaitingDevice:
    """Let the device in that :func:`find_device` showed. The window ends with it.

    Raises:
        WaitingDeviceNotFound: the window does not show this device, or it is too late.
    """
    window, request = await _shown(uow, principal, request_id)
    request.state, window.approved_at = PairingState.APPROVED, clock.now()
    return _waiting(request)


async def refuse_device(uow: UnitOfWork, principal: Principal, request_id: UUID) -> WaitingDevice:
    """Send the device away, and expect no other.

    Raises:
        WaitingDeviceNotFound: the window does not show this device, or it is too late.
    """
    window, request = await _shown(uow, principal, request_id)
    request.state, window.closed_at = PairingState.REFUSED, clock.now()
    return _waiting(request)


async def come_in(engine: Engine, request_id: UUID, signature: bytes) -> SignedIn | None:
    """What became of a device's request: its session, once, or None while somebody has to decide.

    Raises:
        PairingClosed: unknown, not the device that asked, too late, or its session was already handed out.
        PairingRefused: it was sent away.
    """
    async with engine.machine_work() as uow:
        request = await queries.lock_pairing_request(uow.session, request_id)
        if request is None or not _is_signed(request, signature):
            raise PairingClosed
        if request.state is PairingState.REFUSED:
            raise PairingRefused
        if request.state is PairingState.APPROVED:
            return await _hand_over(uow, request)
        if not _is_waiting(request) or not await queries.is_pairing_open(uow.session):
            raise PairingClosed
    return None


async def _hand_over(uow: UnitOfWork, request: PairingRequest) -> SignedIn:
    approval = await queries.pairing_approval(uow.session, request.id)
    if approval is None:
        raise PairingClosed
    await uow.act_for(approval.company_id, approval.person_id)
    request.state = PairingState.COLLECTED
    signed = await sessions.open_session(uow, approval.person_id, approval.role, device=request.name)
    device_id = signed.principal.device_id
    await audit(uow, signed.principal, "session.pair", str(device_id))
    uow.announce(
        DevicePaired(
            company_id=approval.company_id,
            person_id=approval.person_id,
            device_id=device_id,
            device=request.name,
        )
    )
    return signed


async def _shown(
    uow: UnitOfWork, principal: Principal, request_id: UUID
) -> tuple[PairingWindow, PairingRequest]:
    window = await queries.lock_pairing_window(uow.session, principal.person_id)
    request = await queries.lock_pairing_request(uow.session, request_id)
    if window is None or request is None or window.request_id != request_id or not _is_waiting(request):
        raise WaitingDeviceNotFound
    return window, request


def _shows(request: PairingRequest, code: bytes) -> bool:
    fingerprint = rules.device_fingerprint(request.public_key, request.challenge)
    return hmac.compare_digest(fingerprint[: rules.CODE_BYTES], code)


def _is_waiting(request: PairingRequest) -> bool:
    return request.state is PairingState.WAITING and request.expires_at > clock.now()


def _is_signed(request: PairingRequest, signature: bytes) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(request.public_key)
        key.verify(signature, rules.proof_of(request.id, request.challenge))
    except (InvalidSignature, ValueError):
        return False
    return True


def _waiting(request: PairingRequest) -> WaitingDevice:
    fingerprint = rules.device_fingerprint(request.public_key, request.challenge)
    return WaitingDevice(request.id, request.name, request.address, request.created_at, fingerprint)
