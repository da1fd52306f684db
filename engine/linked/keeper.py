"""Holds every linked number of this machine: takes the lease of each session and runs its holder."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from uuid import UUID

from engine.db.trouble import TROUBLE
from engine.linked import queries
from engine.linked.holder import Holder, Tools
from engine.queue import lease as leases

logger = logging.getLogger(__name__)

_SWEEP_SECONDS = 1.0


class Keeper:
    """Of all processes on one database, one holds a session: two of them would fight over its number."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._holders: dict[UUID, tuple[Holder, asyncio.Task[None]]] = {}
        self._nudge = asyncio.Event()

    def nudge(self, session_id: UUID | None = None) -> None:
        """A person wants something of a session."""
        if session_id is not None and session_id in self._holders:
            self._holders[session_id][0].wake()
        self._nudge.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``: then every host is asked to end, and its keys are sealed."""
        try:
            while not stop.is_set():
                with suppress(*TROUBLE):
                    await self._sweep()
                await self._wait(stop)
        finally:
            for holder, _ in self._holders.values():
                holder.stop()
            await asyncio.gather(*(task for _, task in self._holders.values()), return_exceptions=True)
            self._holders.clear()

    async def _sweep(self) -> None:
        for session_id, (_, task) in list(self._holders.items()):
            if task.done():
                del self._holders[session_id]
                if not task.cancelled() and (error := task.exception()) is not None:
                    logger.error("Holding session %s failed", session_id, exc_info=error)
        async with self._tools.engine.machine_work() as uow:
            live = await queries.live(uow.session)
        for company_id, session_id in live:
            if session_id not in self._holders:
                await self._take(company_id, session_id)

    async def _take(self, company_id: UUID, session_id: UUID) -> None:
        async with self._tools.engine.machine_work() as uow:
            lease = await leases.take(uow.session, f"linked:{session_id}", leases.me())
        if lease is None:
            return
        holder = Holder(self._tools, company_id, session_id, lease)
        task = asyncio.create_task(holder.run(), name=f"linked:{session_id}")
        self._holders[session_id] = (holder, task)

    async def _wait(self, stop: asyncio.Event) -> None:
        waits = [asyncio.create_task(self._nudge.wait()), asyncio.create_task(stop.wait())]
        await asyncio.wait(waits, timeout=_SWEEP_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        self._nudge.clear()
        for wait in waits:
            wait.cancel()
