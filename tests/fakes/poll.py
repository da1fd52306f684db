"""Waits for a condition, never for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], bool], *, seconds: float = 10.0) -> None:
    """Raises:
    TimeoutError: it did not come true in time.
    """
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
