"""/api/v1/pairing: a new device shows a code, and a signed-in person lets it in."""

from __future__ import annotations

from embedded_server.api.session import session_out
from embedded_server.contract import pairing as wire
from embedded_server.contract.pairing import (
    NewDeviceIn,
    NewDeviceOut,
    PairingCodeIn,
    PairingOut,
    PairingStateName,
    PairingWindowOut,
    ProofQuery,
    WaitingDeviceOut,
)
from embedded_server.keys import THROTTLE
from embedded_server.routing import Call, Public, RouteTable
from engine import accounts
from engine.accounts import Permission, WaitingDevice

route = RouteTable()

_ACCOUNT = "pairing"
_SECONDS = int(accounts.PAIRING_TAKES.total_seconds())


@route(
    "POST", "/api/v1/pairing", permission=Public.ANYONE, body=NewDeviceIn, returns=NewDeviceOut, status=201
)
async def ask(call: Call[NewDeviceIn]) -> NewDeviceOut:
    """A new device introduces itself. There is nothing here unless somebody expects one."""
    throttle = call.request.app[THROTTLE]
    throttle.check(_ACCOUNT, call.remote)
    throttle.failed(_ACCOUNT, call.remote)
    key = bytes.fromhex(call.body.public_key)
    device = accounts.NewDevice(public_key=key, name=call.body.name, address=call.remote)
    request = await accounts.ask_to_come_in(call.engine, device)
    return NewDeviceOut(id=request.id, challenge=request.challenge.hex(), seconds=_SECONDS)


@route("GET", "/api/v1/pairing/{id}", permission=Public.ANYONE, query=ProofQuery, returns=PairingOut)
async def collect(call: Call[None, ProofQuery]) -> PairingOut:
    """What became of the device's request; once it was approved, its session, a single time."""
    signed = await accounts.come_in(call.engine, call.id, bytes.fromhex(call.query.signature))
    if signed is None:
        return PairingOut(state=PairingStateName.WAITING)
    call.request.app[THROTTLE].succeeded(_ACCOUNT, call.remote)
    return PairingOut(state=PairingStateName.APPROVED, session=session_out(signed))


@route(
    "POST",
    "/api/v1/pairing/window",
    permission=Permission.OWN_ACCOUNT,
    returns=PairingWindowOut,
    status=201,
    audits="pairing.open",
)
async def expect(call: Call) -> PairingWindowOut:
    """Expect a new device of one's own for two minutes."""
    window = await accounts.expect_device(call.uow, call.principal)
    return PairingWindowOut(id=window.id, seconds=_SECONDS)


@route("DELETE", "/api/v1/pairing/window", permission=Permission.OWN_ACCOUNT, audits="pairing.close")
async def expect_nobody(call: Call) -> None:
    """Expect no device any more."""
    await accounts.expect_no_device(call.uow, call.principal)


@route(
    "POST",
    "/api/v1/pairing/code",
    permission=Permission.OWN_ACCOUNT,
    body=PairingCodeIn,
    returns=WaitingDeviceOut,
    transaction=False,
)
async def find(call: Call[PairingCodeIn]) -> WaitingDeviceOut:
    """The device that shows this code. Five wrong codes end the expectation."""
    code = wire.bytes_of(call.body.code) or b""
    return _waiting_out(await accounts.find_device(call.engine, call.principal, code))


@route(
    "POST",
    "/api/v1/pairing/{id}/approve",
    permission=Permission.OWN_ACCOUNT,
    audits="pairing.approve",
)
async def approve(call: Call) -> None:
    """Let the device in as one of one's own, with one's own role."""
    call.details = {"device": (await accounts.approve_device(call.uow, call.principal, call.id)).name}


@route(
    "POST",
    "/api/v1/pairing/{id}/refuse",
    permission=Permission.OWN_ACCOUNT,
    audits="pairing.refuse",
)
async def refuse(call: Call) -> None:
    """Send the device away, and expect no other."""
    call.details = {"device": (await accounts.refuse_device(call.uow, call.principal, call.id)).name}


def _waiting_out(device: WaitingDevice) -> WaitingDeviceOut:
    return WaitingDeviceOut(
        id=device.id,
        name=device.name,
        address=device.address,
        asked_at=device.asked_at,
        words=wire.words_of(device.fingerprint),
    )
