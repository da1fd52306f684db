"""The public listener: a lean HTTP/1.1 server for webhooks and nothing else.

Providers send thousands of small requests a second, and a full web framework spends about 200 µs on each.
This one is an :class:`asyncio.Protocol` over llhttp. It answers only what its route table names.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from embedded_server.crowd import Crowd
from embedded_server.webhooks.connection import Connection
from embedded_server.webhooks.http import Limits
from embedded_server.webhooks.routing import Routes

_BACKLOG = 1024


class Listener:
    """Holds the connections, looks at their clocks, and shares what they count."""

    def __init__(self, routes: Routes, limits: Limits | None = None) -> None:
        self.routes = routes
        self.limits = limits or Limits()
        #: Answers by status: of handlers, and of the protocol's own refusals.
        self.answered: Counter[int] = Counter()
        self.refused: Counter[int] = Counter()
        #: Bytes of request bodies in memory.
        self.buffered = 0
        self.stopping = False
        self._connections: set[Connection] = set()
        self._crowd = Crowd(places=self.limits.max_connections, per_address=self.limits.max_per_address)
        self._server: asyncio.Server | None = None
        self._sweeping: asyncio.TimerHandle | None = None
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def port(self) -> int:
        """The port in use, for a listener started on port 0."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def connections(self) -> int:
        return len(self._connections)

    async def start(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), host, port, backlog=_BACKLOG)
        self._sweep()

    async def stop(self, grace: float = 10.0) -> None:
        """Accept nobody new, finish the requests under way within ``grace`` seconds, then close."""
        if self._server is None:
            return
        self.stopping = True
        self._server.close()
        for connection in tuple(self._connections):
            connection.drain()
        try:
            async with asyncio.timeout(grace):
                await self._empty.wait()
        except TimeoutError:
            for connection in tuple(self._connections):
                connection.abort()
        if self._sweeping is not None:
            self._sweeping.cancel()
        await self._server.wait_closed()

    def admit(self, connection: Connection) -> None:
        """Make room for a new connection, or turn it away."""
        self._connections.add(connection)
        self._empty.clear()
        if not self._crowd.admit(connection) or self.stopping:
            connection.abort()

    def forget(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self._crowd.forget(connection)
        if not self._connections:
            self._empty.set()

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in tuple(self._connections):
            connection.check(now)
        self._sweeping = loop.call_later(self.limits.sweep_seconds, self._sweep)
