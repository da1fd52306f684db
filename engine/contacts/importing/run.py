"""The import itself: one transaction a chunk, the next one prepared meanwhile, resumable after any death."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from uuid import UUID

from engine import clock
from engine.contacts.importing import queries
from engine.contacts.importing.chunks import Chunk, chunks
from engine.contacts.importing.order import Order
from engine.contacts.importing.queries import Counts
from engine.contacts.importing.storing import Interrupted, announce, store_all
from engine.contacts.importing.table import FileRefused
from engine.context import Engine
from engine.models import ImportJob, ImportState

logger = logging.getLogger(__name__)


async def run(engine: Engine, company_id: UUID, job_id: UUID) -> None:
    """Import a queued file, or go on where an earlier run ended.

    Progress is part of each chunk's transaction: after a crash the next run continues with the first row that
    is not in the database, and counts no row twice.
    """
    order = await _begin(engine, company_id, job_id)
    if order is None:
        return
    keys = await engine.keys(company_id)
    try:
        async with aclosing(ahead(chunks(order, keys))) as prepared:
            await store_all(engine, order, prepared)
    except Interrupted:
        logger.info("Import %s stopped before its end", job_id)
        return
    except FileRefused as error:
        await end(engine, company_id, job_id, ImportState.FAILED, str(error))
        return
    await end(engine, company_id, job_id, ImportState.COMPLETED)


async def ahead(prepared: Iterator[Chunk]) -> AsyncGenerator[Chunk, None]:
    """Chunks, with the next one always being made in a thread."""
    following = asyncio.create_task(asyncio.to_thread(next, prepared, None))
    try:
        while (chunk := await following) is not None:
            following = asyncio.create_task(asyncio.to_thread(next, prepared, None))
            yield chunk
    finally:
        await asyncio.wait([following])  # a thread cannot be stopped, and it holds the file


async def end(
    engine: Engine, company_id: UUID, job_id: UUID, state: ImportState, error: str | None = None
) -> None:
    """Close a job that is still open."""
    async with engine.unit_of_work(company_id) as uow:
        job = await queries.lock_job(uow.session, job_id)
        if job is None or job.state not in (ImportState.CHECKING, ImportState.RUNNING):
            return
        job.state, job.error = state, error
        if state is not ImportState.CHECKED:
            job.finished_at = clock.now()
        counts = Counts(**{name: getattr(job, name) for name in Counts.__dataclass_fields__})
        announce(uow, job_id, state, counts)
    logger.info("Import %s is %s", job_id, state)


def reset(job: ImportJob) -> None:
    """Count from nothing."""
    job.rows_read = job.rows_created = job.rows_updated = job.rows_duplicate = job.rows_invalid = 0
    job.position, job.error = 0, None


async def _begin(engine: Engine, company_id: UUID, job_id: UUID) -> Order | None:
    async with engine.unit_of_work(company_id) as uow:
        job = await queries.lock_job(uow.session, job_id)
        if job is None or job.state not in (ImportState.QUEUED, ImportState.RUNNING):
            return None
        if job.state is ImportState.QUEUED:
            job.state = ImportState.RUNNING
            reset(job)
            await queries.forget_problems(uow.session, job_id)
        return Order.of(job)
