"""/api/v1/claim: the first owner of a new installation."""

from __future__ import annotations

from embedded_server.api.session import session_out
from embedded_server.contract.session import ClaimIn, SessionOut
from embedded_server.keys import CLAIMED, THROTTLE
from embedded_server.routing import Call, Public, RouteTable
from engine import accounts

route = RouteTable()

_ACCOUNT = "claim"


@route("POST", "/api/v1/claim", permission=Public.ANYONE, body=ClaimIn, returns=SessionOut, status=201)
async def claim(call: Call[ClaimIn]) -> SessionOut:
    """Become the first owner, with the secret from the machine's console."""
    app, body = call.request.app, call.body
    app[THROTTLE].check(_ACCOUNT, call.remote)
    app[THROTTLE].failed(_ACCOUNT, call.remote)
    founder = accounts.Founder(
        company=body.company,
        name=body.name,
        email=body.email,
        password=body.password.get_secret_value(),
        device=body.device,
    )
    signed = await accounts.claim(call.engine, body.secret.get_secret_value(), founder)
    app[THROTTLE].succeeded(_ACCOUNT, call.remote)
    app[CLAIMED]()
    return session_out(signed)
