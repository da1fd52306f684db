"""Who is writing: addresses seen at a vendor become contacts, whole batches at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from engine.contacts.folding import fold, printable
from engine.contacts.phone import display_form, match_key
from engine.db.unit_of_work import UnitOfWork
from engine.ids import new_id
from engine.models import IdentityKind

#: Kind and match key: what no two contacts of a company share.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sighting:
    """A person as a vendor names them, verbatim. Any address may be missing, but not all."""

    wa_id: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    bsuid: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class _Known:
    """Contacts by the keys of their addresses, and those of them that have no name yet."""

    contacts: dict[Key, UUID] = field(default_factory=dict)
    nameless: set[UUID] = field(default_factory=set)

    def of(self, sighting: Sighting) -> UUID | None:
        return next((self.contacts[key] for key in _search(sighting) if key in self.contacts), None)


# Equality put as a range, in order: statistics older than a company promise it has next to no rows, and then
# any index that begins with the company looks as good as the right one. Only the right one needs no sorting.
_FIND = text("""
    SELECT w.kind, w.match_key, f.contact_id, c.name = '' AS nameless
    FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS text[])) AS w(kind, match_key)
    CROSS JOIN LATERAL (
        SELECT i.contact_id FROM contact_identity i
        WHERE i.company_id = :company AND i.kind = w.kind
          AND i.match_key >= w.match_key AND i.match_key <= w.match_key
        ORDER BY i.match_key LIMIT 1) f
    JOIN contact c ON c.company_id = :company AND c.id = f.contact_id
""")

_MAKE = text("""
    INSERT INTO contact (company_id, id, name, name_folded, source)
    SELECT :company, n.id, n.name, n.folded, 'message'
    FROM unnest(CAST(:ids AS uuid[]), CAST(:names AS text[]), CAST(:folded AS text[])) AS n(id, name, folded)
""")

_ATTACH = text("""
    INSERT INTO contact_identity (company_id, id, contact_id, kind, value, match_key)
    SELECT :company, n.id, n.contact_id, n.kind, n.value, n.match_key
    FROM unnest(CAST(:ids AS uuid[]), CAST(:contacts AS uuid[]), CAST(:kinds AS text[]),
                CAST(:values AS text[]), CAST(:keys AS text[])) AS n(id, contact_id, kind, value, match_key)
    ON CONFLICT (company_id, kind, match_key) DO NOTHING
    RETURNING kind, match_key, contact_id
""")

# Who asked to be left alone stays so under an address we learn later. Only WhatsApp has ids of its own.
_INHERIT = text("""
    INSERT INTO opt_out (company_id, id, channel_kind, match_key, contact_id, reason, evidence, created_at)
    SELECT DISTINCT ON (o.channel_kind, n.match_key) :company, gen_random_uuid(), o.channel_kind, n.match_key,
        n.contact_id, o.reason, o.evidence, o.created_at
    FROM unnest(CAST(:contacts AS uuid[]), CAST(:kinds AS text[]), CAST(:keys AS text[]))
        AS n(contact_id, kind, match_key)
    JOIN contact_identity i ON i.company_id = :company AND i.contact_id = n.contact_id
    JOIN opt_out o ON o.company_id = :company AND o.match_key = i.match_key AND o.match_key <> n.match_key
        AND o.revoked_at IS NULL AND (o.channel_kind = 'whatsapp' OR n.kind = 'phone')
    ORDER BY o.channel_kind, n.match_key, o.created_at DESC
    ON CONFLICT (company_id, channel_kind, match_key) DO NOTHING
""")

_NAME = text("""
    UPDATE contact c SET name = n.name, name_folded = n.folded, updated_at = now()
    FROM unnest(CAST(:ids AS uuid[]), CAST(:names AS text[]), CAST(:folded AS text[])) AS n(id, name, folded)
    WHERE c.company_id = :company AND c.id = n.id AND c.name = ''
