"""Verbs of an import: take a file in, check it, start it, give it up."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from uuid import UUID

from engine import clock
from engine.contacts.importing import job_queries, queries
from engine.contacts.importing.mapping import guess, resolve
from engine.contacts.importing.order import Options
from engine.contacts.importing.queries import Counts
from engine.contacts.importing.reader import Preview, inspect
from engine.contacts.importing.storing import announce
from engine.contacts.importing.table import FileRefused, Layout
from engine.db.unit_of_work import UnitOfWork
from engine.errors import EngineError, Kind
from engine.events import ImportDue
from engine.models import ImportJob, ImportProblem, ImportState

#: Files a company may have on this machine at once.
MOST_OPEN = 20

_WAITING = frozenset({ImportState.UPLOADED, ImportState.CHECKED})
_WORKING = frozenset({ImportState.CHECKING, ImportState.QUEUED, ImportState.RUNNING})
OPEN = _WAITING | _WORKING


class ImportNotFound(EngineError):
    """No import has this id."""

    kind = Kind.NOT_FOUND


class ImportBusy(EngineError):
    """This import is being worked on. Cancel it or wait for its end."""


class ImportEnded(EngineError):
    """This import has ended. Upload the file again to start over."""


class TooManyImports(EngineError):
    """There are 20 imports that have not ended. Finish or cancel some of them first."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that arrived whole. ``name`` is what the sender calls it."""

    job_id: UUID
    path: Path
    size: int
    name: str = field(repr=False)
    author: UUID | None = None


async def preview(path: Path) -> Preview:
    """A file's layout and first rows.

    Raises:
        FileRefused: it holds no list of contacts, or is not there any more.
    """
    try:
        return await asyncio.to_thread(inspect, path)
    except OSError as error:
        raise FileRefused("The file is not there any more. Upload it again.") from error


async def preview_of(job: ImportJob) -> Preview:
    """Raises:
    ImportEnded: its file is gone.
    """
    if job.state not in OPEN:
        raise ImportEnded
    return await preview(Path(job.file_path))


async def make_room(uow: UnitOfWork) -> None:
    """Raises:
    TooManyImports: the company has enough of them.
    """
    if await job_queries.count(uow.session, OPEN) >= MOST_OPEN:
        raise TooManyImports


async def add(uow: UnitOfWork, stored: Stored, layout: Layout) -> ImportJob:
    """Keep an uploaded file as an import, with a guessed mapping and the company's own choices."""
    options = Options(region=await job_queries.region(uow.session, uow.company_id))
    job = ImportJob(
        company_id=uow.company_id,
        id=stored.job_id,
        file_name=stored.name,
        file_path=str(stored.path),
        state=ImportState.UPLOADED,
        mapping=guess(layout.columns),
        options=options.to_json() | {"layout": layout.to_json()},
        total_bytes=stored.size,
        created_by=stored.author,
    )
    uow.session.add(job)
    await uow.session.flush()
    await uow.session.refresh(job)
    _tell(uow, job)
    return job


async def check(
    uow: UnitOfWork,
    job_id: UUID,
    *,
    mapping: Mapping[str, str] | None = None,
    options: Options | None = None,
) -> ImportJob:
    """Begin a dry run, after which the counts and problems say what an import would do.

    What is not given stays as it was told or guessed before.

    Raises:
        ImportNotFound, ImportBusy, ImportEnded
        NoPhoneColumn, UnknownTarget: the mapping makes no contacts.
    """
    job = await _lock_waiting(uow, job_id)
    layout = job.options["layout"]
    if mapping is not None:
        job.mapping = dict(mapping)
    if options is not None:
        job.options = options.to_json() | {"layout": layout}
    return await _begin(uow, job, ImportState.CHECKING)


async def start(uow: UnitOfWork, job_id: UUID) -> ImportJob:
    """Import the file, checked before or not.

    Raises:
        ImportNotFound, ImportBusy, ImportEnded
        NoPhoneColumn: the guessed mapping makes no contacts.
    """
    return await _begin(uow, await _lock_waiting(uow, job_id), ImportState.QUEUED)


async def cancel(uow: UnitOfWork, job_id: UUID) -> ImportJob:
    """Give an import up. Contacts that are already in stay.

    Raises:
        ImportNotFound, ImportEnded
    """
    job = await _lock(uow, job_id)
    if job.state not in OPEN:
        raise ImportEnded
    job.state, job.finished_at = ImportState.CANCELLED, clock.now()
    await uow.session.flush()
    _tell(uow, job)
    # The worker removes the file.
    uow.announce(ImportDue(company_id=uow.company_id, job_id=job.id))
    return job


async def fail(uow: UnitOfWork, job_id: UUID, error: str) -> None:
    """Close a job nobody can carry on; one that ended meanwhile stays as it is."""
    job = await queries.lock_job(uow.session, job_id)
    if job is None or job.state not in _WORKING:
        return
    job.state, job.error, job.finished_at = ImportState.FAILED, error, clock.now()
    await uow.session.flush()
    _tell(uow, job)


async def find(uow: UnitOfWork, job_id: UUID) -> ImportJob:
    """Raises:
    ImportNotFound
    """
    job = await queries.find_job(uow.session, job_id)
    if job is None:
        raise ImportNotFound
    return job


async def jobs(uow: UnitOfWork, *, before: UUID | None = None, limit: int = 50) -> Sequence[ImportJob]:
    """Newest first."""
    return await queries.jobs(uow.session, before=before, most=limit)


async def problems(
    uow: UnitOfWork, job_id: UUID, *, after: int | None = None, limit: int = 50
) -> Sequence[ImportProblem]:
    """Rows that cannot become contacts, by line. ``after`` is the line of the last one seen.

    Raises:
        ImportNotFound
    """
    await find(uow, job_id)
    return await queries.problems_of(uow.session, job_id, after_line=after or 0, most=limit)


async def _begin(uow: UnitOfWork, job: ImportJob, state: ImportState) -> ImportJob:
    resolve(job.mapping, Layout.from_json(job.options["layout"]).columns)
    job.state, job.error = state, None
    await uow.session.flush()
    _tell(uow, job)
    uow.announce(ImportDue(company_id=uow.company_id, job_id=job.id))
    return job


async def _lock(uow: UnitOfWork, job_id: UUID) -> ImportJob:
    job = await queries.lock_job(uow.session, job_id)
    if job is None:
        raise ImportNotFound
    return job


async def _lock_waiting(uow: UnitOfWork, job_id: UUID) -> ImportJob:
    job = await _lock(uow, job_id)
    if job.state in _WORKING:
        raise ImportBusy
    if job.state not in _WAITING:
        raise ImportEnded
    return job


def _tell(uow: UnitOfWork, job: ImportJob) -> None:
    announce(
        uow, job.id, job.state, Counts(**{each.name: getattr(job, each.name) for each in fields(Counts)})
    )
