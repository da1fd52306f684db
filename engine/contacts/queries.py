"""SQL of contacts, their addresses, tags and segments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    Text,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from engine.contacts.folding import fold
from engine.contacts.phone import Phone, parse
from engine.models import (
    ChannelKind,
    Company,
    Contact,
    ContactIdentity,
    ContactTag,
    IdentityKind,
    OptOut,
    Segment,
    Tag,
)

#: More words than this find nothing more.
_MOST_WORDS = 6
#: Fewer digits than this are no part of a number worth looking for.
_FEWEST_DIGITS = 4


async def find(session: AsyncSession, contact_id: UUID) -> Contact | None:
    return await session.scalar(select(Contact).where(Contact.id == contact_id))


async def lock(session: AsyncSession, contact_id: UUID) -> Contact | None:
    """Load a contact and hold its row until the transaction ends."""
    return await session.scalar(select(Contact).where(Contact.id == contact_id).with_for_update())


async def page(
    session: AsyncSession, condition: ColumnElement[bool], *, before: UUID | None, most: int
) -> list[Contact]:
    """Newest first."""
    statement = select(Contact).where(condition).order_by(Contact.company_id.desc(), Contact.id.desc())
    if before is not None:
        statement = statement.where(Contact.id < before)
    return list(await session.scalars(statement.limit(most)))


async def count(session: AsyncSession, condition: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count()).select_from(Contact).where(condition)) or 0


def searched(words: str, region: str) -> ColumnElement[bool]:
    """Contacts whose name holds every word, or whose number or e-mail is meant."""
    names = fold(words).split()[:_MOST_WORDS]
    by_name = [Contact.name_folded.contains(word, autoescape=True) for word in names]
    ways: list[ColumnElement[bool]] = [literal(bool(by_name)), *by_name]
    found: list[ColumnElement[bool]] = [_all(ways)]
    if "@" in words:
        found.append(func.lower(Contact.email).startswith(words.strip().lower(), autoescape=True))
    if (numbered := _numbered(words, region)) is not None:
        found.append(numbered)
    return or_(*found)


async def addresses(
    session: AsyncSession, contact_ids: Collection[UUID]
) -> dict[UUID, list[ContactIdentity]]:
    rows = await session.scalars(
        select(ContactIdentity)
        .where(ContactIdentity.contact_id == func.any(list(contact_ids)))
        .order_by(ContactIdentity.created_at, ContactIdentity.id)
    )
    found: dict[UUID, list[ContactIdentity]] = defaultdict(list)
    for row in rows:
        found[row.contact_id].append(row)
    return found


async def tags_by_contact(session: AsyncSession, contact_ids: Collection[UUID]) -> dict[UUID, list[Tag]]:
    rows = await session.execute(
        select(ContactTag.contact_id, Tag)
        .join(Tag, (Tag.company_id == ContactTag.company_id) & (Tag.id == ContactTag.tag_id))
        .where(ContactTag.contact_id == func.any(list(contact_ids)))
        .order_by(Tag.name)
    )
    found: dict[UUID, list[Tag]] = defaultdict(list)
    for contact_id, tag in rows:
        found[contact_id].append(tag)
    return found


async def stopped_by_contact(
    session: AsyncSession, contact_ids: Collection[UUID]
) -> dict[UUID, set[ChannelKind]]:
    """On which kinds of channel these people must not be written to; who is not stopped is not named."""
    rows = await session.execute(
        select(ContactIdentity.contact_id, OptOut.channel_kind)
        .join(OptOut, _in_force())
        .where(ContactIdentity.contact_id == func.any(list(contact_ids)))
    )
    found: dict[UUID, set[ChannelKind]] = defaultdict(set)
    for contact_id, kind in rows:
        found[contact_id].add(kind)
    return found


async def set_archived(session: AsyncSession, contact_ids: Collection[UUID], at: datetime | None) -> None:
    """Archive, or with None restore; a contact that is so already keeps its moment."""
    changes = Contact.archived_at.is_(None) if at else Contact.archived_at.is_not(None)
    await session.execute(
        update(Contact).where(Contact.id == func.any(list(contact_ids)), changes).values(archived_at=at)
    )


async def custom_names(session: AsyncSession, condition: ColumnElement[bool], *, most: int) -> list[str]:
    """Names of the custom fields contacts have that fit the condition, by name."""
    names = select(func.jsonb_object_keys(Contact.custom).label("name")).where(condition).subquery()
    return list(await session.scalars(select(names.c.name).distinct().order_by(names.c.name).limit(most)))


async def recent_custom_names(session: AsyncSession, *, contacts: int, most: int) -> list[str]:
    """The same of the newest ``contacts``, which is quick however many there are."""
    newest = (
        select(Contact.custom)
        .order_by(Contact.company_id.desc(), Contact.id.desc())
        .limit(contacts)
        .subquery()
    )
    names = select(func.jsonb_object_keys(newest.c.custom).label("name")).subquery()
    return list(await session.scalars(select(names.c.name).distinct().order_by(names.c.name).limit(most)))


async def export_page(
    session: AsyncSession, condition: ColumnElement[bool], *, before: UUID | None, most: int
) -> Sequence[Row[Any]]:
    """Newest first: id, name, email, custom, created_at, addresses as kind:value, tags, stopped kinds."""
    statement = (
        select(
            Contact.id,
            Contact.name,
            Contact.email,
            Contact.custom,
            Contact.created_at,
            _all_addresses().label("addresses"),
            _all_tags().label("tags"),
            _all_stopped().label("stopped"),
        )
        .where(condition)
        .order_by(Contact.company_id.desc(), Contact.id.desc())
        .limit(most)
    )
    if before is not None:
        statement = statement.where(Contact.id < before)
    return (await session.execute(statement)).all()


async def owner_of(session: AsyncSession, kind: IdentityKind, key: str) -> UUID | None:
    return await session.scalar(
        select(ContactIdentity.contact_id).where(
            ContactIdentity.kind == kind, ContactIdentity.match_key == key
        )
    )


async def drop_phones(session: AsyncSession, contact_id: UUID) -> None:
    await session.execute(
        delete(ContactIdentity).where(
            ContactIdentity.contact_id == contact_id, ContactIdentity.kind == IdentityKind.PHONE
        )
    )


async def find_tag(session: AsyncSession, tag_id: UUID) -> Tag | None:
    return await session.scalar(select(Tag).where(Tag.id == tag_id))


async def tag_named(session: AsyncSession, name: str) -> Tag | None:
    return await session.scalar(select(Tag).where(Tag.name == name))


async def tags(session: AsyncSession) -> list[tuple[Tag, int]]:
    """Every tag with the number of contacts that carry it, by name."""
    carried = (
        select(func.count())
        .where(ContactTag.company_id == Tag.company_id, ContactTag.tag_id == Tag.id)
        .scalar_subquery()
    )
    rows = await session.execute(select(Tag, carried).order_by(Tag.name))
    return [(tag, number) for tag, number in rows]


async def existing_tags(session: AsyncSession, tag_ids: Collection[UUID]) -> set[UUID]:
    return set(await session.scalars(select(Tag.id).where(Tag.id == func.any(list(tag_ids)))))


async def existing_contacts(session: AsyncSession, contact_ids: Collection[UUID]) -> set[UUID]:
    return set(await session.scalars(select(Contact.id).where(Contact.id == func.any(list(contact_ids)))))


async def attach_tags(
    session: AsyncSession, company_id: UUID, contact_ids: Collection[UUID], tag_ids: Collection[UUID]
) -> None:
    rows = [
        {"company_id": company_id, "contact_id": contact_id, "tag_id": tag_id}
        for contact_id in sorted(contact_ids)
        for tag_id in sorted(tag_ids)
    ]
    if rows:
        await session.execute(postgresql.insert(ContactTag).on_conflict_do_nothing(), rows)


async def detach_tags(
    session: AsyncSession, contact_ids: Collection[UUID], tag_ids: Collection[UUID] | None
) -> None:
    """Take ``tag_ids`` away, or every tag when None."""
    statement = delete(ContactTag).where(ContactTag.contact_id == func.any(list(contact_ids)))
    if tag_ids is not None:
        statement = statement.where(ContactTag.tag_id == func.any(list(tag_ids)))
    await session.execute(statement)


async def remove_tag(session: AsyncSession, tag_id: UUID) -> None:
    await session.execute(delete(Tag).where(Tag.id == tag_id))


async def find_segment(session: AsyncSession, segment_id: UUID) -> Segment | None:
    return await session.scalar(select(Segment).where(Segment.id == segment_id))


async def segment_named(session: AsyncSession, name: str) -> Segment | None:
    return await session.scalar(select(Segment).where(Segment.name == name))


async def segments(session: AsyncSession) -> list[Segment]:
    return list(await session.scalars(select(Segment).order_by(Segment.name)))


async def remove_segment(session: AsyncSession, segment_id: UUID) -> None:
    await session.execute(delete(Segment).where(Segment.id == segment_id))


async def region(session: AsyncSession, company_id: UUID) -> str:
    """Where numbers without a country code are dialed from."""
    return await session.scalar(select(Company.region).where(Company.id == company_id)) or "BR"


async def timezone(session: AsyncSession, company_id: UUID) -> str:
    """Whose clock the company goes by."""
    return await session.scalar(select(Company.timezone).where(Company.id == company_id)) or "UTC"


def _in_force() -> ColumnElement[bool]:
    """An opt-out that stops an address. Naming every kind lets the index answer."""
    return (
        (OptOut.company_id == ContactIdentity.company_id)
        & OptOut.channel_kind.in_(list(ChannelKind))
        & (OptOut.match_key == ContactIdentity.match_key)
        & OptOut.revoked_at.is_(None)
    )


def _all_addresses() -> ScalarSelect[Any]:
    in_order = aggregate_order_by(
        cast(ContactIdentity.kind, Text) + ":" + ContactIdentity.value,
        ContactIdentity.created_at,
        ContactIdentity.id,
    )
    return _of_contact(select(func.array_agg(in_order)), ContactIdentity)


def _all_tags() -> ScalarSelect[Any]:
    names = select(func.array_agg(aggregate_order_by(Tag.name, Tag.name))).join(
        ContactTag, (ContactTag.company_id == Tag.company_id) & (ContactTag.tag_id == Tag.id)
    )
    return _of_contact(names, ContactTag)


def _all_stopped() -> ScalarSelect[Any]:
    kinds = select(func.array_agg(OptOut.channel_kind.distinct())).select_from(ContactIdentity)
    return _of_contact(kinds.join(OptOut, _in_force()), ContactIdentity)


def _of_contact(statement: Select[Any], table: type[ContactIdentity] | type[ContactTag]) -> ScalarSelect[Any]:
    mine = (table.company_id == Contact.company_id) & (table.contact_id == Contact.id)
    return statement.where(mine).correlate(Contact).scalar_subquery()


def _numbered(words: str, region: str) -> ColumnElement[bool] | None:
    phone = parse(words, region)
    if isinstance(phone, Phone):
        return _with_number(ContactIdentity.match_key == phone.key)
    digits = "".join(character for character in words if character.isascii() and character.isdigit())
    if len(digits) < _FEWEST_DIGITS or any(character.isalpha() for character in words):
        return None
    # With the ninth digit and without: part of a number does not say which is meant.
    written = ContactIdentity.value.contains(digits, autoescape=True)
    return _with_number(written | ContactIdentity.match_key.contains(digits, autoescape=True))


def _with_number(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    owners = select(ContactIdentity.contact_id).where(ContactIdentity.kind == IdentityKind.PHONE, condition)
    return Contact.id.in_(owners)


def _all(parts: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    whole = parts[0]
    for part in parts[1:]:
        whole = whole & part
    return whole
