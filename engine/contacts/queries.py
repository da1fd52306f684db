"""SQL of contacts, their addresses, tags and segments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, literal, or_, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from engine.contacts.folding import fold
from engine.contacts.phone import Phone, parse
from engine.models import Company, Contact, ContactIdentity, ContactTag, IdentityKind, Segment, Tag

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
