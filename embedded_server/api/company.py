"""/api/v1/company: the company one is signed in to, and founding another."""

from __future__ import annotations

from embedded_server.contract.accounts import CompanyChange, CompanyIn, CompanyOut
from embedded_server.contract.base import Created
from embedded_server.routing import Call, RouteTable
from engine import accounts
from engine.accounts import Permission
from engine.models import Company

route = RouteTable()


@route("GET", "/api/v1/company", permission=Permission.COMPANY_READ, returns=CompanyOut)
async def company(call: Call) -> Company:
    """The company one is signed in to."""
    return await accounts.company(call.uow)


@route(
    "PATCH",
    "/api/v1/company",
    permission=Permission.COMPANY_MANAGE,
    body=CompanyChange,
    returns=CompanyOut,
    audits="company.update",
)
async def update(call: Call[CompanyChange]) -> Company:
    """Change the company's name, time zone or region."""
    changes = call.body.model_dump(exclude_none=True)
    call.details = {"fields": sorted(changes)}
    return await accounts.update_company(call.uow, **changes)


@route(
    "POST",
    "/api/v1/companies",
    permission=Permission.COMPANY_FOUND,
    body=CompanyIn,
    returns=Created,
    status=201,
    transaction=False,
)
async def found(call: Call[CompanyIn]) -> Created:
    """Found another company on this machine and own it. Sign in again to act for it."""
    company_id = await accounts.found_company(call.engine, call.principal, name=call.body.name)
    return Created(id=company_id)
