"""Owned background work: nothing outlives its owner, and no failure goes unseen."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject

logger = logging.getLogger(__name__)


class Tasks:
    """Runs coroutines for one owner.

    Starting work under a name cancels the previous work of that name, so a fast typist's last search wins.
    When the owner is destroyed, its work is cancelled.
    """

    def __init__(self, owner: QObject, on_error: Callable[[Exception], None]) -> None:
        running: dict[str, asyncio.Task[None]] = {}
        self._running = running
        self._on_error = on_error
        # The closure must not hold the owner, nor us, who hold its method.
        owner.destroyed.connect(lambda *_: [task.cancel() for task in tuple(running.values())])

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        if previous := self._running.get(name):
            previous.cancel()
        task = asyncio.get_running_loop().create_task(self._guard(work), name=name)
        self._running[name] = task
        task.add_done_callback(lambda done: self._forget(name, done))
        # Work that is cancelled before its first step would complain that nobody awaited it.
        task.add_done_callback(lambda _: work.close())
        return task

    def is_running(self, name: str) -> bool:
        return name in self._running

    def cancel(self, name: str) -> None:
        if task := self._running.get(name):
            task.cancel()

    def cancel_all(self) -> None:
        for task in tuple(self._running.values()):
            task.cancel()

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            logger.exception("Background work failed")
            self._on_error(error)

    def _forget(self, name: str, task: asyncio.Task[None]) -> None:
        if self._running.get(name) is task:
            del self._running[name]
