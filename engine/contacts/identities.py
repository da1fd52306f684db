"""Who is writing: addresses seen at a vendor become contacts, whole batches at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from engine.contacts import merging
from engine.contacts.folding import fold, printable
from engine.contacts.phone import display_form, match_key
from engine.db.unit_of_work import UnitOfWork
from engine.events import ContactChanged
from engine.ids import new_id
from engine.models import IdentityKind

#: Kind and match key: what no two contacts of a company share.
Key = tuple[str, str]

#: Others may meet or merge the same people meanwhile; nobody does so again and again.
_TRIES = 5
_NUMBERS = (IdentityKind.PHONE, IdentityKind.WA_ID)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A person as a vendor names them, verbatim. Any address may be missing, but not all.

    A LID is its digits, which are no phone. With ``group``, a group's address, it is that group instead of a
    person, and ``name`` is its subject.
    """

    wa_id: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    bsuid: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    lid: str | None = field(default=None, repr=False)
    group: str | None = None


@dataclass(slots=True)
class Known:
    """Contacts by the keys of their addresses, those of them without a name, and the subjects of groups."""

    contacts: dict[Key, UUID] = field(default_factory=dict)
    nameless: set[UUID] = field(default_factory=set)
    subjects: dict[UUID, str] = field(default_factory=dict)

    def of(self, sighting: Sighting) -> UUID | None:
        return next((self.contacts[key] for key in _search(sighting) if key in self.contacts), None)

    def pairs(self, sightings: Iterable[Sighting]) -> set[tuple[UUID, UUID]]:
        """Contacts that stand apart although a number and a LID of one sighting say they are one person."""
        found: set[tuple[UUID, UUID]] = set()
        for sighting in sightings:
            if not sighting.lid or sighting.group:
                continue
            hidden = self.contacts.get((IdentityKind.LID.value, sighting.lid))
            numbered = self.of(Sighting(sighting.wa_id, sighting.phone))
            if hidden and numbered and hidden != numbered:
                found.add((numbered, hidden))
        return found


# Equality put as a range, in order: statistics older than a company promise it has next to no rows, and then
# any index that begins with the company looks as good as the right one. Only the right one needs no sorting.
_FIND = text("""
    SELECT w.kind, w.match_key, f.contact_id, c.name = '' AS nameless, c.subject
    FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS text[])) AS w(kind, match_key)
    CROSS JOIN LATERAL (
        SELECT i.contact_id FROM contact_identity i
        WHERE i.company_id = :company AND i.kind = w.kind
          AND i.match_key >= w.match_key AND i.match_key <= w.match_key
        ORDER BY i.match_key LIMIT 1) f
    JOIN contact c ON c.company_id = :company AND c.id = f.contact_id
""")

_MAKE = text("""
    INSERT INTO contact (company_id, id, name, name_folded, subject, source)
    SELECT :company, n.id, n.name, n.folded, n.subject, 'message'
    FROM unnest(CAST(:ids AS uuid[]), CAST(:names AS text[]), CAST(:folded AS text[]),
                CAST(:subjects AS text[])) AS n(id, name, folded, subject)
""")

# The contacts are held first, in the order of their ids: one that became another's meanwhile gets nothing.
_ATTACH = text("""
    WITH held AS MATERIALIZED (
        SELECT id FROM contact WHERE company_id = :company AND id = ANY(CAST(:contacts AS uuid[]))
        ORDER BY id FOR KEY SHARE
    )
    INSERT INTO contact_identity (company_id, id, contact_id, kind, value, match_key)
    SELECT :company, n.id, n.contact_id, n.kind, n.value, n.match_key
    FROM unnest(CAST(:ids AS uuid[]), CAST(:contacts AS uuid[]), CAST(:kinds AS text[]),
                CAST(:values AS text[]), CAST(:keys AS text[]))
         WITH ORDINALITY AS n(id, contact_id, kind, value, match_key, position)
    JOIN held h ON h.id = n.contact_id
    ORDER BY n.position
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
    RETURNING c.id
""")

_RENAME = text("""
    UPDATE contact c SET subject = n.name, updated_at = now(),
        name = CASE WHEN c.name IN ('', c.subject) THEN n.name ELSE c.name END,
        name_folded = CASE WHEN c.name IN ('', c.subject) THEN n.folded ELSE c.name_folded END
    FROM unnest(CAST(:ids AS uuid[]), CAST(:names AS text[]), CAST(:folded AS text[])) AS n(id, name, folded)
    WHERE c.company_id = :company AND c.id = n.id AND c.subject IS DISTINCT FROM n.name
    RETURNING c.id
""")

