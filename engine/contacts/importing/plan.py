"""The dry run: reads the whole file, writes no contact, and says what an import would do."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from uuid import UUID

from engine.contacts.importing import queries
from engine.contacts.importing.chunks import Chunk, chunks
from engine.contacts.importing.order import Order
from engine.contacts.importing.run import ahead, end, reset
from engine.contacts.importing.storing import Interrupted, announce
from engine.contacts.importing.table import FileRefused
from engine.context import Engine
from engine.models import ImportState


async def check(engine: Engine, company_id: UUID, job_id: UUID) -> None:
    """Count what would be new, known, repeated and invalid, and keep the first 1,000 problems.

    A check that died starts over: it is fast and leaves nothing but counts.
    """
    order = await _begin(engine, company_id, job_id)
    if order is None:
        return
    keys = await engine.keys(company_id)
    try:
        before = 0
        async with aclosing(ahead(chunks(order, keys))) as prepared:
            async for chunk in prepared:
                await _count(engine, order, before, chunk)
                before += chunk.rows
    except Interrupted:
        return
    except FileRefused as error:
        await end(engine, company_id, job_id, ImportState.FAILED, str(error))
        return
    await end(engine, company_id, job_id, ImportState.CHECKED)


async def _begin(engine: Engine, company_id: UUID, job_id: UUID) -> Order | None:
    async with engine.unit_of_work(company_id) as uow:
        job = await queries.lock_job(uow.session, job_id)
        if job is None or job.state is not ImportState.CHECKING:
            return None
        reset(job)
        await queries.forget_problems(uow.session, job_id)
        return Order.of(job)


async def _count(engine: Engine, order: Order, before: int, chunk: Chunk) -> None:
    numbers = await asyncio.to_thread(chunk.keys)
    async with engine.unit_of_work(order.company_id) as uow:
        known = await queries.count_known(uow.session, numbers)
        await queries.add_problems(uow.session, order.company_id, order.job_id, chunk.problems)
        added = {
            "rows_read": chunk.rows,
            "rows_created": len(numbers) - known,
            "rows_updated": known,
            "rows_duplicate": chunk.duplicates,
            "rows_invalid": chunk.invalid,
            "position": chunk.position,
        }
        counts = await queries.advance(uow.session, order.job_id, ImportState.CHECKING, before, added)
        if counts is None:
            raise Interrupted
        announce(uow, order.job_id, ImportState.CHECKING, counts)