""")

_UNDO = text("DELETE FROM contact WHERE company_id = :company AND id = ANY(CAST(:ids AS uuid[]))")


async def resolve_many(uow: UnitOfWork, sightings: Sequence[Sighting]) -> list[UUID]:
    """The contact behind each sighting, in order; unknown people become contacts.

    A ``wa_id`` and a phone number with the same match key are one person, ninth digit or not. Addresses seen
    for the first time are attached to their contact, and a contact without a name gets the vendor's. One
    statement when everybody is known; a handful otherwise, whatever the number.
    """
    known = await _find(uow, {key for sighting in sightings for key in _search(sighting)})
    await _make_missing(uow, sightings, known)
    people = [_required(known, sighting) for sighting in sightings]
    await _attach_new(uow, zip(people, sightings, strict=True), known)
    await _name(uow, zip(people, sightings, strict=True), known)
    return people


async def _make_missing(uow: UnitOfWork, sightings: Sequence[Sighting], known: _Known) -> None:
    missing = {_search(s)[0]: s for s in reversed(sightings) if known.of(s) is None}
    if not missing:
        return
    ids = {key: new_id() for key in missing}
    names = [printable(s.name or "") for s in missing.values()]
    values = {"ids": list(ids.values()), "names": names, "folded": [fold(name) for name in names]}
    await uow.session.execute(_MAKE, {"company": uow.company_id, **values})
    rows = [(ids[key], kind, value) for key, s in missing.items() for kind, value in _addresses(s)]
    await _attach(uow, rows, known)
    lost = {id_ for key, id_ in ids.items() if known.contacts.get(key) != id_}
    if lost:
        # Somebody else met the same person meanwhile; theirs stays.
        await uow.session.execute(_UNDO, {"company": uow.company_id, "ids": list(lost)})
        found = await _find(uow, {key for s in missing.values() for key in _search(s)})
        known.contacts = {key: id_ for key, id_ in known.contacts.items() if id_ not in lost} | found.contacts
        known.nameless |= found.nameless


async def _attach_new(uow: UnitOfWork, seen: Iterable[tuple[UUID, Sighting]], known: _Known) -> None:
    rows = [
        (contact_id, kind, value)
        for contact_id, sighting in seen
        for kind, value in _addresses(sighting)
        if (kind.value, _key(kind, value)) not in known.contacts
    ]
    if rows:
        await _attach(uow, rows, known)


async def _name(uow: UnitOfWork, seen: Iterable[tuple[UUID, Sighting]], known: _Known) -> None:
    names = {id_: name for id_, s in seen if id_ in known.nameless and (name := printable(s.name or ""))}
    if names:
        folded = [fold(name) for name in names.values()]
        values = {"ids": list(names), "names": list(names.values()), "folded": folded}
        await uow.session.execute(_NAME, {"company": uow.company_id, **values})


async def _find(uow: UnitOfWork, keys: set[Key]) -> _Known:
    wanted = sorted(keys)
    values = {"kinds": [kind for kind, _ in wanted], "keys": [key for _, key in wanted]}
    known = _Known()
    for kind, key, contact_id, nameless in await _rows(
        uow.session, _FIND, {"company": uow.company_id} | values
    ):
        known.contacts[kind, key] = contact_id
        if nameless:
            known.nameless.add(contact_id)
    return known


async def _attach(uow: UnitOfWork, rows: Sequence[tuple[UUID, IdentityKind, str]], known: _Known) -> None:
    # One order for every writer, so that two batches cannot lock each other out.
    unique = {(kind.value, _key(kind, value)): (contact_id, value) for contact_id, kind, value in rows}
    ordered = sorted(unique.items())
    values = {
        "company": uow.company_id,
        "ids": [new_id() for _ in ordered],
        "contacts": [contact_id for _, (contact_id, _) in ordered],
        "kinds": [kind for (kind, _), _ in ordered],
        "values": [value for _, (_, value) in ordered],
        "keys": [key for (_, key), _ in ordered],
    }
    attached = await _rows(uow.session, _ATTACH, values)
    for kind, key, contact_id in attached:
        known.contacts[kind, key] = contact_id
    if any(kind == IdentityKind.BSUID.value for kind, _, _ in attached):  # others share the number's own key
        await uow.session.execute(_INHERIT, {"company": uow.company_id} | _columns(attached))


def _columns(attached: Sequence[Any]) -> dict[str, list[Any]]:
    kinds, keys, contacts = zip(*attached, strict=True)
    return {"kinds": list(kinds), "keys": list(keys), "contacts": list(contacts)}


async def _rows(session: AsyncSession, statement: Any, values: dict[str, Any]) -> Sequence[Any]:
    return (await session.execute(statement, values)).all()


def _required(known: _Known, sighting: Sighting) -> UUID:
    contact_id = known.of(sighting)
    if contact_id is None:
        raise LookupError("a sighting without any address")
    return contact_id


def _addresses(sighting: Sighting) -> list[tuple[IdentityKind, str]]:
    """What is attached to a contact. A ``wa_id`` is a phone number too, in the form people recognize."""
    found: list[tuple[IdentityKind, str]] = []
    if sighting.wa_id:
        found.append((IdentityKind.WA_ID, sighting.wa_id))
    if phone := sighting.phone or (sighting.wa_id and display_form(sighting.wa_id)):
        found.append((IdentityKind.PHONE, phone))
    if sighting.bsuid:
        found.append((IdentityKind.BSUID, sighting.bsuid))
    return found


def _search(sighting: Sighting) -> list[Key]:
    """Keys under which a contact may be known, the surest first."""
    number = sighting.wa_id or sighting.phone
    keys: list[Key] = []
    if number:
        key = match_key(number)
        keys = [(IdentityKind.PHONE.value, key), (IdentityKind.WA_ID.value, key)]
    if sighting.bsuid:
        keys.append((IdentityKind.BSUID.value, sighting.bsuid))
    return keys


def _key(kind: IdentityKind, value: str) -> str:
    return value if kind is IdentityKind.BSUID else match_key(value)
