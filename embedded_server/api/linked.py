"""/api/v1/linked-sessions: WhatsApp numbers held as linked devices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from embedded_server.contract.linked import LinkIn, LinkList, LinkOut, LinkScanIn
from embedded_server.routing import Call, RouteTable
from engine import linked
from engine.accounts import Permission
from engine.models import LinkedSession
from engine.providers.linked.protocol import EngineName

route = RouteTable()

_ALL = "/api/v1/linked-sessions"
_ONE = "/api/v1/linked-sessions/{id}"


@route("GET", _ALL, permission=Permission.CHANNELS_READ, returns=LinkList)
async def list_all(call: Call) -> LinkList:
    """Every linking that is not over, and the last of those that are."""
    return LinkList(items=[await _out(call, session) for session in await linked.sessions(call.uow)])


@route(
    "POST",
    _ALL,
    permission=Permission.CHANNELS_MANAGE,
    body=LinkIn,
    returns=LinkOut,
    status=201,
    audits="linked.begin",
)
async def begin(call: Call[LinkIn]) -> LinkOut:
    """Begin to link a number; its code comes in a moment."""
    if call.body.simulated:
        linked.require_pretend_phones(call.engine)
    session = await linked.begin(
        call.engine,
        call.uow,
        name=EngineName(call.body.engine),
        phone=call.body.phone,
        simulated=call.body.simulated,
    )
    return await _out(call, session)


@route("GET", _ONE, permission=Permission.CHANNELS_READ, returns=LinkOut)
async def find(call: Call) -> LinkOut:
    """One linking, with its code for those who may link."""
    return await _out(call, await linked.find(call.uow, call.id))


@route(
    "POST", _ONE + "/cancel", permission=Permission.CHANNELS_MANAGE, returns=LinkOut, audits="linked.cancel"
)
async def cancel(call: Call) -> LinkOut:
    """Give up linking."""
    return await _out(call, await linked.cancel(call.uow, call.id))


@route(
    "POST", _ONE + "/log-out", permission=Permission.CHANNELS_MANAGE, returns=LinkOut, audits="linked.log_out"
)
async def log_out(call: Call) -> LinkOut:
    """Unlink the number, at WhatsApp too. What was said on it stays."""
    return await _out(call, await linked.log_out(call.uow, call.id))


@route(
    "POST", _ONE + "/resume", permission=Permission.CHANNELS_MANAGE, returns=LinkOut, audits="linked.resume"
)
async def resume(call: Call) -> LinkOut:
    """Hold the number here again."""
    return await _out(call, await linked.resume(call.uow, call.id))


@route(
    "POST",
    _ONE + "/scan",
    permission=Permission.CHANNELS_MANAGE,
    body=LinkScanIn,
    status=204,
    transaction=False,
)
async def scan(call: Call[LinkScanIn]) -> None:
    """Link a simulated number with a pretend phone; a real one is linked with the phone that has it."""
    await linked.scan(call.engine, call.principal.company_id, call.id, passkey=call.body.passkey)


async def _out(call: Call[Any], session: LinkedSession) -> LinkOut:
    may_link = Permission.CHANNELS_MANAGE in call.principal.permissions
    code = await linked.code_of(call.engine, call.uow, session) if may_link else None
    room = await linked.room_of(call.uow, session)
    computed = {"code", "code_of_state", "until", "firsts_used", "firsts_most", "firsts_until"}
    until = session.detail.get("until")
    return LinkOut(
        **{name: getattr(session, name) for name in LinkOut.model_fields.keys() - computed},
        code=code,
        code_of_state=session.detail.get("code"),
        until=datetime.fromisoformat(until) if until else None,
        firsts_used=room.used if room else None,
        firsts_most=room.most if room else None,
        firsts_until=room.until if room else None,
    )
