"""The product's private server on a real port and database, in a thread: Qt's loop stays the desktop's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any, Self, TypeVar
from uuid import UUID

from embedded_server import app
from engine.accounts import SignedIn
from engine.context import Engine
from engine.models import Role
from tests.fakes.api import RunningApp, join

Result = TypeVar("Result")


class RunningServer:
    """``run`` arranges rows on the server's own loop; ``url`` is where the desktop finds it."""

    def __init__(self, open_engine: Callable[[], Engine]) -> None:
        self._open = open_engine
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="server", daemon=True)
        self.engine: Engine
        self._running: RunningApp

    def __enter__(self) -> Self:
        self._thread.start()
        self.run(self._start)
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._stop)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def url(self) -> str:
        return self._running.url

    def run(self, work: Callable[..., Awaitable[Result]], *args: Any, **how: Any) -> Result:
        """Wait for a coroutine function on the server's loop: ``run(make_channel, server.engine, shop)``."""

        async def there() -> Result:
            return await work(*args, **how)

        waiting: Future[Result] = asyncio.run_coroutine_threadsafe(there(), self._loop)
        return waiting.result(30)

    def sign_in(self, company_id: UUID, role: Role = Role.OWNER) -> SignedIn:
        return self.run(join, self.engine, company_id, role)

    def go_away(self) -> None:
        """Stop listening, as a crashed engine does."""
        self.run(self._running.stop)

    def come_back(self) -> None:
        """Listen again at the same address, as a restarted engine does."""
        self.run(self._listen, int(self.url.rpartition(":")[2]))

    async def _start(self) -> None:
        self.engine = self._open()
        await self._listen()

    async def _listen(self, port: int = 0) -> None:
        self._running = await RunningApp.start(app.private(self.engine), port)

    async def _stop(self) -> None:
        await self._running.stop()
        await self.engine.close()
        # Socket.IO leaves pings of connections that just ended: a loop must not be closed over them.
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        # Sockets that were closed a moment ago are gone only in the next rounds of the loop.
        await asyncio.sleep(0.02)
