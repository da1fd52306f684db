"""/api/v1/contacts: the people a company talks to, and what they allowed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast
from uuid import UUID

from aiohttp import web

from embedded_server.contract.base import Page
from embedded_server.contract.channels import ChannelKindName
from embedded_server.contract.contacts import (
    AddressOut,
    ContactChange,
    ContactFilter,
    ContactIdsIn,
    ContactIn,
    ContactOut,
    ContactQuery,
    CountOut,
    ExportQuery,
    FieldsOut,
    NotesIn,
    NotesOut,
    StandingOut,
    TagOut,
    WishIn,
)
from embedded_server.routing import Call, RouteTable
from embedded_server.wire import page, window
from engine import accounts, contacts
from engine.accounts import Permission
from engine.contacts import Card, Changes, Filter, Listing, NewContact, Standing, Told
from engine.models import ChannelKind

route = RouteTable()

HOME = "/api/v1/contacts"
ONE = HOME + "/{id}"
READ, WRITE = Permission.CONTACTS_READ, Permission.CONTACTS_WRITE


@route("GET", HOME, permission=READ, query=ContactQuery, returns=Page[ContactOut])
async def listing(call: Call[None, ContactQuery]) -> Page[ContactOut]:
    """Contacts, newest first."""
    asked, query = window(call.query, UUID), call.query
    narrowed = await contacts.narrowed(call.uow, tag_id=query.tag_id, segment_id=query.segment_id)
    wanted = _wanted(query, narrowed)
    cards = await contacts.page(call.uow, wanted, before=asked.after, limit=asked.fetch)
    return page([_out(card) for card in cards], asked, key=lambda contact: contact.id)


@route("GET", HOME + "/count", permission=READ, query=ContactFilter, returns=CountOut)
async def count(call: Call[None, ContactFilter]) -> CountOut:
    """How many contacts the list would have."""
    query = call.query
    narrowed = await contacts.narrowed(call.uow, tag_id=query.tag_id, segment_id=query.segment_id)
    return CountOut(contacts=await contacts.count_listed(call.uow, _wanted(query, narrowed)))


@route("GET", HOME + "/fields", permission=READ, returns=FieldsOut)
async def fields(call: Call) -> FieldsOut:
    """Names of the custom fields in use, to choose from."""
    return FieldsOut(names=await contacts.field_names(call.uow))


@route(
    "GET",
    HOME + "/export",
    permission=Permission.CONTACTS_EXPORT,
    query=ExportQuery,
    streams="text/csv",
    transaction=False,
)
async def export(call: Call[None, ExportQuery]) -> web.StreamResponse:
    """The contacts of a list as CSV. A file that breaks off is told by a broken connection alone."""
    who, query = call.principal, call.query
    async with call.engine.unit_of_work(who.company_id, who.person_id) as uow:
        narrowed = await contacts.narrowed(uow, tag_id=query.tag_id, segment_id=query.segment_id)
        begun = await contacts.begin_export(uow, _wanted(query, narrowed), language=query.language)
        await accounts.audit(uow, who, "contact.export", details=_exported(query))
    return await _stream(call.request, contacts.csv_pieces(call.engine, begun))


@route(
    "POST",
    HOME,
    permission=WRITE,
    body=ContactIn,
    returns=ContactOut,
    status=201,
    audits="contact.create",
)
async def create(call: Call[ContactIn]) -> ContactOut:
    """Add a contact by hand."""
    body = call.body
    new = NewContact(body.name, body.phone, body.email, body.custom, body.tag_ids)
    return _out(await contacts.find(call.uow, await contacts.create(call.uow, new)))


@route("POST", HOME + "/archive", permission=WRITE, body=ContactIdsIn, audits="contact.archive_many")
async def archive_many(call: Call[ContactIdsIn]) -> None:
    """Archive many contacts, all or none."""
    call.details = {"contacts": len(call.body.contact_ids)}
    await contacts.archive_many(call.uow, call.body.contact_ids)


@route("POST", HOME + "/restore", permission=WRITE, body=ContactIdsIn, audits="contact.restore_many")
async def restore_many(call: Call[ContactIdsIn]) -> None:
    """Bring many archived contacts back, all or none."""
    call.details = {"contacts": len(call.body.contact_ids)}
    await contacts.restore_many(call.uow, call.body.contact_ids)


@route("GET", ONE, permission=READ, returns=ContactOut)
async def one(call: Call) -> ContactOut:
    """One contact with its addresses and tags."""
    return _out(await contacts.find(call.uow, call.id))


@route("PATCH", ONE, permission=WRITE, body=ContactChange, returns=ContactOut, audits="contact.update")
async def update(call: Call[ContactChange]) -> ContactOut:
    """Change what is given."""
    told = call.body.model_dump(exclude_unset=True)
    call.details = {"fields": sorted(told)}
    await contacts.change(call.uow, call.id, cast("Changes", told))
    return _out(await contacts.find(call.uow, call.id))


@route("POST", ONE + "/archive", permission=WRITE, returns=ContactOut, audits="contact.archive")
async def archive(call: Call) -> ContactOut:
    """Take it out of lists and audiences; what was said stays."""
    await contacts.archive(call.uow, call.id)
    return _out(await contacts.find(call.uow, call.id))


@route("POST", ONE + "/restore", permission=WRITE, returns=ContactOut, audits="contact.restore")
async def restore(call: Call) -> ContactOut:
    """Bring an archived contact back."""
    await contacts.restore(call.uow, call.id)
    return _out(await contacts.find(call.uow, call.id))


@route("PUT", ONE + "/tags/{tag_id}", permission=WRITE, returns=ContactOut, audits="contact.tag")
async def tag(call: Call) -> ContactOut:
    """Put a tag on the contact."""
    call.details = {"tag_id": str(call.ids["tag_id"])}
    await contacts.attach(call.uow, [call.id], [call.ids["tag_id"]])
    return _out(await contacts.find(call.uow, call.id))


@route("DELETE", ONE + "/tags/{tag_id}", permission=WRITE, returns=ContactOut, audits="contact.untag")
async def untag(call: Call) -> ContactOut:
    """Take a tag off the contact."""
    call.details = {"tag_id": str(call.ids["tag_id"])}
    await contacts.detach(call.uow, [call.id], [call.ids["tag_id"]])
    return _out(await contacts.find(call.uow, call.id))


@route("GET", ONE + "/notes", permission=READ, returns=NotesOut)
async def notes(call: Call) -> NotesOut:
    """What the team wrote about the contact."""
    keys = await call.engine.load_keys(call.uow)
    return NotesOut(text=await contacts.notes(call.uow, keys, call.id))


@route("PUT", ONE + "/notes", permission=WRITE, body=NotesIn, returns=NotesOut, audits="contact.write_notes")
async def write_notes(call: Call[NotesIn]) -> NotesOut:
    """Replace the notes. They are sealed before they reach the database."""
    keys = await call.engine.load_keys(call.uow)
    await contacts.write_notes(call.uow, keys, call.id, call.body.text)
    return NotesOut(text=await contacts.notes(call.uow, keys, call.id))


@route("GET", ONE + "/consent", permission=READ, returns=StandingOut)
async def consent(call: Call) -> Standing:
    """Where the contact must not be written to, and every yes and no so far."""
    return await contacts.standing(call.uow, call.id)


@route("POST", ONE + "/opt-out", permission=WRITE, body=WishIn, returns=StandingOut, audits="contact.opt_out")
async def opt_out(call: Call[WishIn]) -> Standing:
    """Record that the contact asked not to be written to."""
    await contacts.opt_out(call.uow, call.id, _told(call))
    return await contacts.standing(call.uow, call.id)


@route("POST", ONE + "/opt-in", permission=WRITE, body=WishIn, returns=StandingOut, audits="contact.opt_in")
async def opt_in(call: Call[WishIn]) -> Standing:
    """Record that the contact asked to hear from us again."""
    await contacts.opt_in(call.uow, call.id, _told(call))
    return await contacts.standing(call.uow, call.id)


def _told(call: Call[WishIn]) -> Told:
    kind = ChannelKind(call.body.channel_kind)
    call.details = {"channel_kind": kind.value}
    return Told(kind, call.body.said, call.principal.person_id)


def _wanted(query: ContactFilter, narrowed: Filter | None) -> Listing:
    return Listing(query.q, narrowed, query.archived, query.ids)


def _exported(query: ExportQuery) -> dict[str, str | int | bool]:
    """For the audit log: what was asked for, without what somebody searched."""
    asked = {"tag_id": query.tag_id, "segment_id": query.segment_id}
    named = {name: str(value) for name, value in asked.items() if value}
    return {**named, "archived": query.archived, "searched": bool(query.q), "selected": len(query.ids)}


async def _stream(request: web.Request, pieces: AsyncIterator[bytes]) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": 'attachment; filename="contacts.csv"',
        }
    )
    await response.prepare(request)
    try:
        async for piece in pieces:
            await response.write(piece)
    except ConnectionResetError:
        return response  # the client went away
    except BaseException:
        # The answer has begun, so no other can be given.
        if request.transport is not None:
            request.transport.abort()
        raise
    await response.write_eof()
    return response


def _out(card: Card) -> ContactOut:
    columns = ContactOut.model_fields.keys() - {"addresses", "tags", "opted_out"}
    return ContactOut(
        **{name: getattr(card.contact, name) for name in columns},
        addresses=[AddressOut.model_validate(address) for address in card.addresses],
        tags=[TagOut.model_validate(tag) for tag in card.tags],
        opted_out=[ChannelKindName(kind) for kind in card.opted_out],
    )
