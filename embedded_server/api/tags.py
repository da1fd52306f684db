"""/api/v1/tags: words contacts are grouped by."""

from __future__ import annotations

from embedded_server.contract.base import Page, PageQuery
from embedded_server.contract.contacts import ContactIdsIn, CountedTagOut, TagIn, TagOut
from embedded_server.routing import Call, RouteTable
from embedded_server.wire import page, window
from engine import contacts
from engine.accounts import Permission
from engine.models import Tag

route = RouteTable()

HOME = "/api/v1/tags"
ONE = HOME + "/{id}"
READ, WRITE = Permission.CONTACTS_READ, Permission.CONTACTS_WRITE


@route("GET", HOME, permission=READ, query=PageQuery, returns=Page[CountedTagOut])
async def listing(call: Call[None, PageQuery]) -> Page[CountedTagOut]:
    """Tags by name, and how many contacts carry each."""
    asked = window(call.query, str)
    counted = sorted(await contacts.tags(call.uow), key=lambda one: one.tag.name)
    rows = [
        CountedTagOut(id=one.tag.id, name=one.tag.name, color=one.tag.color, contacts=one.contacts)
        for one in counted
        if asked.after is None or one.tag.name > asked.after
    ]
    return page(rows[: asked.fetch], asked, key=lambda tag: tag.name)


@route("POST", HOME, permission=WRITE, body=TagIn, returns=TagOut, status=201, audits="tag.create")
async def create(call: Call[TagIn]) -> Tag:
    """Make a tag."""
    return await contacts.create_tag(call.uow, name=call.body.name, color=call.body.color)


@route("PUT", ONE, permission=WRITE, body=TagIn, returns=TagOut, audits="tag.update")
async def update(call: Call[TagIn]) -> Tag:
    """Rename or recolor a tag."""
    return await contacts.change_tag(call.uow, call.id, name=call.body.name, color=call.body.color)


@route("DELETE", ONE, permission=WRITE, audits="tag.remove")
async def remove(call: Call) -> None:
    """Remove a tag from everything and for good."""
    await contacts.remove_tag(call.uow, call.id)


@route("POST", ONE + "/attach", permission=WRITE, body=ContactIdsIn, audits="tag.attach")
async def attach(call: Call[ContactIdsIn]) -> None:
    """Put the tag on many contacts."""
    call.details = {"contacts": len(call.body.contact_ids)}
    await contacts.attach(call.uow, call.body.contact_ids, [call.id])


@route("POST", ONE + "/detach", permission=WRITE, body=ContactIdsIn, audits="tag.detach")
async def detach(call: Call[ContactIdsIn]) -> None:
    """Take the tag off many contacts."""
    call.details = {"contacts": len(call.body.contact_ids)}
    await contacts.detach(call.uow, call.body.contact_ids, [call.id])
