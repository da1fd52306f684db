"""Starts, watches and stops every process of one machine."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from types import FrameType
from typing import Any

from engine.appliance import health, plan, ports, private_file, runfile, watch
from engine.appliance.child import Child, ChildState, Surroundings
from engine.appliance.database import Database, database_of
from engine.appliance.lock import ApplianceLock
from engine.appliance.process import is_alive
from engine.appliance.runfile import Facts, State
from engine.db import migrate
from engine.errors import EngineError
from engine.settings import Settings

log = logging.getLogger(__name__)

Report = Callable[[str], None]

#: After this long without ``/ready`` a person is told; waiting goes on.
READY_SECONDS = 60.0


class AlreadyRunning(EngineError):
    """Master IA already runs on this data folder."""

    def __init__(self, facts: Facts | None) -> None:
        super().__init__()
        self.facts = facts


class Appliance:
    """One machine's Master IA: ``open``, ``serve`` until told to stop, ``close`` whatever happened."""

    def __init__(
        self,
        settings: Settings,
        *,
        report: Report = log.info,
        verbose: bool = False,
        programs: plan.Plan | None = None,
    ) -> None:
        self.settings = settings
        #: Set once the server has said it is ready.
        self.ready = asyncio.Event()
        self._report = report
        self._verbose = verbose
        self._programs = programs or plan.default_plan()
        self._lock = ApplianceLock(settings.run_dir)
        self._database: Database | None = None
        self._children: dict[str, Child] = {}
        self._watch = watch.Findings(report=report, changed=self._publish)
        self._facts: Facts | None = None
        self._stopping = False
        self._hurry = False

    @property
    def facts(self) -> Facts | None:
        """Addresses and state, as ``run/appliance.json`` has them; None before ``open``."""
        return self._facts

    def open(self) -> None:
        """Take the folder, bring the database up and to the newest schema. Blocks for seconds.

        Raises:
            AlreadyRunning: another appliance holds this data folder; ``facts`` has its addresses.
            EngineError: a port is taken, or the database cannot be had; the message is for a person.
        """
        run_dir = self.settings.run_dir
        private_file.make_folder(self.settings.data_dir)
        if not self._lock.acquire():
            facts = runfile.read(run_dir)
            raise AlreadyRunning(facts if facts and is_alive(facts.pid) else None)
        for name in runfile.end_leftovers(run_dir):
            self._report(f"Stopped the {name} left over from a crash")
        self.settings = ports.settle(self.settings)
        self._facts = runfile.facts_of(self.settings)
        self._publish()
        self._database = database_of(self.settings, self._report)
        self._database.open()
        self._report("Preparing the tables")
        migrate.upgrade(self._database.owner_dsn)

    async def serve(self, stop: asyncio.Event) -> None:
        """Run the processes until ``stop`` is set, then end them in order."""
        around = self._surroundings()
        self._children = {p.name: Child(p, around) for p in self._programs.starting(self.settings)}
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in self._duties()]
            try:
                await stop.wait()
            finally:
                await self._stop_children()
                for task in tasks:
                    task.cancel()

    def hurry(self) -> None:
        """Wait for nobody any more: a kill loses nothing, the next start takes up what was begun."""
        self._hurry = True
        for child in self._children.values():
            child.kill()

    def close(self) -> None:
        """Stop the database and give the folder free. Does nothing to an appliance that is not ours."""
        if self._database:
            self._report("Stopping the database")
            self._database.close()
            self._database = None
        if self._facts:
            runfile.clear(self.settings.run_dir)
        self._lock.release()

    def _surroundings(self) -> Surroundings:
        logs = self.settings.data_dir / "logs"
        private_file.make_folder(logs)
        return Surroundings(
            environment=plan.environment(self.settings),
            logs=logs,
            report=self._report,
            changed=self._publish,
            budget=self._programs.budget,
            verbose=self._verbose,
        )

    def _duties(self) -> Iterable[Coroutine[Any, Any, None]]:
        yield from (child.keep_running() for child in self._children.values())
        if self._database:
            yield self._database.watch(self._publish)
        yield self._watch.disk(self.settings.data_dir)
        yield self._until_ready()

    async def _until_ready(self) -> None:
        url = runfile.facts_of(self.settings).private_url
        waiting = asyncio.ensure_future(health.until_ready(url))
        try:
            await asyncio.wait_for(asyncio.shield(waiting), READY_SECONDS)
        except TimeoutError:
            self._report("The server is still not ready; its log says why")
            await waiting
        finally:
            waiting.cancel()
        self.ready.set()
        self._publish()
        await self._watch.silence(url, self._children["server"])

    async def _stop_children(self) -> None:
        self._stopping = True
        self._publish()
        for name in plan.STOPPING:
            if (child := self._children.get(name)) and child.state is not ChildState.GAVE_UP:
                self._report(f"Stopping the {name}")
                await child.stop(hurry=self._hurry)

    def _notes(self) -> tuple[str, ...]:
        sources = [self._database, *self._children.values()]
        return tuple(source.note for source in sources if source and source.note)

    def _publish(self) -> None:
        if self._facts is None:
            return
        notes = self._notes()
        children = {name: child.identity for name, child in self._children.items()}
        self._facts = replace(
            self._facts,
            notes=notes + self._watch.notes,
            state=self._state(degraded=bool(notes)),
            children={name: identity for name, identity in children.items() if identity},
        )
        runfile.write(self.settings.run_dir, self._facts)

    def _state(self, *, degraded: bool) -> State:
        if self._stopping:
            return State.STOPPING
        if any(child.state is ChildState.GAVE_UP for child in self._children.values()):
            return State.DEGRADED
        # Whoever waits for us takes "degraded" for up: a note must not say so before it is true.
        if not self.ready.is_set():
            return State.STARTING
        return State.DEGRADED if degraded else State.READY


