"""Group commit: many webhooks, one transaction, and nobody is answered before it is durable."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg

from engine.errors import EngineError, Kind
from engine.intake.events import TRACK_OF_KIND, NewEvent, storable_key
from engine.vault import CompanyKeys

logger = logging.getLogger(__name__)

Connection = psycopg.AsyncConnection[Any]
Connect = Callable[[], Awaitable[Connection]]
Keys = Callable[[UUID], Awaitable[CompanyKeys]]

#: The channel that wakes whoever processes new events.
NOTIFY_CHANNEL = "webhook_event"

_SESSION = "SET synchronous_commit = on; SET statement_timeout = '5s'; SET lock_timeout = '3s'"
# One statement for any number of rows of one company, binary arrays in and one call out to those who process
# them: it enters the company by itself, so that it needs no transaction around it.
_STORE = """
    WITH entered AS (SELECT set_config('app.company_id', %b::text, true)),
    fresh AS (
        INSERT INTO webhook_event (company_id, id, channel_id, source, kind, dedupe_key, payload)
        SELECT %b::uuid, n.* FROM entered, unnest(%b::uuid[], %b::uuid[], %b::text[], %b::text[], %b::text[],
                                                  %b::bytea[]) AS n
        ON CONFLICT DO NOTHING RETURNING company_id, id, kind
    ),
    waiting AS (
        INSERT INTO webhook_pending (company_id, id, track) SELECT company_id, id, TRACK FROM fresh
        RETURNING company_id, track
    )
    SELECT pg_notify('CHANNEL', news.company_id || ' ' || news.track)
    FROM (SELECT DISTINCT company_id, track FROM waiting) AS news
""".replace("TRACK", TRACK_OF_KIND).replace("CHANNEL", NOTIFY_CHANNEL)


class IntakeUnavailable(EngineError):
    """What the provider sent could not be stored just now. It will be sent again."""

    kind = Kind.UNAVAILABLE


class EventRefused(IntakeUnavailable):
    """The database will not take this row as it is: its channel is gone, or a value does not fit."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How groups are formed; seconds and counts."""

    #: Under load a new group begins at most this often; alone, a request never waits.
    window: float = 0.012
    #: Rows that are reason enough to begin before the window is over.
    eager_rows: int = 64
    most_rows: int = 2_000
    #: After this an attempt to commit is given up; a connection that proves dead costs one more attempt.
    patience: float = 3.5
    #: How long a lost database is left alone; whoever comes meanwhile is refused at once.
    pause: float = 0.5


@dataclass(slots=True)
class _Parcel:
    """The rows of one webhook call, stored together or not at all."""

    rows: Sequence[NewEvent]
    done: asyncio.Future[None]


@dataclass(slots=True)
class _Columns:
    """The rows of one company, as the arrays of one statement."""

    ids: list[UUID] = field(default_factory=list)
    channels: list[UUID] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)

    def add(self, row: NewEvent) -> None:
        self.ids.append(row.id)
        self.channels.append(row.channel_id)
        self.sources.append(row.source.value)
        self.kinds.append(row.kind.value)
        self.keys.append(storable_key(row.dedupe_key))
        self.payloads.append(row.payload)

    def arrays(self) -> tuple[list[UUID], list[UUID], list[str], list[str], list[str], list[bytes]]:
        return self.ids, self.channels, self.sources, self.kinds, self.keys, self.payloads

    def seal(self, keys: CompanyKeys) -> None:
        self.payloads = keys.seal_many("webhook_event", "payload", zip(self.ids, self.payloads, strict=True))


