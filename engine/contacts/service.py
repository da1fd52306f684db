"""Verbs on contacts: find, list, create, change, archive, annotate."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError

from engine import clock
from engine.contacts import queries, tagging
from engine.contacts.filters import Filter, compile_filter
from engine.contacts.folding import fold, printable
from engine.contacts.phone import Phone, parse
from engine.db.unit_of_work import UnitOfWork
from engine.errors import EngineError, Kind
from engine.events import ContactChanged
from engine.ids import new_id
from engine.models import ChannelKind, Contact, ContactIdentity, IdentityKind, Tag
from engine.vault import CompanyKeys

LONGEST_NAME = 200
LONGEST_NOTE = 10_000
LONGEST_FIELD = 1_000
MOST_FIELDS = 100
#: Contacts looked through for names of custom fields, and names that are offered.
_RECENT = 20_000
_MOST_NAMES = 200


class ContactNotFound(EngineError):
    """No contact has this id."""

    kind = Kind.NOT_FOUND


class PhoneRefused(EngineError):
    """This is not a phone number a message can be sent to."""

    kind = Kind.INVALID


class PhoneTaken(EngineError):
    """Another contact has this phone number."""


class FieldRefused(EngineError):
    """A custom field needs a name of at most 64 characters and a text of at most 1,000."""

    kind = Kind.INVALID


@dataclass(frozen=True, slots=True)
class NewContact:
    """``phone`` as a person types it; ``custom`` by field name."""

    name: str = field(default="", repr=False)
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    custom: Mapping[str, str] = field(default_factory=dict, repr=False)
    tag_ids: Collection[UUID] = ()


class Changes(TypedDict, total=False):
    """What to change; a key that is absent stays. ``custom`` merges, and an empty text removes its field."""

    name: str
    phone: str | None
    email: str | None
    custom: Mapping[str, str]
    tag_ids: Collection[UUID]


@dataclass(frozen=True, slots=True)
class Card:
    """A contact with everything a list or a page about it shows. Notes are read on their own."""

    contact: Contact
    addresses: list[ContactIdentity]
    tags: list[Tag]
    #: Kinds of channel on which this person must not be written to.
    opted_out: Collection[ChannelKind] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """Which contacts to list. ``among`` leaves out everybody else, known or not."""

    search: str = field(default="", repr=False)
    filter: Filter | None = None
    archived: bool = False
    among: Collection[UUID] = ()


async def find(uow: UnitOfWork, contact_id: UUID) -> Card:
    """Raises:
    ContactNotFound
    """
    contact = await queries.find(uow.session, contact_id)
    if contact is None:
        raise ContactNotFound
    return (await _cards(uow, [contact]))[0]


async def page(
    uow: UnitOfWork, listing: Listing, *, before: UUID | None = None, limit: int = 50
) -> list[Card]:
    """Contacts, newest first. ``before`` is the id of the last one seen."""
    condition = await condition_of(uow, listing)
    return await _cards(uow, await queries.page(uow.session, condition, before=before, most=limit))


async def count(uow: UnitOfWork, tree: Filter | None = None) -> int:
    """How many contacts, archived ones left out, fit a filter."""
    return await count_listed(uow, Listing(filter=tree))


async def count_listed(uow: UnitOfWork, listing: Listing) -> int:
    """How many contacts :func:`page` would come to in the end."""
    return await queries.count(uow.session, await condition_of(uow, listing))


async def condition_of(uow: UnitOfWork, listing: Listing) -> ColumnElement[bool]:
    """A listing as a condition on :class:`engine.models.Contact`. Groups are in no list: no people."""
    archived = Contact.archived_at.is_not(None)
    condition: ColumnElement[bool] = archived if listing.archived else ~archived
    condition &= Contact.subject.is_(None)
    if printable(listing.search):
        region = await queries.region(uow.session, uow.company_id)
        condition &= queries.searched(printable(listing.search)[:LONGEST_NAME], region)
    if listing.filter is not None:
        condition &= compile_filter(listing.filter)
    if listing.among:
        condition &= Contact.id.in_(listing.among)
    return condition


async def field_names(uow: UnitOfWork) -> list[str]:
    """Custom fields the company uses, by name: those of its newest contacts."""
    return await queries.recent_custom_names(uow.session, contacts=_RECENT, most=_MOST_NAMES)


async def create(uow: UnitOfWork, new: NewContact) -> UUID:
    """Add a contact by hand.

    Raises:
        PhoneRefused, PhoneTaken, FieldRefused, TagNotFound
    """
    name = printable(new.name)[:LONGEST_NAME]
    contact = Contact(
        company_id=uow.company_id,
        id=new_id(),
        name=name,
        name_folded=fold(name),
        email=_email(new.email),
        custom=_fields({}, new.custom),
        source="manual",
    )
    uow.session.add(contact)
    await uow.session.flush()
    if new.phone:
        await _add_phone(uow, contact.id, new.phone)
    if new.tag_ids:
        await tagging.attach(uow, [contact.id], new.tag_ids)
    uow.announce(ContactChanged(company_id=uow.company_id, contact_id=contact.id))
    return contact.id


async def change(uow: UnitOfWork, contact_id: UUID, changes: Changes) -> None:
    """Edit a contact. Its ids at vendors stay: they are how its messages find it.

    Raises:
        ContactNotFound, PhoneRefused, PhoneTaken, FieldRefused, TagNotFound
    """
    contact = await _lock(uow, contact_id)
    if "name" in changes:
        contact.name = printable(changes["name"])[:LONGEST_NAME]
        contact.name_folded = fold(contact.name)
    if "email" in changes:
        contact.email = _email(changes["email"])
    if "custom" in changes:
        contact.custom = _fields(contact.custom, changes["custom"])
    if "phone" in changes:
        await _replace_phone(uow, contact_id, changes["phone"])
    if "tag_ids" in changes:
        await tagging.replace(uow, contact_id, changes["tag_ids"])
    contact.updated_at = clock.now()
    uow.announce(ContactChanged(company_id=uow.company_id, contact_id=contact_id))


async def archive(uow: UnitOfWork, contact_id: UUID) -> None:
    """Take a contact out of lists and audiences; what was said stays. Archiving twice is once.

    Raises:
        ContactNotFound
    """
    contact = await _lock(uow, contact_id)
    contact.archived_at = contact.archived_at or clock.now()
    uow.announce(ContactChanged(company_id=uow.company_id, contact_id=contact_id))


async def restore(uow: UnitOfWork, contact_id: UUID) -> None:
    """Raises:
    ContactNotFound
    """
    contact = await _lock(uow, contact_id)
    contact.archived_at = None
    uow.announce(ContactChanged(company_id=uow.company_id, contact_id=contact_id))


async def archive_many(uow: UnitOfWork, contact_ids: Collection[UUID]) -> None:
    """:func:`archive` for many at once, all or none.

    Raises:
        SomebodyMissing, TooManyAtOnce
    """
    await _set_archived(uow, contact_ids, clock.now())


async def restore_many(uow: UnitOfWork, contact_ids: Collection[UUID]) -> None:
    """:func:`restore` for many at once, all or none.

    Raises:
        SomebodyMissing, TooManyAtOnce
    """
    await _set_archived(uow, contact_ids, None)


async def _set_archived(uow: UnitOfWork, contact_ids: Collection[UUID], at: datetime | None) -> None:
    await tagging.require_contacts(uow, contact_ids)
    await queries.set_archived(uow.session, contact_ids, at)
    tagging.tell(uow, contact_ids)


async def notes(uow: UnitOfWork, keys: CompanyKeys, contact_id: UUID) -> str:
    """What the team wrote about a contact, unsealed.

    Raises:
        ContactNotFound, CellUnreadable
    """
    contact = await queries.find(uow.session, contact_id)
    if contact is None:
        raise ContactNotFound
    cells = {UUID(id_): bytes.fromhex(cell) for id_, cell in sorted(contact.taken_notes.items())}
    if contact.notes is not None:
        cells = {contact_id: contact.notes} | cells
    return "\n\n".join(
        keys.open(keys.place("contact", "notes", id_), cell).decode() for id_, cell in cells.items()
    )


async def write_notes(uow: UnitOfWork, keys: CompanyKeys, contact_id: UUID, text: str) -> None:
    """Replace the notes; they are sealed before they reach the database.

    Raises:
        ContactNotFound
    """
    contact = await _lock(uow, contact_id)
    kept = text.replace("\0", "").strip()[:LONGEST_NOTE]
    contact.notes = keys.seal(keys.place("contact", "notes", contact_id), kept.encode()) if kept else None
    contact.taken_notes = {}
    contact.updated_at = clock.now()
    uow.announce(ContactChanged(company_id=uow.company_id, contact_id=contact_id))


async def _lock(uow: UnitOfWork, contact_id: UUID) -> Contact:
    contact = await queries.lock(uow.session, contact_id)
    if contact is None:
        raise ContactNotFound
    return contact


async def _cards(uow: UnitOfWork, contacts: Sequence[Contact]) -> list[Card]:
    ids = [contact.id for contact in contacts]
    addresses = await queries.addresses(uow.session, ids)
    tags = await queries.tags_by_contact(uow.session, ids)
    stopped = await queries.stopped_by_contact(uow.session, ids)
    return [
        Card(one, addresses.get(one.id, []), tags.get(one.id, []), sorted(stopped.get(one.id, ())))
        for one in contacts
    ]


async def _replace_phone(uow: UnitOfWork, contact_id: UUID, text: str | None) -> None:
    await queries.drop_phones(uow.session, contact_id)
    if text:
        await _add_phone(uow, contact_id, text)


async def _add_phone(uow: UnitOfWork, contact_id: UUID, text: str) -> None:
    phone = parse(text, await queries.region(uow.session, uow.company_id))
    if not isinstance(phone, Phone):
        raise PhoneRefused(phone.message)
    owner = await queries.owner_of(uow.session, IdentityKind.PHONE, phone.key)
    if owner is not None:
        raise PhoneTaken
    uow.session.add(
        ContactIdentity(
            company_id=uow.company_id,
            id=new_id(),
            contact_id=contact_id,
            kind=IdentityKind.PHONE,
            value=phone.e164,
            match_key=phone.key,
        )
    )
    try:
        await uow.session.flush()
    except IntegrityError as error:  # taken this very moment
        raise PhoneTaken from error


def _email(text: str | None) -> str | None:
    return (printable(text) or None) if text else None


def _fields(before: Mapping[str, str], told: Mapping[str, str]) -> dict[str, str]:
    """Custom fields after a change. Raises :class:`FieldRefused`."""
    fields = dict(before)
    for name, value in told.items():
        key, text = printable(name), printable(value)
        if not 0 < len(key) <= 64 or len(text) > LONGEST_FIELD:
            raise FieldRefused
        fields[key] = text
    filled = {key: text for key, text in fields.items() if text}
    if len(filled) > MOST_FIELDS:
        raise FieldRefused("A contact has at most 100 custom fields.")
    return filled
