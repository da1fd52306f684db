"""Writes chunks: two transactions side by side, committed strictly in the file's order.

Adding contacts keeps PostgreSQL busier than reading keeps us, so the next chunk adds its people while the one
before it still does. Numbers never repeat between chunks, hence neither waits for the other; whatever might
(people known before, tags, progress) is left until it is the chunk's turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from uuid import UUID

import orjson
from sqlalchemy.exc import IntegrityError

from engine.contacts.importing import queries
from engine.contacts.importing.chunks import Chunk
from engine.contacts.importing.order import Existing, Order
from engine.contacts.importing.queries import Counts
from engine.context import Engine
from engine.db.unit_of_work import UnitOfWork
from engine.events import ImportProgressed
from engine.models import ImportState

_LANES = 2
_TRIES = 5
#: Seconds a chunk keeps its transaction open for the one before it. Somebody else's transaction may hold up
#: that one and wait for a number of ours: a circle the database cannot see.
_PATIENCE = 5.0


class Interrupted(Exception):
    """The job was cancelled, or another worker carries it on."""


class _HeldUp(Exception):
    """The chunk before takes long: give our locks back."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """A chunk's place: the rows before it, and the task that stores the chunk before it.

    With ``is_first_list`` the company had no number when the import began: nobody in it is looked up. Whoever
    was added meanwhile runs into the unique index, and the second try looks.
    """

    rows: int
    previous: asyncio.Task[None] | None
    is_first_list: bool

    async def comes(self, patience: float | None) -> None:
        """Return when the chunk before is stored.

        Raises:
            Interrupted: it will never be.
            _HeldUp: not within ``patience`` seconds.
        """
        if self.previous is None:
            return
        await asyncio.wait((self.previous,), timeout=patience)
        if not self.previous.done():
            raise _HeldUp
        if self.previous.cancelled() or self.previous.exception() is not None:
            raise Interrupted


async def store_all(engine: Engine, order: Order, prepared: AsyncIterator[Chunk]) -> None:
    """Store every chunk, each with its progress in one transaction.

    Raises:
        Interrupted: the job left the running state, or somebody else stores the same chunks.
    """
    rows = order.rows_read
    is_first_list = rows == 0 and not await _has_numbers(engine, order.company_id)
    lanes: list[asyncio.Task[None]] = []
    try:
        async for chunk in prepared:
            turn = _Turn(rows, lanes[-1] if lanes else None, is_first_list)
            lanes.append(asyncio.create_task(_store(engine, order, turn, chunk)))
            rows += chunk.rows
            if len(lanes) == _LANES:
                await _finish_first(lanes)
        while lanes:
            await _finish_first(lanes)
    finally:
        # Never cancelled: a connection left in the middle of a COPY would not come back. After a failure the
        # next chunk gives up by itself.
        await asyncio.gather(*(asyncio.shield(lane) for lane in lanes), return_exceptions=True)


async def _finish_first(lanes: list[asyncio.Task[None]]) -> None:
    await asyncio.wait(lanes[:1])
    lanes.pop(0).result()


async def _store(engine: Engine, order: Order, turn: _Turn, chunk: Chunk) -> None:
    for attempt in range(1, _TRIES + 1):
        try:
            async with engine.unit_of_work(order.company_id) as uow:
                await queries.stage(uow.session, chunk.data, chunk.tags)
                known = 0
                if attempt > 1 or not turn.is_first_list:
                    known = await queries.set_known_aside(uow.session, uow.company_id)
                created = await queries.add_staged(uow.session, uow.company_id)
                await turn.comes(_PATIENCE)
                updated = await _treat_known(uow, order, chunk, known)
                await _advance(uow, order, turn, _counted(chunk, created, updated))
        except (_HeldUp, IntegrityError):
            # Or somebody added one of these numbers at this moment; now it is known.
            if attempt == _TRIES:
                raise
        else:
            return
        await turn.comes(None)


async def _has_numbers(engine: Engine, company_id: UUID) -> bool:
    async with engine.unit_of_work(company_id) as uow:
        return await queries.has_numbers(uow.session, company_id)


async def _treat_known(uow: UnitOfWork, order: Order, chunk: Chunk, known: int) -> int:
    """Everything that may meet rows of other chunks; how many contacts changed."""
    session, options, updated = uow.session, order.options, 0
    if known and options.existing is Existing.UPDATE:
        updated = await queries.change_known(session, uow.company_id)
    own_tags = sorted({tag for _, tag in chunk.tags})
    if options.tags or own_tags:
        await queries.tag_stage(session, uow.company_id, everyone=options.tags, some=own_tags)
    if options.agreement is not None:
        evidence = orjson.dumps({"job": str(order.job_id), "statement": options.agreement.statement}).decode()
        await queries.add_evidence(session, uow.company_id, options.agreement, evidence)
    await queries.add_problems(session, uow.company_id, order.job_id, chunk.problems)
    return updated


def _counted(chunk: Chunk, created: int, updated: int) -> dict[str, int]:
    return {
        "rows_read": chunk.rows,
        "rows_created": created,
        "rows_updated": updated,
        "rows_duplicate": chunk.duplicates,
        "rows_invalid": chunk.invalid,
        "position": chunk.position,
    }


async def _advance(uow: UnitOfWork, order: Order, turn: _Turn, added: dict[str, int]) -> None:
    counts = await queries.advance(uow.session, order.job_id, ImportState.RUNNING, turn.rows, added)
    if counts is None:
        raise Interrupted
    announce(uow, order.job_id, ImportState.RUNNING, counts)


def announce(uow: UnitOfWork, job_id: UUID, state: ImportState, counts: Counts) -> None:
    uow.announce(
        ImportProgressed(company_id=uow.company_id, job_id=job_id, state=state.value, **asdict(counts))
    )
