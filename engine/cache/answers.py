"""Answers that are dear to compute and may be a moment old."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Answers(Generic[T]):
    """Computes an answer once for everyone who asks meanwhile, and keeps it for a short while.

    The while grows with what the answer costs: at least ``keep`` seconds, and twenty times the computing, so
    that a dear count never takes more than a twentieth of the machine.
    """

    def __init__(self, keep: float = 2.0, most: int = 1_000) -> None:
        self._keep = keep
        self._most = most
        self._known: dict[Hashable, tuple[float, T]] = {}
        self._running: dict[Hashable, asyncio.Task[T]] = {}

    async def get(self, key: Hashable, compute: Callable[[], Awaitable[T]]) -> T:
        known = self._known.get(key)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        task = self._running.get(key)
        if task is None:
            task = asyncio.ensure_future(self._compute(key, compute))
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(task)

    def forget(self, key: Hashable) -> None:
        self._known.pop(key, None)

    async def _compute(self, key: Hashable, compute: Callable[[], Awaitable[T]]) -> T:
        began = time.monotonic()
        answer = await compute()
        took = time.monotonic() - began
        while len(self._known) >= self._most:
            self._known.pop(next(iter(self._known)))
        self._known[key] = (time.monotonic() + max(self._keep, 20 * took), answer)
        return answer
