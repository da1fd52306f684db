"""Hears that new events were stored, and goes on without hearing while the database is away."""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType
from typing import Self

import psycopg

from engine.db import pools
from engine.db.address import DatabaseAddress
from engine.intake.writer import NOTIFY_CHANNEL

logger = logging.getLogger(__name__)

_PAUSE = 1.0


class Ear:
    """Listens in the background; :meth:`wait` also returns unheard, so a lost call costs a second."""

    def __init__(self, address: DatabaseAddress) -> None:
        self._address = address
        self._heard = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen(), name="intake-ear")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def wait(self, seconds: float, stop: asyncio.Event) -> None:
        """Until something was stored since the last call, ``seconds`` are over, or ``stop``."""
        waits = [asyncio.ensure_future(event.wait()) for event in (self._heard, stop)]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for waiting in waits:
            waiting.cancel()
        self._heard.clear()

    async def _listen(self) -> None:
        while True:
            try:
                async with await pools.connect(self._address, application="master-ia intake") as connection:
                    await connection.execute(f"LISTEN {NOTIFY_CHANNEL}")
                    self._heard.set()
                    async for _ in connection.notifies():
                        self._heard.set()
            except (psycopg.Error, OSError) as error:
                logger.debug("Not listening for events: %s", type(error).__name__)
            await asyncio.sleep(_PAUSE)