@asynccontextmanager
async def running(
    settings: Settings, *, report: Report = log.info, programs: plan.Plan | None = None
) -> AsyncIterator[Appliance]:
    """An appliance inside another program, ready when the block begins and gone when it ends."""
    appliance = Appliance(settings, report=report, programs=programs)
    stop = asyncio.Event()
    try:
        await asyncio.to_thread(appliance.open)
        serving = asyncio.create_task(appliance.serve(stop))
        try:
            ready = asyncio.create_task(appliance.ready.wait())
            await asyncio.wait([serving, ready], return_when=asyncio.FIRST_COMPLETED)
            ready.cancel()
            yield appliance
        finally:
            stop.set()
            await serving
    finally:
        await asyncio.to_thread(appliance.close)


def run(appliance: Appliance, *, on_ready: Callable[[Appliance], None]) -> None:
    """Open, serve until Ctrl+C, SIGTERM or SIGHUP, close. A second signal hurries.

    Raises:
        AlreadyRunning, EngineError: see :meth:`Appliance.open`.
    """
    _on_signals(_interrupt)
    try:
        appliance.open()
        asyncio.run(_serve_until_signal(appliance, on_ready))
    except KeyboardInterrupt:
        log.info("Interrupted while starting")
    finally:
        # The database needs its moment whatever the fingers on the keyboard do.
        _on_signals(lambda *_: None)
        appliance.close()


async def _serve_until_signal(appliance: Appliance, on_ready: Callable[[Appliance], None]) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def ask_to_stop() -> None:
        if stop.is_set():
            appliance.hurry()
        stop.set()

    async def announce() -> None:
        await appliance.ready.wait()
        on_ready(appliance)

    _on_signals(lambda *_: loop.call_soon_threadsafe(ask_to_stop))
    announcing = asyncio.create_task(announce())
    try:
        await appliance.serve(stop)
    finally:
        announcing.cancel()
        with suppress(asyncio.CancelledError):
            await announcing


def _on_signals(handler: Callable[[int, FrameType | None], object]) -> None:
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if number := getattr(signal, name, None):
            signal.signal(number, handler)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
