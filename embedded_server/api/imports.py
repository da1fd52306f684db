"""/api/v1/imports: files of contacts, checked first, then taken in by the worker."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from embedded_server.contract.base import Page, PageQuery
from embedded_server.contract.imports import (
    CheckIn,
    ColumnOut,
    ColumnsOut,
    ImportOptions,
    ImportOut,
    ImportProblemOut,
    UploadQuery,
)
from embedded_server.routing import Call, RouteTable
from embedded_server.wire import page, window
from engine.accounts import Permission
from engine.contacts import importing
from engine.contacts.importing import Options, Preview, Upload
from engine.models import ImportJob, ImportProblem

route = RouteTable()

HOME = "/api/v1/imports"
ONE = HOME + "/{id}"
IMPORT = Permission.CONTACTS_IMPORT
TYPES = (
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/octet-stream",
)
_PIECE = 256 * 1024


@route(
    "POST",
    HOME,
    permission=IMPORT,
    query=UploadQuery,
    accepts=TYPES,
    returns=ImportOut,
    status=201,
    transaction=False,
)
async def upload(call: Call[None, UploadQuery]) -> ImportOut:
    """Upload a CSV or XLSX of at most 200 MB as the body. Nothing is imported yet."""
    who = call.principal
    pieces = call.request.content.iter_chunked(_PIECE)
    file = Upload(call.query.name, pieces, who.person_id)
    return _out(await importing.take_in(call.engine, who.company_id, file))


@route("GET", HOME, permission=IMPORT, query=PageQuery, returns=Page[ImportOut])
async def listing(call: Call[None, PageQuery]) -> Page[ImportOut]:
    """Imports, newest first."""
    asked = window(call.query, UUID)
    rows = await importing.jobs(call.uow, before=asked.after, limit=asked.fetch)
    return page([_out(job) for job in rows], asked, key=lambda job: job.id)


@route("GET", ONE, permission=IMPORT, returns=ImportOut)
async def one(call: Call) -> ImportOut:
    """One import and how far it has come."""
    return _out(await importing.find(call.uow, call.id))


@route("GET", ONE + "/columns", permission=IMPORT, returns=ColumnsOut, transaction=False)
async def columns(call: Call) -> ColumnsOut:
    """The columns of the file, what they are taken for, and the first rows."""
    async with call.engine.unit_of_work(call.principal.company_id) as uow:
        job = await importing.find(uow, call.id)
    return _columns(job, await importing.preview_of(job))


@route(
    "POST",
    ONE + "/check",
    permission=IMPORT,
    body=CheckIn,
    returns=ImportOut,
    status=202,
    audits="import.check",
)
async def check(call: Call[CheckIn]) -> ImportOut:
    """Begin a dry run: the whole file is read and no contact is written."""
    told = call.body.options
    options = Options.from_json(told.model_dump(mode="json")) if told else None
    return _out(await importing.check(call.uow, call.id, mapping=call.body.mapping, options=options))


@route("GET", ONE + "/problems", permission=IMPORT, query=PageQuery, returns=Page[ImportProblemOut])
async def problems(call: Call[None, PageQuery]) -> Page[ImportProblem]:
    """Rows that cannot become contacts, by line; the first 1,000 of a file."""
    asked = window(call.query, int)
    rows = await importing.problems(call.uow, call.id, after=asked.after, limit=asked.fetch)
    return page(rows, asked, key=lambda problem: problem.line)


@route("POST", ONE + "/start", permission=IMPORT, returns=ImportOut, status=202, audits="import.start")
async def start(call: Call) -> ImportOut:
    """Import the file. It goes on after any interruption where it stopped."""
    return _out(await importing.start(call.uow, call.id))


@route("POST", ONE + "/cancel", permission=IMPORT, returns=ImportOut, audits="import.cancel")
async def cancel(call: Call) -> ImportOut:
    """Give the import up. Contacts that are already in stay."""
    return _out(await importing.cancel(call.uow, call.id))


def _out(job: ImportJob) -> ImportOut:
    values: dict[str, Any] = {
        name: getattr(job, name) for name in ImportOut.model_fields if name != "options"
    }
    told = {name: job.options[name] for name in ImportOptions.model_fields if name in job.options}
    return ImportOut(**values, options=ImportOptions(**told))


def _columns(job: ImportJob, found: Preview) -> ColumnsOut:
    layout = found.layout
    return ColumnsOut(
        format=layout.format,
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        has_header=layout.has_header,
        columns=[
            ColumnOut(
                position=str(at),
                name=name,
                target=job.mapping.get(str(at), "ignore"),
                sample=[row[at][:200] for row in found.sample if at < len(row)],
            )
            for at, name in enumerate(layout.columns)
        ],
    )