_UNDO = text("DELETE FROM contact WHERE company_id = :company AND id = ANY(CAST(:ids AS uuid[]))")


async def resolve_many(uow: UnitOfWork, sightings: Sequence[Sighting]) -> list[UUID]:
    """The contact behind each sighting, in order; unknown people and groups become contacts.

    A ``wa_id`` and a phone number with the same match key are one person, ninth digit or not. Addresses seen
    for the first time are attached to their contact, and a contact without a name gets the vendor's. Two
    contacts that one sighting names by number and by LID become one. One statement when everybody is known;
    a handful otherwise, whatever the number.
    """
    known = await recognize(uow, sightings)
    for _ in range(_TRIES):
        strangers = [sighting for sighting in sightings if known.of(sighting) is None]
        if not strangers:
            break
        await _make(uow, strangers, known)
        await _attach_new(uow, sightings, known)
    people = [_required(known, sighting) for sighting in sightings]
    await call(uow, list(zip(people, sightings, strict=True)), known)
    return people


async def call(uow: UnitOfWork, seen: Sequence[tuple[UUID, Sighting]], known: Known) -> None:
    """Name the nameless as the vendor does, and groups as their members do; nobody whom the team named."""
    await _name(uow, [(who, s) for who, s in seen if not s.group], known)
    await _rename(uow, [(who, s) for who, s in seen if s.group], known)


async def recognize(uow: UnitOfWork, sightings: Sequence[Sighting]) -> Known:
    """What is known of these people, with what the sightings add to it. Makes nobody."""
    keys = {key for sighting in sightings for key in _search(sighting)}
    known = await _find(uow, keys)
    for _ in range(_TRIES):
        apart = known.pairs(sightings)
        if not apart:
            break
        held = await merging.hold(uow, {id_ for pair in apart for id_ in pair})
        # Whoever was faster has changed what is known.
        known = await _find(uow, keys)
        await merging.merge(uow, known.pairs(sightings), held)
        known = await _find(uow, keys)
    await _attach_new(uow, sightings, known)
    return known


def address_key(kind: IdentityKind, value: str) -> str:
    """The match key of an address: only numbers have several forms."""
    return match_key(value) if kind in _NUMBERS else value


async def _make(uow: UnitOfWork, strangers: Sequence[Sighting], known: Known) -> None:
    people = _apart(strangers)
    ids = {key: new_id() for key in people}
    names = [next(filter(None, (printable(s.name or "") for s in seen)), "") for seen in people.values()]
    subjects = [name if seen[0].group else None for name, seen in zip(names, people.values(), strict=True)]
    values = {"ids": list(ids.values()), "names": names, "folded": [fold(name) for name in names]}
    await uow.session.execute(_MAKE, {"company": uow.company_id, "subjects": subjects, **values})
    known.subjects |= {
        id_: name for id_, name in zip(ids.values(), subjects, strict=True) if name is not None
    }
    await _attach(uow, [(ids[key], s) for key, seen in people.items() for s in seen], known)
    lost = {id_ for key, id_ in ids.items() if known.contacts.get(key) != id_}
    if lost:
        # Somebody else met the same person meanwhile; theirs stays.
        await uow.session.execute(_UNDO, {"company": uow.company_id, "ids": list(lost)})
        found = await _find(uow, {key for s in strangers for key in _search(s)})
        known.contacts = {key: id_ for key, id_ in known.contacts.items() if id_ not in lost} | found.contacts
        known.nameless |= found.nameless
        known.subjects |= found.subjects


def _apart(strangers: Sequence[Sighting]) -> dict[Key, list[Sighting]]:
    """Strangers by one of their keys, everybody once: those who tell most of themselves come first."""
    people: dict[Key, list[Sighting]] = {}
    owner: dict[Key, Key] = {}
    for sighting in sorted(strangers, key=lambda s: -len(_search(s))):
        keys = _search(sighting)
        first = next((owner[key] for key in keys if key in owner), keys[0] if keys else None)
        if first is None:
            raise LookupError("a sighting without any address")
        people.setdefault(first, []).append(sighting)
        owner |= {key: first for key in keys if key not in owner}
    return people


async def _attach_new(uow: UnitOfWork, sightings: Sequence[Sighting], known: Known) -> None:
    """Give known people the addresses they came with; who is known by one of these then, in turn."""
    before = -1
    while len(known.contacts) != before:
        before = len(known.contacts)
        seen = [
            (contact_id, sighting)
            for sighting in sightings
            if (contact_id := known.of(sighting)) is not None
            and any(
                (kind.value, address_key(kind, value)) not in known.contacts
                for kind, value in _addresses(sighting)
            )
        ]
        if seen:
            await _attach(uow, seen, known)


