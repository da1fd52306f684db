"""/api/v1/templates: what may be sent on WhatsApp at any time."""

from __future__ import annotations

from uuid import UUID

from embedded_server.contract.base import Page
from embedded_server.contract.templates import SyncIn, SyncOut, TemplateOut, TemplateQuery
from embedded_server.routing import Call, RouteTable
from embedded_server.wire import page, window
from engine import templates
from engine.accounts import Permission
from engine.models import MessageTemplate
from engine.templates import Synced, Wanted

route = RouteTable()

HOME = "/api/v1/templates"
READ = Permission.TEMPLATES_READ
_BESIDE = ("parameter_format", "quality", "rejected_reason")


@route("GET", HOME, permission=READ, query=TemplateQuery, returns=Page[TemplateOut])
async def listing(call: Call[None, TemplateQuery]) -> Page[TemplateOut]:
    """Templates by name."""
    asked = window(call.query, tuple[str, UUID])
    wanted = Wanted(call.query.channel_id, call.query.status)
    rows = await templates.page(call.uow, wanted, after=asked.after, limit=asked.fetch)
    return page([_out(row) for row in rows], asked, key=lambda template: (template.name, template.id))


@route("GET", HOME + "/{id}", permission=READ, returns=TemplateOut)
async def one(call: Call) -> TemplateOut:
    """One template."""
    return _out(await templates.find(call.uow, call.id))


@route(
    "POST",
    HOME + "/sync",
    permission=Permission.TEMPLATES_MANAGE,
    body=SyncIn,
    returns=SyncOut,
    transaction=False,
)
async def sync(call: Call[SyncIn]) -> Synced:
    """Ask Meta for a channel's templates now."""
    return await templates.sync(call.engine, call.principal.company_id, call.body.channel_id)


def _out(template: MessageTemplate) -> TemplateOut:
    told = template.components
    columns = TemplateOut.model_fields.keys() - {"components", *_BESIDE}
    return TemplateOut(
        **{name: getattr(template, name) for name in columns},
        components=told.get("items", []),
        **{name: told.get(name) for name in _BESIDE},
    )
