"""/api/v1/users: the people of the company."""

from __future__ import annotations

from uuid import UUID

from embedded_server.contract.accounts import UserChange, UserIn, UserOut
from embedded_server.contract.base import Page, PageQuery
from embedded_server.routing import Call, RouteTable
from embedded_server.wire import page, window
from engine import accounts
from engine.accounts import Member, Permission
from engine.models import MembershipState, Role

route = RouteTable()


@route("GET", "/api/v1/users", permission=Permission.USERS_READ, query=PageQuery, returns=Page[UserOut])
async def users(call: Call[None, PageQuery]) -> Page[Member]:
    """Everybody in the company."""
    asked = window(call.query, UUID)
    rows = await accounts.members(call.uow, after=asked.after, limit=asked.fetch)
    return page(rows, asked, key=lambda member: member.id)


@route(
    "POST",
    "/api/v1/users",
    permission=Permission.USERS_MANAGE,
    body=UserIn,
    returns=UserOut,
    status=201,
    audits="user.add",
)
async def add(call: Call[UserIn]) -> Member:
    """Let somebody in. Who already has an account on this machine keeps its own password."""
    body = call.body
    return await accounts.add_member(
        call.uow,
        call.principal.role,
        email=body.email,
        name=body.name,
        role=Role(body.role),
        password=body.password.get_secret_value(),
    )


@route("GET", "/api/v1/users/{id}", permission=Permission.USERS_READ, returns=UserOut)
async def user(call: Call) -> Member:
    """One person."""
    return await accounts.member(call.uow, call.id)


@route(
    "PATCH",
    "/api/v1/users/{id}",
    permission=Permission.USERS_MANAGE,
    body=UserChange,
    returns=UserOut,
    audits="user.change",
)
async def change(call: Call[UserChange]) -> Member:
    """Change a role, suspend, or let back in. It holds from the person's next request on."""
    role, state = call.body.role, call.body.state
    call.details = call.body.model_dump(mode="json", exclude_none=True)
    return await accounts.change_member(
        call.uow,
        call.principal,
        call.id,
        role=Role(role) if role else None,
        state=MembershipState(state) if state else None,
    )
