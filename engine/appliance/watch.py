"""What the supervisor looks at now and then: room on the disk, and a server that fell silent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from engine.appliance import health, rules
from engine.appliance.child import Child

DISK_SECONDS = 60.0
SILENCE_SECONDS = 10.0
#: Looks without any answer, each up to five seconds long, after which a server is taken for stuck.
SILENT_LOOKS = 6


@dataclass(slots=True)
class Findings:
    """What was found, told once when it changes."""

    report: Callable[[str], None]
    changed: Callable[[], None]
    _disk: rules.Disk = field(default=rules.Disk.FINE)
    _disk_note: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        return (self._disk_note,) if self._disk_note else ()

    async def disk(self, folder: Path) -> None:
        """Look at the room left on the data folder's volume until cancelled."""
        while True:
            free = psutil.disk_usage(str(folder)).free
            if (level := rules.disk(free)) is not self._disk:
                self._disk, self._disk_note = level, disk_note(free)
                self.report(self._disk_note or "There is enough room on the disk again")
                self.changed()
            await asyncio.sleep(DISK_SECONDS)

    async def silence(self, url: str, server: Child) -> None:
        """End a server that does not answer at all any more, so that it is started again. Until cancelled."""
        silent = 0
        while True:
            await asyncio.sleep(SILENCE_SECONDS)
            # Any answer will do: 503 from a server without a database is no reason to kill it.
            answered = await health.status(url, "/health") is not None
            silent = 0 if answered or server.identity is None else silent + 1
            if silent >= SILENT_LOOKS:
                self.report("The server does not answer any more, starting it again")
                server.kill()
                silent = 0


def disk_note(free_bytes: int) -> str:
    """A sentence about the room left, empty when there is enough."""
    if rules.disk(free_bytes) is rules.Disk.FINE:
        return ""
    room = f"Only {free_bytes / rules.GIGABYTE:.1f} GB are left on the data folder's disk"
    if rules.disk(free_bytes) is rules.Disk.FULL:
        return f"{room}: make room now, or the database will stop"
    return f"{room}: make room soon"
