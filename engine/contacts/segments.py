"""Saved filters over contacts, for lists and for audiences of campaigns."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement

from engine.contacts import queries
from engine.contacts.filters import All, Comparison, Condition, Filter, compile_filter, parse
from engine.contacts.folding import printable
from engine.db.unit_of_work import UnitOfWork
from engine.errors import EngineError, Kind
from engine.ids import new_id
from engine.models import Segment

LONGEST_NAME = 80


class SegmentNotFound(EngineError):
    """No segment has this id."""

    kind = Kind.NOT_FOUND


class SegmentExists(EngineError):
    """There is a segment with this name."""


class SegmentRefused(EngineError):
    """A segment needs a name of at most 80 characters."""

    kind = Kind.INVALID


async def segments(uow: UnitOfWork) -> list[Segment]:
    """By name."""
    return await queries.segments(uow.session)


async def save_segment(uow: UnitOfWork, *, name: str, told: object) -> Segment:
    """Keep a filter, given as JSON, under a name of its own.

    Raises:
        SegmentExists, SegmentRefused, FilterRefused
    """
    parse(told)
    segment = Segment(company_id=uow.company_id, id=new_id(), name=await _free_name(uow, name), filter=told)
    uow.session.add(segment)
    await uow.session.flush()
    return segment


async def change_segment(
    uow: UnitOfWork, segment_id: UUID, *, told: object, name: str | None = None
) -> Segment:
    """Replace a segment's filter, and its name when one is given.

    Raises:
        SegmentNotFound, SegmentExists, SegmentRefused, FilterRefused
    """
    parse(told)
    segment = await _required(uow, segment_id)
    if name is not None and printable(name) != segment.name:
        segment.name = await _free_name(uow, name)
    segment.filter = dict(told) if isinstance(told, dict) else {}
    return segment


async def remove_segment(uow: UnitOfWork, segment_id: UUID) -> None:
    """Raises:
    SegmentNotFound
    """
    await _required(uow, segment_id)
    await queries.remove_segment(uow.session, segment_id)


async def segment_condition(uow: UnitOfWork, segment_id: UUID) -> ColumnElement[bool]:
    """A segment as a condition on :class:`engine.models.Contact`, for use inside another statement.

    Raises:
        SegmentNotFound, FilterRefused
    """
    return compile_filter(await segment_filter(uow, segment_id))


async def segment_filter(uow: UnitOfWork, segment_id: UUID) -> Filter:
    """What a segment asks of a contact.

    Raises:
        SegmentNotFound, FilterRefused
    """
    return parse((await _required(uow, segment_id)).filter)


async def narrowed(
    uow: UnitOfWork, *, tag_id: UUID | None = None, segment_id: UUID | None = None
) -> Filter | None:
    """Both wishes as one filter; None when there is none.

    Raises:
        SegmentNotFound, FilterRefused
    """
    parts: list[Filter] = []
    if tag_id is not None:
        parts.append(Condition("tag", Comparison.HAS, str(tag_id)))
    if segment_id is not None:
        parts.append(await segment_filter(uow, segment_id))
    return All(tuple(parts)) if parts else None


async def _required(uow: UnitOfWork, segment_id: UUID) -> Segment:
    segment = await queries.find_segment(uow.session, segment_id)
    if segment is None:
        raise SegmentNotFound
    return segment


async def _free_name(uow: UnitOfWork, name: str) -> str:
    kept = printable(name)
    if not 0 < len(kept) <= LONGEST_NAME:
        raise SegmentRefused
    if await queries.segment_named(uow.session, kept) is not None:
        raise SegmentExists
    return kept
