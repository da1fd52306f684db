"""Files of contacts on their way to the disk: streamed, bounded, readable by nobody else."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from engine.contacts.importing import service
from engine.contacts.importing.table import FileTooLarge
from engine.context import Engine
from engine.errors import EngineError, Kind
from engine.ids import new_id
from engine.models import ImportJob

#: Bytes a file may have (reliability E10).
LARGEST = 200 * 1_048_576


class NoSpaceLeft(EngineError):
    """The disk is full. Make room on this machine and send the file again."""

    kind = Kind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in. ``name`` is what the sender calls it; on the disk it is called after its job."""

    name: str = field(repr=False)
    pieces: AsyncIterator[bytes] = field(repr=False)
    author: UUID | None = None


def root_of(data_dir: Path) -> Path:
    """Holds a folder for each company."""
    return data_dir / "imports"


def place_of(data_dir: Path, company_id: UUID, job_id: UUID) -> Path:
    """Where the file of an import lies."""
    return root_of(data_dir) / str(company_id) / str(job_id)


async def take_in(engine: Engine, company_id: UUID, file: Upload) -> ImportJob:
    """Keep a file as an import whose mapping is guessed. Nothing is read into contacts yet.

    Raises:
        TooManyImports: the company has enough of them.
        FileRefused, FileTooLarge: it holds no list of contacts, or too much of one.
        NoSpaceLeft: the disk is full.
    """
    async with engine.unit_of_work(company_id) as uow:
        await service.make_room(uow)
    job_id = new_id()
    path = place_of(engine.settings.data_dir, company_id, job_id)
    size = await receive(path, file.pieces)
    stored = service.Stored(job_id, path, size, file.name, file.author)
    try:
        layout = (await service.preview(path)).layout
        async with engine.unit_of_work(company_id) as uow:
            return await service.add(uow, stored, layout)
    except BaseException:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        raise


async def receive(path: Path, pieces: AsyncIterator[bytes], *, most: int = LARGEST) -> int:
    """Write what comes to a new file and answer its size. A failure leaves no file behind.

    Raises:
        FileTooLarge: more than ``most`` bytes came.
        NoSpaceLeft: the disk is full.
    """
    await asyncio.to_thread(path.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
    try:
        return await _write(path, pieces, most)
    except BaseException as error:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise NoSpaceLeft from error
        raise


async def _write(path: Path, pieces: AsyncIterator[bytes], most: int) -> int:
    size = 0
    file = await asyncio.to_thread(os.open, path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
    try:
        async for piece in pieces:
            size += len(piece)
            if size > most:
                raise FileTooLarge
            await asyncio.to_thread(_write_all, file, piece)
    finally:
        await asyncio.to_thread(os.close, file)
    return size


def _write_all(file: int, piece: bytes) -> None:
    left = memoryview(piece)
    while left:
        left = left[os.write(file, left) :]


_BINARY = getattr(os, "O_BINARY", 0)  # Windows turns line ends into others without it
