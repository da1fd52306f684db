"""Huey as a doorbell: it carries the name of a chore and row ids, never the work itself.

Huey 3.5 loses a task whose worker dies and pickles by default (reliability 2.10), so nothing depends on a
ring: the sweeper finds the same rows a moment later. Messages are JSON; anything else in the queue is
refused.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from huey import Huey, MemoryHuey, PostgresHuey, RedisHuey
from huey.registry import Message
from huey.serializer import Serializer
from redis import ConnectionPool

from engine.db.address import APP_ROLE, DatabaseAddress
from engine.errors import EngineError, Kind

logger = logging.getLogger(__name__)

NAME = "engine"
#: A queue that does not answer must not hold up whoever rings, nor be rung again at once.
PATIENCE = 1.0
LEFT_ALONE = 5.0
Chore = Callable[..., Awaitable[None]]


class UntrustedRing(EngineError):
    """Something that is not ours was found in the queue and refused."""

    kind = Kind.INVALID


class JsonSerializer(Serializer):  # type: ignore[misc]
    """Only plain values cross processes (E19: a pickle in Redis would be code execution)."""

    def _serialize(self, data: Any) -> bytes:
        return orjson.dumps(list(data) if isinstance(data, Message) else data)

    def _deserialize(self, data: bytes) -> Message:
        try:
            match orjson.loads(data):
                case [str(), str(), *_] as fields:
                    return Message(*fields)
        except (orjson.JSONDecodeError, TypeError):
            pass
        logger.error("Refused %d bytes in the queue that are not a ring of ours", len(data))
        raise UntrustedRing


def build_huey(address: DatabaseAddress, redis_url: str | None) -> Huey:
    """Redis when it is configured, else PostgreSQL's LISTEN/NOTIFY; no results are kept in either."""
    common: dict[str, Any] = {"results": False, "serializer": JsonSerializer(), "store_none": False}
    if redis_url is not None:
        # Longer than a blocking read of huey's, shorter than a person's patience.
        pool = ConnectionPool.from_url(redis_url, socket_timeout=3, socket_connect_timeout=2)
        return RedisHuey(NAME, connection_pool=pool, **common)
    huey = PostgresHuey(NAME, dsn=_dsn(address), create_tables=False, **common)
    # A thread that listens has a connection of its own, which huey leaves to chance.
    huey.on_shutdown("hang up")(huey.storage.close)
    return huey


def _dsn(address: DatabaseAddress) -> str:
    if not address.set_role:
        return address.app
    separator = "&" if "?" in address.app else "?"
    return f"{address.app}{separator}options=-c%20role%3D{APP_ROLE}"


class Doorbell:
    """Rings in any process; chores answer in the worker."""

    def __init__(self, huey: Huey) -> None:
        self.huey = huey
        self._chores: dict[str, Chore] = {}
        self._task = huey.task(name="ring")(self._answer)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._alone_until = 0.0

    @classmethod
    def silent(cls) -> Doorbell:
        """A doorbell nobody hears, for processes and tests that need no worker."""
        return cls(MemoryHuey(NAME, serializer=JsonSerializer()))

    def chore(self, name: str, work: Chore) -> None:
        self._chores[name] = work

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """From here on chores run on this loop, so that pools and sessions are shared."""
        self._loop = loop

    async def ring(self, name: str, *ids: str) -> None:
        """Best effort: a lost ring costs seconds, never work."""
        if time.monotonic() < self._alone_until:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.to_thread(self._task, name, *ids)
        except Exception:
            self._alone_until = time.monotonic() + LEFT_ALONE
            logger.warning("Could not ring for %s; the sweeper will", name, exc_info=True)

    def _answer(self, name: str, *ids: str) -> None:
        work, loop = self._chores.get(name), self._loop
        if work is None or loop is None:
            logger.warning("Nobody here answers a ring for %s", name)
            return
        asyncio.run_coroutine_threadsafe(self._run(work, ids), loop)

    async def _run(self, work: Chore, ids: tuple[str, ...]) -> None:
        try:
            await work(*ids)
        except Exception:
            logger.exception("Chore %s failed; its rows are still due", getattr(work, "__qualname__", work))