class Writer:
    """Stores what several webhook calls brought in one transaction.

    While one group commits, the next one gathers. A group that fails because one row cannot be stored is
    stored again call by call, so that only the guilty call fails. Storing twice is harmless: the unique key
    of an event drops the second row, which is also why a group may be tried again on a fresh connection.
    """

    def __init__(self, connect: Connect, keys: Keys, pace: Pace | None = None) -> None:
        """``connect`` opens an autocommit connection as the application; ``keys`` are a company's keys."""
        self._connect, self._keys = connect, keys
        self._pace = pace or Pace()
        self._connection: Connection | None = None
        self._waiting: list[_Parcel] = []
        self._rows_waiting = 0
        self._arrived, self._enough = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_closing = False
        self._began = self._down_until = 0.0
        self._last_size = 0
        #: Committed so far.
        self.groups = self.rows = 0

    @property
    def is_ready(self) -> bool:
        """Whether the last thing known of the database is good."""
        return self._task is not None and asyncio.get_running_loop().time() >= self._down_until

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="intake-writer")

    async def close(self) -> None:
        """Take no more, store what already waits, and disconnect."""
        self._is_closing = True
        self._arrived.set()
        if self._task is not None:
            await self._task
        await self._disconnect()

    async def store(self, rows: Sequence[NewEvent]) -> None:
        """Return once a committed transaction holds every row, new or already known.

        Raises:
            EventRefused: they can never be stored.
            IntakeUnavailable: they may not be stored; the sender must send them again.
        """
        if self._task is None or self._is_closing:
            raise IntakeUnavailable
        if not rows:
            return
        parcel = _Parcel(rows, asyncio.get_running_loop().create_future())
        self._waiting.append(parcel)
        self._rows_waiting += len(rows)
        self._arrived.set()
        if self._rows_waiting >= self._pace.eager_rows:
            self._enough.set()
        await parcel.done

    async def _run(self) -> None:
        while self._waiting or not self._is_closing:
            await self._arrived.wait()
            await self._gather()
            group = self._take()
            self._last_size = len(group)
            await self._settle(group)

    async def _gather(self) -> None:
        """Give a group time to grow, unless the calls come one by one."""
        loop = asyncio.get_running_loop()
        left = self._began + self._pace.window - loop.time()
        if self._last_size < 2 or left <= 0 or self._is_closing:
            await asyncio.sleep(0)
        else:
            try:
                async with asyncio.timeout(left):
                    await self._enough.wait()
            except TimeoutError:
                pass
        self._began = loop.time()

    def _take(self) -> list[_Parcel]:
        group: list[_Parcel] = []
        rows = 0
        while self._waiting and rows < self._pace.most_rows:
            group.append(self._waiting[len(group)])
            rows += len(group[-1].rows)
            if len(group) == len(self._waiting):
                break
        del self._waiting[: len(group)]
        self._rows_waiting -= rows
        if not self._waiting:
            self._arrived.clear()
        if self._rows_waiting < self._pace.eager_rows:
            self._enough.clear()
        return group

    async def _settle(self, group: list[_Parcel]) -> None:
        """Store the group and tell everybody in it how it went. Never raises: nobody may wait for ever."""
        try:
            await self._commit(await self._pack(group))
        except IntakeUnavailable:
            _fail(group, IntakeUnavailable)
        except (psycopg.DataError, psycopg.IntegrityError, EngineError) as error:
            if len(group) > 1:
                for parcel in group:
                    await self._settle([parcel])
                return
            logger.warning("Could not store a webhook: %s", type(error).__name__)
            _fail(group, IntakeUnavailable if isinstance(error, EngineError) else EventRefused)
        except Exception:
            logger.exception("Storing webhooks failed")
            await self._disconnect()
            _fail(group, IntakeUnavailable)
        else:
            self.groups += 1
            _succeed(group)

    async def _pack(self, group: list[_Parcel]) -> dict[UUID, _Columns]:
        companies: dict[UUID, _Columns] = {}
        for parcel in group:
            for row in parcel.rows:
                companies.setdefault(row.company_id, _Columns()).add(row)
        for company_id, columns in companies.items():
            columns.seal(await self._keys(company_id))
        return companies

    async def _commit(self, companies: dict[UUID, _Columns]) -> None:
        """Write it all in one transaction; once more on a fresh connection when the old one had died.

        Raises:
            IntakeUnavailable: no connection could do it.
        """
        was_connected = self._connection is not None
        try:
            async with asyncio.timeout(self._pace.patience):
                await _write(await self._connected(), companies)
        except (psycopg.OperationalError, TimeoutError) as error:
            await self._disconnect()
            if not was_connected:
                raise IntakeUnavailable from error
            logger.info("The connection for webhooks was lost, opening another")
            await self._commit(companies)
        else:
            self.rows += sum(len(columns.ids) for columns in companies.values())

    async def _connected(self) -> Connection:
        if self._connection is None:
            now = asyncio.get_running_loop().time()
            if now < self._down_until:
                raise IntakeUnavailable
            # Taken back below: a connection that cannot be opened keeps everybody away for a moment.
            self._down_until = now + self._pace.pause
            self._connection = await self._connect()
            self._connection.prepare_threshold = 1
            await self._connection.execute(_SESSION)
            self._down_until = 0.0
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


async def _write(connection: Connection, companies: dict[UUID, _Columns]) -> None:
    statements = [(str(id_), id_, *columns.arrays()) for id_, columns in companies.items()]
    if len(statements) == 1:
        await connection.execute(_STORE, statements[0])
        return
    # The pipeline sends every statement before it waits: one round trip, and the commit is in it.
    async with connection.pipeline(), connection.transaction():
        for values in statements:
            await connection.execute(_STORE, values)


def _succeed(group: list[_Parcel]) -> None:
    for parcel in group:
        if not parcel.done.done():
            parcel.done.set_result(None)


def _fail(group: list[_Parcel], error: type[IntakeUnavailable]) -> None:
    for parcel in group:
        if not parcel.done.done():
            parcel.done.set_exception(error())
