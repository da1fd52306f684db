"""/api/v1/devices: one's own signed-in devices."""

from __future__ import annotations

from embedded_server.contract.session import DeviceOut, DevicesOut
from embedded_server.routing import Call, RouteTable
from engine import accounts
from engine.accounts import Permission

route = RouteTable()


@route("GET", "/api/v1/devices", permission=Permission.OWN_ACCOUNT, returns=DevicesOut)
async def devices(call: Call) -> DevicesOut:
    """Where one is signed in to this company."""
    rows = await accounts.devices(call.uow, call.principal)
    return DevicesOut(current=call.principal.device_id, items=[DeviceOut.model_validate(row) for row in rows])


@route("DELETE", "/api/v1/devices/{id}", permission=Permission.OWN_ACCOUNT, audits="device.revoke")
async def revoke(call: Call) -> None:
    """Sign a device out, from its next request on."""
    await accounts.revoke_device(call.uow, call.principal, call.id)
