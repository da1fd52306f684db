"""/api/v1/session: signing in and out."""

from __future__ import annotations

from embedded_server.contract.accounts import RoleName
from embedded_server.contract.session import CompanyChoiceOut, MeOut, PasswordIn, SessionOut, SignInIn
from embedded_server.keys import THROTTLE
from embedded_server.routing import Call, Public, RouteTable
from engine import accounts
from engine.accounts import Permission

route = RouteTable()


@route("POST", "/api/v1/session", permission=Public.ANYONE, body=SignInIn, returns=SessionOut, status=201)
async def sign_in(call: Call[SignInIn]) -> SessionOut:
    """Open a session for this device."""
    credentials = accounts.Credentials(
        email=call.body.email,
        password=call.body.password.get_secret_value(),
        device=call.body.device,
        address=call.remote,
        company_id=call.body.company_id,
    )
    return session_out(await accounts.sign_in(call.engine, credentials, call.request.app[THROTTLE]))


@route("GET", "/api/v1/session", permission=Permission.OWN_ACCOUNT, returns=MeOut)
async def me(call: Call) -> MeOut:
    """Who this token belongs to, and what it may do."""
    who = call.principal
    member = await accounts.member(call.uow, who.person_id)
    return MeOut(
        company_id=who.company_id,
        person_id=who.person_id,
        device_id=who.device_id,
        name=member.name,
        email=member.email,
        role=RoleName(who.role),
        permissions=sorted(who.permissions),
    )


@route("DELETE", "/api/v1/session", permission=Permission.OWN_ACCOUNT, audits="session.end")
async def sign_out(call: Call) -> None:
    """End this session."""
    await accounts.sign_out(call.uow, call.principal)


@route(
    "PUT", "/api/v1/session/password", permission=Permission.OWN_ACCOUNT, body=PasswordIn, transaction=False
)
async def change_password(call: Call[PasswordIn]) -> None:
    """Change one's password. Every other session ends."""
    current, new = call.body.current.get_secret_value(), call.body.new.get_secret_value()
    await accounts.change_password(call.engine, call.principal, current=current, new=new)


def session_out(signed: accounts.SignedIn) -> SessionOut:
    who = signed.principal
    return SessionOut(
        token=signed.token,
        company_id=who.company_id,
        person_id=who.person_id,
        device_id=who.device_id,
        role=RoleName(who.role),
        permissions=sorted(who.permissions),
        companies=[CompanyChoiceOut.model_validate(c) for c in signed.companies],
    )
