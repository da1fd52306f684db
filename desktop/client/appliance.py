"""This machine's own appliance: found running, started as a process of its own, or stopped."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import psutil
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from desktop.client.settings import DesktopSettings

logger = logging.getLogger(__name__)

#: The first start makes a database; on a slow disk that takes a while.
STARTING_TAKES = 180.0
STOPPING_TAKES = 45.0
#: What it is doing once its processes are started, which it does not say by itself.
STARTING_SERVICES = "Starting the services"
_LOOK_EVERY = 0.15
_OWNED = "appliance.json"
_LOG = "appliance.log"
#: Seconds by which two clocks of one machine may differ when they tell a process's beginning.
_SLACK = 5.0


class ApplianceFailed(Exception):
    """The local appliance did not start. The text is its own last words."""


class Facts(BaseModel):
    """What ``run/appliance.json`` says; unknown fields belong to newer appliances."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    private_url: str
    public_url: str
    simulator_url: str | None = None
    notes: tuple[str, ...] = ()
    state: str
    pid: int
    started_at: datetime | None = None
    children: dict[str, object] = Field(default_factory=dict, repr=False)

    @property
    def is_up(self) -> bool:
        return self.state in ("ready", "degraded")


@dataclass(frozen=True, slots=True)
class Running:
    """A local appliance. ``secret`` is there until somebody has founded the first company."""

    facts: Facts
    secret: str | None = field(repr=False)


class Appliance:
    """Only processes and files: what the appliance does is asked over HTTP.

    ``environment`` is the whole environment of an appliance that is started here; None hands ours on.
    """

    def __init__(self, settings: DesktopSettings, *, environment: Mapping[str, str] | None = None) -> None:
        self._settings = settings
        self._environment = environment
        self._log = settings.desktop_dir / _LOG
        self._owned = settings.desktop_dir / _OWNED
        self._process: subprocess.Popen[bytes] | None = None

    def running(self) -> Running | None:
        """The appliance that is up on this machine's data folder now."""
        facts = self._facts()
        return Running(facts, self._secret()) if facts and facts.is_up else None

    async def ensure(self, tell: Callable[[str], None]) -> Running:
        """Attach to the appliance, or start it and wait; ``tell`` hears what it is doing, in its own words.

        One that is just stopping is waited for and started anew. Who gives up waiting leaves it starting.

        Raises:
            ApplianceFailed: it ended or took too long.
        """
        self._process = None
        deadline = asyncio.get_running_loop().time() + STARTING_TAKES
        while asyncio.get_running_loop().time() < deadline:
            found = await asyncio.to_thread(self._look)
            if isinstance(found, Running):
                return found
            if found:
                tell(found)
            await asyncio.sleep(_LOOK_EVERY)
        raise ApplianceFailed(self._last_words(6) or "The appliance did not start.")

    def is_ours(self) -> bool:
        """Whether this desktop started what is running, now or before it was itself started anew."""
        facts = self._facts()
        try:
            owned = json.loads(self._owned.read_text("utf-8"))
        except (OSError, ValueError):
            return False
        # On Windows the program of a virtual environment only starts another one, which is the appliance.
        return facts is not None and owned in [_identity(facts.pid), _identity(_parent(facts.pid))]

    async def stop(self) -> bool:
        """End what this desktop started; whether it is gone. What others started is left alone."""
        facts = await asyncio.to_thread(self._facts)
        if facts is None or not await asyncio.to_thread(self.is_ours):
            return True
        is_gone = await asyncio.to_thread(_end, facts.pid)
        if self._process is not None:
            self._process.poll()
        return is_gone

    def _look(self) -> Running | str:
        """One look at what is there, starting it where nothing is; the appliance, or what it last said."""
        facts = self._facts()
        if facts and facts.is_up:
            return Running(facts, self._secret())
        code = self._process.poll() if self._process else None
        if code:
            raise ApplianceFailed(self._last_words(6) or f"It ended with {code}.")
        # Without trouble it only ends because another one holds the folder, for this moment at least.
        if facts is None and (self._process is None or code == 0):
            self._process = self._start()
        if facts and facts.children and facts.state == "starting":
            return STARTING_SERVICES
        return self._last_words(1) if self._process or self.is_ours() else ""

    def _start(self) -> subprocess.Popen[bytes]:
        self._settings.desktop_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        command = [sys.executable, "-m", "engine", "up", "--simulator"]
        command += ["--data-dir", str(self._settings.data_dir)]
        with self._log.open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own program
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                # What the window is told, by Ctrl+C or by its own death, is not told to the engine.
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        self._owned.write_text(json.dumps(_identity(process.pid)), "utf-8")
        return process

    def _facts(self) -> Facts | None:
        """What a living appliance says of itself; a file left by a dead one counts for nothing."""
        try:
            facts = Facts.model_validate_json(self._settings.run_dir.joinpath("appliance.json").read_bytes())
        except (OSError, ValidationError):
            return None
        return facts if _is_alive(facts) else None

    def _secret(self) -> str | None:
        try:
            return self._settings.run_dir.joinpath("first-run-secret").read_text("utf-8").strip() or None
        except OSError:
            return None

    def _last_words(self, lines: int) -> str:
        try:
            said = self._log.read_text("utf-8", "replace").splitlines()
        except OSError:
            return ""
        return "\n".join(line.strip() for line in said[-lines:] if line.strip())


def _is_alive(facts: Facts) -> bool:
    """Whether the process lives and is that one: after a crash its number goes to somebody else."""
    began = _identity(facts.pid)[1]
    try:
        is_zombie = psutil.Process(facts.pid).status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
    if began is None or is_zombie:
        return False
    return facts.started_at is None or began <= facts.started_at.timestamp() + _SLACK


def _identity(pid: int) -> list[float | None]:
    """A process as it can be told from a later one of the same number."""
    try:
        return [pid, float(psutil.Process(pid).create_time())]
    except psutil.Error:
        return [pid, None]


def _parent(pid: int) -> int:
    try:
        return int(psutil.Process(pid).ppid())
    except psutil.Error:
        return 0


def _end(pid: int) -> bool:
    """As Ctrl+C would: the appliance stops its own children in order."""
    try:
        process = psutil.Process(pid)
        process.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGINT)
        process.wait(STOPPING_TAKES)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        logger.warning("The appliance takes long to stop and is left to it")
        return False
    return True
