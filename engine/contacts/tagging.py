"""Tags: made, renamed, removed, put on contacts and taken off."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from engine.contacts import queries
from engine.contacts.folding import printable
from engine.db.unit_of_work import UnitOfWork
from engine.errors import EngineError, Kind
from engine.events import ContactChanged
from engine.ids import new_id
from engine.models import Tag

LONGEST_NAME = 50
#: Contacts one call may tag; larger groups are tagged by import or segment.
MOST_AT_ONCE = 1_000
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


class TagNotFound(EngineError):
    """No tag has this id."""

    kind = Kind.NOT_FOUND


class TagExists(EngineError):
    """There is a tag with this name."""


class TagRefused(EngineError):
    """A tag needs a name of at most 50 characters and, if any, a color such as #2a9d8f."""

    kind = Kind.INVALID


class SomebodyMissing(EngineError):
    """One of these contacts does not exist."""

    kind = Kind.NOT_FOUND


class TooManyAtOnce(EngineError):
    """At most 1,000 contacts can be changed at once."""

    kind = Kind.INVALID


@dataclass(frozen=True, slots=True)
class CountedTag:
    tag: Tag
    contacts: int


async def tags(uow: UnitOfWork) -> list[CountedTag]:
    """By name."""
    return [CountedTag(tag, number) for tag, number in await queries.tags(uow.session)]


async def create_tag(uow: UnitOfWork, *, name: str, color: str | None = None) -> Tag:
    """Raises:
    TagExists, TagRefused
    """
    tag = Tag(company_id=uow.company_id, id=new_id(), name=await _free_name(uow, name), color=_color(color))
    uow.session.add(tag)
    await uow.session.flush()
    return tag


async def change_tag(uow: UnitOfWork, tag_id: UUID, *, name: str, color: str | None) -> Tag:
    """Raises:
    TagNotFound, TagExists, TagRefused
    """
    tag = await queries.find_tag(uow.session, tag_id)
    if tag is None:
        raise TagNotFound
    if printable(name) != tag.name:
        tag.name = await _free_name(uow, name)
    tag.color = _color(color)
    return tag


async def remove_tag(uow: UnitOfWork, tag_id: UUID) -> None:
    """Remove a tag from every contact that carries it.

    Raises:
        TagNotFound
    """
    if await queries.find_tag(uow.session, tag_id) is None:
        raise TagNotFound
    await queries.remove_tag(uow.session, tag_id)


async def attach(uow: UnitOfWork, contact_ids: Collection[UUID], tag_ids: Collection[UUID]) -> None:
    """Put every tag on every contact; those already there stay.

    Raises:
        TagNotFound, SomebodyMissing, TooManyAtOnce
    """
    await _require(uow, contact_ids, tag_ids)
    await queries.attach_tags(uow.session, uow.company_id, contact_ids, tag_ids)
    tell(uow, contact_ids)


async def detach(uow: UnitOfWork, contact_ids: Collection[UUID], tag_ids: Collection[UUID]) -> None:
    """Take tags off contacts; a contact that carries none of them is no matter.

    Raises:
        TagNotFound, SomebodyMissing, TooManyAtOnce
    """
    await _require(uow, contact_ids, tag_ids)
    await queries.detach_tags(uow.session, contact_ids, tag_ids)
    tell(uow, contact_ids)


async def replace(uow: UnitOfWork, contact_id: UUID, tag_ids: Collection[UUID]) -> None:
    """Leave a contact with exactly these tags.

    Raises:
        TagNotFound, SomebodyMissing
    """
    await _require(uow, [contact_id], tag_ids)
    await queries.detach_tags(uow.session, [contact_id], None)
    await queries.attach_tags(uow.session, uow.company_id, [contact_id], tag_ids)


async def require_contacts(uow: UnitOfWork, contact_ids: Collection[UUID]) -> None:
    """Raises:
    SomebodyMissing, TooManyAtOnce
    """
    if len(contact_ids) > MOST_AT_ONCE:
        raise TooManyAtOnce
    if await queries.existing_contacts(uow.session, contact_ids) != set(contact_ids):
        raise SomebodyMissing


def tell(uow: UnitOfWork, contact_ids: Collection[UUID]) -> None:
    """Announce each of them as changed."""
    for contact_id in contact_ids:
        uow.announce(ContactChanged(company_id=uow.company_id, contact_id=contact_id))


async def _require(uow: UnitOfWork, contact_ids: Collection[UUID], tag_ids: Collection[UUID]) -> None:
    if len(tag_ids) > MOST_AT_ONCE:
        raise TooManyAtOnce
    if await queries.existing_tags(uow.session, tag_ids) != set(tag_ids):
        raise TagNotFound
    await require_contacts(uow, contact_ids)


async def _free_name(uow: UnitOfWork, name: str) -> str:
    kept = printable(name)
    if not 0 < len(kept) <= LONGEST_NAME:
        raise TagRefused
    if await queries.tag_named(uow.session, kept) is not None:
        raise TagExists
    return kept


def _color(color: str | None) -> str | None:
    if color is not None and _COLOR.fullmatch(color) is None:
        raise TagRefused
    return color
