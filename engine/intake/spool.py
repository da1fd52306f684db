"""A place on disk for what must not be lost while the database is away.

Twilio sends a webhook once or twice and then gives up, so a 503 would lose it. Its events are sealed as the
cells they will be in the database, written behind a length and a checksum, and flushed to the disk before
anybody is answered. They go into the database before anything newer of the same vendor does.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import zlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

import orjson
from sqlalchemy.exc import SQLAlchemyError

from engine.errors import EngineError
from engine.intake.events import EventKind, NewEvent, Source
from engine.intake.writer import EventRefused, IntakeUnavailable, Keys
from engine.vault import CellUnreadable

logger = logging.getLogger(__name__)

Store = Callable[[Sequence[NewEvent]], Awaitable[None]]

_HEAD = 8
_BATCH = 200
_TABLE, _COLUMN = "webhook_event", "payload"


class SpoolFull(IntakeUnavailable):
    """The reserve on disk is used up."""


class SpoolFile:
    """Frames of ``length (4) | CRC-32 (4) | bytes``. Synchronous: what was appended is on the disk."""

    def __init__(self, path: Path, *, most_bytes: int = 64 * 1024 * 1024) -> None:
        self._path, self._most_bytes = path, most_bytes
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        #: Bytes of whole frames. A torn end is where a crash interrupted an append that nobody was told of.
        self.size = _whole(path.read_bytes()) if path.exists() else 0

    def append(self, records: Sequence[bytes]) -> None:
        """Raises:
        SpoolFull: nothing was written.
        OSError: the disk refused; what may have been written is cut off.
        """
        frames = b"".join(_frame(record) for record in records)
        if self.size + len(frames) > self._most_bytes:
            raise SpoolFull
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            file.truncate(self.size)
            file.seek(self.size)
            file.write(frames)
            os.fsync(file.fileno())
        self.size += len(frames)

    def read(self) -> list[bytes]:
        """Every whole record, oldest first."""
        return list(_records(self._path.read_bytes()[: self.size])) if self.size else []

    def clear(self) -> None:
        with self._path.open("r+b") as file:
            file.truncate(0)
            os.fsync(file.fileno())
        self.size = 0


class SpoolingStore:
    """Stores like the writer, and on the disk while the writer cannot."""

    def __init__(self, store: Store, keys: Keys, file: SpoolFile, *, every: float = 1.0) -> None:
        """``store`` is the writer's; ``every`` is how often spooled events are tried again, in seconds."""
        self._store, self._keys, self._file, self._every = store, keys, file, every
        self._turn = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_empty(self) -> bool:
        return self._file.size == 0

    async def start(self) -> None:
        self._task = asyncio.create_task(self._keep_draining(), name="intake-spool")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def store(self, rows: Sequence[NewEvent]) -> None:
        """Return once the rows are durable, in the database or on the disk.

        Raises:
            EventRefused: the database will never take them.
            IntakeUnavailable: neither place could take them.
        """
        if not self.is_empty:
            # Whoever comes while the spool moves into the database may follow it there.
            await self._turn.acquire()
            self._turn.release()
        if self.is_empty and await self._is_stored(rows):
            return
        async with self._turn:
            await self._spool(rows)

    async def drain(self) -> None:
        """Move everything into the database.

        Raises:
            IntakeUnavailable: it is still away; nothing was forgotten.
        """
        async with self._turn:
            records = await asyncio.to_thread(self._file.read)
            for start in range(0, len(records), _BATCH):
                moves = [self._move(record) for record in records[start : start + _BATCH]]
                await asyncio.gather(*moves)
            # Only now: a crash before this line stores them twice, and the second time changes nothing.
            await asyncio.to_thread(self._file.clear)
        logger.info("%s spooled webhooks are in the database", len(records))

    async def _is_stored(self, rows: Sequence[NewEvent]) -> bool:
        try:
            await self._store(rows)
        except EventRefused:
            raise
        except IntakeUnavailable:
            logger.warning("The database is away; webhooks go to the spool")
            return False
        return True

    async def _spool(self, rows: Sequence[NewEvent]) -> None:
        try:
            records = [await self._seal(row) for row in rows]
            await asyncio.to_thread(self._file.append, records)
        except (OSError, EngineError, SQLAlchemyError) as error:
            raise IntakeUnavailable from error

    async def _move(self, record: bytes) -> None:
        try:
            await self._store([await self._open(record)])
        except (EventRefused, CellUnreadable):
            # Its channel or its whole company was erased meanwhile.
            logger.warning("A spooled webhook belongs to nobody any more and was dropped")
        except SQLAlchemyError as error:
            raise IntakeUnavailable from error

    async def _keep_draining(self) -> None:
        while True:
            if not self.is_empty:
                try:
                    await self.drain()
                except (OSError, EngineError) as error:
                    logger.debug("Spooled webhooks must wait: %s", type(error).__name__)
            await asyncio.sleep(self._every)

    async def _seal(self, row: NewEvent) -> bytes:
        keys = await self._keys(row.company_id)
        cell = keys.seal(keys.place(_TABLE, _COLUMN, row.id), row.payload)
        return orjson.dumps(
            {
                "company_id": row.company_id,
                "id": row.id,
                "channel_id": row.channel_id,
                "source": row.source,
                "kind": row.kind,
                "dedupe_key": row.dedupe_key,
                "payload": base64.b64encode(cell).decode(),
            }
        )

    async def _open(self, record: bytes) -> NewEvent:
        held = orjson.loads(record)
        company_id, row_id = UUID(held["company_id"]), UUID(held["id"])
        keys = await self._keys(company_id)
        cell = base64.b64decode(held["payload"])
        return NewEvent(
            company_id=company_id,
            id=row_id,
            channel_id=UUID(held["channel_id"]),
            source=Source(held["source"]),
            kind=EventKind(held["kind"]),
            dedupe_key=held["dedupe_key"],
            payload=keys.open(keys.place(_TABLE, _COLUMN, row_id), cell),
        )


def _frame(record: bytes) -> bytes:
    return len(record).to_bytes(4, "big") + zlib.crc32(record).to_bytes(4, "big") + record


def _ends(data: bytes) -> Iterator[tuple[int, int]]:
    """Where each whole frame begins and ends."""
    at = 0
    while at + _HEAD <= len(data):
        end = at + _HEAD + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            return
        yield at, end
        at = end


def _whole(data: bytes) -> int:
    return max((end for _, end in _ends(data)), default=0)


def _records(data: bytes) -> Iterator[bytes]:
    for start, end in _ends(data):
        record = data[start + _HEAD : end]
        if zlib.crc32(record) == int.from_bytes(data[start + 4 : start + _HEAD], "big"):
            yield record
        else:
            logger.error("A spooled webhook is damaged and was skipped")
