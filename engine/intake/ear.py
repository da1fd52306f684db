"""Hears that new events were stored, and goes on without hearing while the database is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from types import TracebackType
from typing import Self
from uuid import UUID

import psycopg

from engine.db import pools
from engine.db.address import DatabaseAddress
from engine.intake.writer import NOTIFY_CHANNEL
from engine.models import Track

logger = logging.getLogger(__name__)

_PAUSE = 1.0


class Ear:
    """Listens in the background; :meth:`wait` also returns unheard, so a lost call costs a second."""

    def __init__(self, address: DatabaseAddress, tracks: Sequence[Track]) -> None:
        self._address = address
        self._tracks = frozenset(tracks)
        self._heard = asyncio.Event()
        self._companies: set[UUID] = set()
        #: Calls may have been missed: nobody listened, or one was not understood.
        self._missed = True
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

    def take(self) -> set[UUID] | None:
        """Companies for which something was stored since the last call; None means that any may have news."""
        companies, self._companies = self._companies, set()
        missed, self._missed = self._missed, False
        self._heard.clear()
        return None if missed else companies

    def _hear(self, said: str) -> None:
        company, _, track = said.partition(" ")
        try:
            if Track(track) in self._tracks:
                self._companies.add(UUID(company))
                self._heard.set()
        except ValueError:
            self._missed = True
            self._heard.set()

    async def _listen(self) -> None:
        while True:
            try:
                async with await pools.connect(self._address, application="master-ia intake") as connection:
                    await connection.execute(f"LISTEN {NOTIFY_CHANNEL}")
                    self._missed = True
                    self._heard.set()
                    async for notice in connection.notifies():
                        self._hear(notice.payload)
            except (psycopg.Error, OSError) as error:
                logger.debug("Not listening for events: %s", type(error).__name__)
            await asyncio.sleep(_PAUSE)
