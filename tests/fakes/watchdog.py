"""Watches the window's thread: what a person would feel as a freeze fails the test (ux.md, point 49)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

_BEAT = 0.02
#: Seconds; longer and something blocks. A person sees a tenth of a second, and the benchmark of the desktop
#: holds the window to that on a machine of its own; beside other tests and neighbors the same drawing was
#: seen to take two and a half times as long.
LONGEST_STALL = 0.25

_SCHEDULE = Path("/proc/thread-self/schedstat")


def waited_for_the_processor() -> float:
    """Seconds this thread was ready but not let: the fault of a busy machine, not of the window."""
    try:
        return int(_SCHEDULE.read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


@dataclass(frozen=True, slots=True)
class Moment:
    """Clocks of this thread: the wall's, what it computed, what its process computed, what it was denied."""

    wall: float
    own: float
    process: float
    withheld: float

    @classmethod
    def now(cls) -> Self:
        return cls(time.perf_counter(), time.thread_time(), time.process_time(), waited_for_the_processor())

    def stall(self, since: Moment) -> float:
        """What the loop came round too late by. Other threads of a test (its server) hold Python's lock while
        they compute: that is not the window's doing, what it computes itself always is.
        """
        own = self.own - since.own
        others = self.process - since.process - own
        late = self.wall - since.wall - _BEAT - (self.withheld - since.withheld)
        return max(min(own, late), late - others)


class Watchdog:
    """``worst`` is the longest time the loop did not come round, without what the machine withheld."""

    def __init__(self) -> None:
        self.worst = 0.0

    async def watch(self) -> None:
        while True:
            began = Moment.now()
            await asyncio.sleep(_BEAT)
            self.worst = max(self.worst, Moment.now().stall(began))


async def watched(scenario: Coroutine[Any, Any, None], longest: float = LONGEST_STALL) -> None:
    """Await a scenario; AssertionError when the loop stalled longer than ``longest`` seconds meanwhile."""
    dog = Watchdog()
    task = asyncio.create_task(dog.watch(), name="watchdog")
    try:
        await scenario
    finally:
        task.cancel()
    assert dog.worst <= longest, f"The window stood still for {dog.worst * 1000:.0f} ms"
