"""/api/v1/segments: saved filters over contacts."""

from __future__ import annotations

from embedded_server.contract.base import Page, PageQuery
from embedded_server.contract.contacts import CountOut, FilterIn, SegmentChange, SegmentIn, SegmentOut
from embedded_server.routing import Call, RouteTable
from embedded_server.wire import page, window
from engine import contacts
from engine.accounts import Permission
from engine.models import Segment

route = RouteTable()

HOME = "/api/v1/segments"
ONE = HOME + "/{id}"
READ, WRITE = Permission.CONTACTS_READ, Permission.CONTACTS_WRITE


@route("GET", HOME, permission=READ, query=PageQuery, returns=Page[SegmentOut])
async def listing(call: Call[None, PageQuery]) -> Page[Segment]:
    """Segments by name."""
    asked = window(call.query, str)
    known = sorted(await contacts.segments(call.uow), key=lambda segment: segment.name)
    rows = [segment for segment in known if asked.after is None or segment.name > asked.after]
    return page(rows[: asked.fetch], asked, key=lambda segment: segment.name)


@route(
    "POST", HOME, permission=WRITE, body=SegmentIn, returns=SegmentOut, status=201, audits="segment.create"
)
async def create(call: Call[SegmentIn]) -> Segment:
    """Keep a filter under a name."""
    return await contacts.save_segment(call.uow, name=call.body.name, told=call.body.filter)


@route("POST", HOME + "/count", permission=READ, body=FilterIn, returns=CountOut, idempotent=False)
async def count(call: Call[FilterIn]) -> CountOut:
    """How many contacts fit a filter."""
    tree = contacts.parse_filter(call.body.filter)
    return CountOut(contacts=await contacts.count(call.uow, tree))


@route("PUT", ONE, permission=WRITE, body=SegmentChange, returns=SegmentOut, audits="segment.update")
async def update(call: Call[SegmentChange]) -> Segment:
    """Replace a segment's filter, and its name when one is given."""
    return await contacts.change_segment(call.uow, call.id, told=call.body.filter, name=call.body.name)


@route("DELETE", ONE, permission=WRITE, audits="segment.remove")
async def remove(call: Call) -> None:
    """Forget a segment."""
    await contacts.remove_segment(call.uow, call.id)
