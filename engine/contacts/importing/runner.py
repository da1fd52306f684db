"""The worker's part in imports: each runs in a process of its own, for sending must not wait for parsing."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections import Counter
from uuid import UUID

from engine.contacts.importing import job_queries, service
from engine.contacts.importing.job_queries import Due
from engine.contacts.importing.plan import check
from engine.contacts.importing.run import run
from engine.contacts.importing.tidying import remove_files
from engine.context import Engine
from engine.db.trouble import TROUBLE

logger = logging.getLogger(__name__)

#: What a child answers when the fault lies with the machine, not with the file (EX_TEMPFAIL).
TRY_AGAIN = 75
#: Exit code of a child whose parent is gone.
ORPHANED = 76

_LOOK_SECONDS = 2.0
_LONGEST_PAUSE = 60.0
_STOP_SECONDS = 5.0
#: An import whose process crashes this often is given up.
_CRASHES = 3
_GIVEN_UP = "The import stopped unexpectedly three times. The log has the details."


async def carry_on(engine: Engine, company_id: UUID, job_id: UUID) -> None:
    """Whatever the job waits for: its check, its import, or the rest of one that was interrupted."""
    await check(engine, company_id, job_id)
    await run(engine, company_id, job_id)


class Runner:
    """Takes up imports one at a time, whoever they belong to; rows are the truth, a nudge only saves time.

    An import that dies with its process goes on where it stopped; one that keeps dying is closed.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._rung = asyncio.Event()
        self._crashes: Counter[UUID] = Counter()
        self._pause = _LOOK_SECONDS
        self._is_untidy = True

    def nudge(self) -> None:
        """Something may be due, or has ended."""
        self._is_untidy = True
        self._rung.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``. The import under way is interrupted then and goes on at the next start."""
        while not stop.is_set():
            self._rung.clear()
            try:
                due = await self._next()
                if due is None:
                    await self._tidy()
            except TROUBLE as error:
                logger.info("Imports wait for the database (%s)", type(error).__name__)
                due = None
            if due is None:
                await self._rest(stop, _LOOK_SECONDS)
            else:
                await self._work(due, stop)

    async def _next(self) -> Due | None:
        async with self._engine.machine_work() as uow:
            return await job_queries.next_due(uow.session)

    async def _tidy(self) -> None:
        if not self._is_untidy:
            return
        self._is_untidy = False  # first, so that a nudge while files are being removed is not forgotten
        try:
            await remove_files(self._engine)
        except BaseException:
            self._is_untidy = True
            raise

    async def _work(self, due: Due, stop: asyncio.Event) -> None:
        code = await _in_a_child(due, stop)
        self._is_untidy = True
        if code == 0 or stop.is_set():
            self._crashes.pop(due.job_id, None)
            self._pause = _LOOK_SECONDS
            return
        logger.warning("The process of import %s ended with code %d", due.job_id, code)
        if code != TRY_AGAIN:
            self._crashes[due.job_id] += 1
        if self._crashes[due.job_id] >= _CRASHES:
            await self._give_up(due)
        await self._rest(stop, self._pause, nudged=False)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    async def _give_up(self, due: Due) -> None:
        try:
            async with self._engine.unit_of_work(due.company_id) as uow:
                await service.fail(uow, due.job_id, _GIVEN_UP)
        except TROUBLE:
            return  # it is taken up again, and given up again
        del self._crashes[due.job_id]

    async def _rest(self, stop: asyncio.Event, seconds: float, *, nudged: bool = True) -> None:
        waits = [asyncio.create_task(stop.wait())]
        if nudged:
            waits.append(asyncio.create_task(self._rung.wait()))
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()


async def _in_a_child(due: Due, stop: asyncio.Event) -> int:
    """Run one import to its end, or until ``stop``; the exit code.

    The child ends when its standard input does: with ours, however we end.
    """
    command = (sys.executable, "-m", "engine", "import-contacts", str(due.company_id), str(due.job_id))
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        # The terminal's Ctrl+C is for the worker, which ends us in order.
        start_new_session=os.name != "nt",
    )
    ended, stopped = asyncio.create_task(child.wait()), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((ended, stopped), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        if child.stdin is not None:
            child.stdin.close()
        if not ended.done():
            await asyncio.wait((ended,), timeout=_STOP_SECONDS)
        if not ended.done():
            child.kill()
    return await ended
