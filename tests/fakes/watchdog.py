"""Watches the window's thread: what a person would feel as a freeze fails the test (ux.md, point 49)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

_BEAT = 0.02
#: Seconds; longer and a person sees it.
LONGEST_STALL = 0.1

_SCHEDULE = Path("/proc/thread-self/schedstat")


def waited_for_the_processor() -> float:
    """Seconds this thread was ready but not let: the fault of a busy machine, not of the window."""
    try:
        return int(_SCHEDULE.read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


class Watchdog:
    """``worst`` is the longest time the loop did not come round, without what the machine withheld."""

    def __init__(self) -> None:
        self.worst = 0.0

    async def watch(self) -> None:
        while True:
            began, withheld = time.perf_counter(), waited_for_the_processor()
            await asyncio.sleep(_BEAT)
            late = time.perf_counter() - began - _BEAT - (waited_for_the_processor() - withheld)
            self.worst = max(self.worst, late)


async def watched(scenario: Coroutine[Any, Any, None], longest: float = LONGEST_STALL) -> None:
    """Await a scenario; AssertionError when the loop stalled longer than ``longest`` seconds meanwhile."""
    dog = Watchdog()
    task = asyncio.create_task(dog.watch(), name="watchdog")
    try:
        await scenario
    finally:
        task.cancel()
    assert dog.worst <= longest, f"The window stood still for {dog.worst * 1000:.0f} ms"
