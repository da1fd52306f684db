"""One process of the appliance: started, watched, started again, and left when it keeps crashing."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from engine.appliance import logs, rules
from engine.appliance.process import IS_WINDOWS, started_at, tied

log = logging.getLogger(__name__)

#: On Windows only a process group of its own can be asked to end.
_NEW_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)

Report = Callable[[str], None]


class ChildState(StrEnum):
    """Where a process is in its life."""

    WAITING = "waiting"
    RUNNING = "running"
    GAVE_UP = "gave_up"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and how it likes to be ended."""

    name: str
    command: tuple[str, ...]
    stop_signal: signal.Signals = signal.SIGTERM
    #: Seconds between the stop signal and the kill.
    grace: float = 10.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every child of one appliance shares."""

    environment: dict[str, str]
    logs: Path
    report: Report
    #: Called whenever a child's process or state changed.
    changed: Callable[[], None]
    verbose: bool = False
    budget: rules.Budget = field(default_factory=rules.Budget)


class Child:
    """Keeps one program running until told to stop or its crash budget is spent."""

    def __init__(self, program: Program, surroundings: Surroundings) -> None:
        self.program = program
        self.state = ChildState.WAITING
        self._around = surroundings
        self._process: asyncio.subprocess.Process | None = None
        self._stop = asyncio.Event()
        self._crashes: list[float] = []

    @property
    def identity(self) -> tuple[int, float] | None:
        """Process id and start time while it runs."""
        if self._process is None or self._process.returncode is not None:
            return None
        moment = started_at(self._process.pid)
        return (self._process.pid, moment) if moment else None

    @property
    def note(self) -> str | None:
        """What a person should know about it, if anything."""
        if self.state is not ChildState.GAVE_UP:
            return None
        budget = self._around.budget
        often = f"{budget.crashes} times in {budget.window:.0f} seconds"
        fate = f"stopped by itself {often} and was left stopped"
        words = logs.last_lines(self._log_file, 1) or "nothing"
        return f"The {self.program.name} {fate}. Its log {self._log_file} ends with: {words}"

    async def keep_running(self) -> None:
        """Returns when stopped, or when the crash budget is spent."""
        while not self._stop.is_set():
            code = await self._run_once()
            if self._stop.is_set():
                break
            now = time.monotonic()
            self._crashes = [*rules.recent(self._crashes, now=now, budget=self._around.budget), now]
            if rules.is_spent(self._crashes, now=now, budget=self._around.budget):
                self._become(ChildState.GAVE_UP)
                self._around.report(self.note or "")
                return
            await self._pause(code, rules.delay(self._crashes, now=now, budget=self._around.budget))
        self._become(ChildState.STOPPED)

    async def stop(self, *, hurry: bool = False) -> None:
        """Ask it to end, and kill it after its grace; with ``hurry`` at once."""
        self._stop.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        if not hurry:
            _signal(process, self.program.stop_signal)
            if await self._ended(process):
                return
            self._around.report(f"The {self.program.name} did not stop in {self.program.grace:.0f} s: killed")
        kill(process)
        await process.wait()

    def kill(self) -> None:
        """End the process as a crash does; unless stopped, it is started again."""
        if self._process and self._process.returncode is None:
            kill(self._process)

    @property
    def _log_file(self) -> Path:
        return self._around.logs / f"{self.program.name}.log"

    async def _run_once(self) -> int:
        logs.rotate(self._log_file)
        with self._log_file.open("ab") as output:
            process = self._process = await self._spawn(output.fileno())
            if self._stop.is_set():  # told to stop while the system was still making it
                kill(process)
            self._become(ChildState.RUNNING)
            if process.stdout:
                await self._copy(process.stdout, output.write)
        return await process.wait()

    async def _spawn(self, output: int) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *tied(self.program.command, on_orphaned=self.program.stop_signal),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if self._around.verbose else output,
            stderr=asyncio.subprocess.STDOUT,
            env=self._around.environment,
            # The terminal's Ctrl+C must reach the supervisor alone, which stops us in order.
            start_new_session=not IS_WINDOWS,
            creationflags=_NEW_GROUP,
        )

    async def _copy(self, source: asyncio.StreamReader, write: Callable[[bytes], int]) -> None:
        while chunk := await source.read(65536):
            write(chunk)
            for line in chunk.decode(errors="replace").splitlines():
                self._around.report(f"[{self.program.name}] {line}")

    async def _pause(self, code: int, seconds: float) -> None:
        self._become(ChildState.WAITING)
        self._around.report(f"The {self.program.name} stopped by itself ({_reason(code)}), starting it again")
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return

    async def _ended(self, process: asyncio.subprocess.Process) -> bool:
        try:
            await asyncio.wait_for(process.wait(), self.program.grace)
        except TimeoutError:
            return False
        return True

    def _become(self, state: ChildState) -> None:
        self.state = state
        self._around.changed()


def kill(process: asyncio.subprocess.Process) -> None:
    try:
        process.kill()
    except ProcessLookupError:
        return


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    try:
        if sys.platform == "win32":
            os.kill(process.pid, signal.CTRL_BREAK_EVENT)
        else:
            process.send_signal(number)
    except ProcessLookupError:
        return


def _reason(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