async def _name(uow: UnitOfWork, seen: Iterable[tuple[UUID, Sighting]], known: Known) -> None:
    names = {id_: name for id_, s in seen if id_ in known.nameless and (name := printable(s.name or ""))}
    if names:
        for row in await _rows(uow.session, _NAME, {"company": uow.company_id, **_names(names)}):
            uow.announce(ContactChanged(company_id=uow.company_id, contact_id=row.id))


async def _rename(uow: UnitOfWork, seen: Iterable[tuple[UUID, Sighting]], known: Known) -> None:
    """A group is called what its members call it now, unless somebody here gave it another name."""
    told = {id_: name for id_, s in seen if (name := printable(s.name or ""))}
    news = {id_: name for id_, name in sorted(told.items()) if known.subjects.get(id_) != name}
    if news:
        for row in await _rows(uow.session, _RENAME, {"company": uow.company_id, **_names(news)}):
            uow.announce(ContactChanged(company_id=uow.company_id, contact_id=row.id))


def _names(names: dict[UUID, str]) -> dict[str, list[Any]]:
    return {
        "ids": list(names),
        "names": list(names.values()),
        "folded": [fold(name) for name in names.values()],
    }


async def _find(uow: UnitOfWork, keys: set[Key]) -> Known:
    wanted = sorted(keys)
    values = {"kinds": [kind for kind, _ in wanted], "keys": [key for _, key in wanted]}
    known = Known()
    for kind, key, contact_id, nameless, subject in await _rows(
        uow.session, _FIND, {"company": uow.company_id} | values
    ):
        known.contacts[kind, key] = contact_id
        if nameless:
            known.nameless.add(contact_id)
        if subject is not None:
            known.subjects[contact_id] = subject
    return known


async def _attach(uow: UnitOfWork, seen: Sequence[tuple[UUID, Sighting]], known: Known) -> None:
    unique: dict[Key, tuple[UUID, str]] = {}
    for contact_id, sighting in seen:
        for kind, value in _addresses(sighting):
            key = (kind.value, address_key(kind, value))
            if key not in known.contacts:
                unique.setdefault(key, (contact_id, value))
    # One order for every writer, so that two batches cannot lock each other out.
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
    if attached and any(s.bsuid or s.lid for _, s in seen):  # others share the number's own key
        await uow.session.execute(_INHERIT, {"company": uow.company_id} | _columns(attached))


def _columns(attached: Sequence[Any]) -> dict[str, list[Any]]:
    kinds, keys, contacts = zip(*attached, strict=True)
    return {"kinds": list(kinds), "keys": list(keys), "contacts": list(contacts)}


async def _rows(session: AsyncSession, statement: Any, values: dict[str, Any]) -> Sequence[Any]:
    return (await session.execute(statement, values)).all()


def _required(known: Known, sighting: Sighting) -> UUID:
    contact_id = known.of(sighting)
    if contact_id is None:
        raise LookupError("a sighting of somebody who is made and gone again and again")
    return contact_id


def _addresses(sighting: Sighting) -> list[tuple[IdentityKind, str]]:
    """What is attached to a contact. A ``wa_id`` is a phone number too, in the form people recognize."""
    if sighting.group:
        return [(IdentityKind.GROUP, sighting.group)]
    found: list[tuple[IdentityKind, str]] = []
    if sighting.wa_id:
        found.append((IdentityKind.WA_ID, sighting.wa_id))
    if phone := sighting.phone or (sighting.wa_id and display_form(sighting.wa_id)):
        found.append((IdentityKind.PHONE, phone))
    if sighting.lid:
        found.append((IdentityKind.LID, sighting.lid))
    if sighting.bsuid:
        found.append((IdentityKind.BSUID, sighting.bsuid))
    return found


def _search(sighting: Sighting) -> list[Key]:
    """Keys under which a contact may be known, the surest first."""
    if sighting.group:
        return [(IdentityKind.GROUP.value, sighting.group)]
    number = sighting.wa_id or sighting.phone
    keys: list[Key] = []
    if number:
        key = match_key(number)
        keys = [(IdentityKind.PHONE.value, key), (IdentityKind.WA_ID.value, key)]
    if sighting.lid:
        keys.append((IdentityKind.LID.value, sighting.lid))
    if sighting.bsuid:
        keys.append((IdentityKind.BSUID.value, sighting.bsuid))
    return keys
