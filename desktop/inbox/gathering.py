"""Many wishes become one piece of work: a storm of live events is not a storm of requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from desktop.shell.presenter import Presenter

#: Seconds.
WAIT = 0.3


class Gathering:
    """``work`` runs 0.3 s after the first wish, never twice at once; wishes meanwhile make one more run."""

    def __init__(
        self, presenter: Presenter, name: str, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        self._presenter, self._name, self._work = presenter, name, work
        self._is_running = self._is_wished = False

    def wish(self) -> None:
        self._is_wished = True
        if not self._is_running:
            self._is_running = True
            self._presenter.start(self._name, self._run())

    async def _run(self) -> None:
        try:
            while self._is_wished:
                await asyncio.sleep(WAIT)
                self._is_wished = False
                await self._work()
        finally:
            self._is_running = False
