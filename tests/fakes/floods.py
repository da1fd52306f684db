"""Peers that open many connections and keep a listener waiting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


class _Peer(asyncio.Protocol):
    def __init__(self, first: bytes, drip: bytes, every: float) -> None:
        self._first, self._drip, self._every = first, drip, every
        self.closed_after: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._started = time.monotonic()
        transport.write(self._first)
        self._drip_on()

    def _drip_on(self) -> None:
        if self._drip and self.closed_after is None:
            self.transport.write(self._drip)
            asyncio.get_running_loop().call_later(self._every, self._drip_on)

    def connection_lost(self, error: Exception | None) -> None:
        self.closed_after = time.monotonic() - self._started


class Flood:
    """The peers of one flood and how they fared."""

    def __init__(self, peers: list[_Peer]) -> None:
        self._peers = peers

    @property
    def open(self) -> int:
        return sum(peer.closed_after is None for peer in self._peers)

    async def end(self, *, within: float) -> float:
        """Wait until the server has closed every peer; the longest time one was borne."""
        await until(lambda: not self.open, within=within)
        return max(peer.closed_after or 0.0 for peer in self._peers)


@asynccontextmanager
async def flood(
    port: int, count: int, *, first: bytes = b"", drip: bytes = b"", every: float = 0.05
) -> AsyncIterator[Flood]:
    loop = asyncio.get_running_loop()
    peers: list[_Peer] = []
    for _ in range(count):
        _, peer = await loop.create_connection(lambda: _Peer(first, drip, every), "127.0.0.1", port)
        peers.append(peer)
    try:
        yield Flood(peers)
    finally:
        for peer in peers:
            peer.transport.abort()


async def slowest(ask: Callable[[], Awaitable[object]], *, times: int, every: float = 0.02) -> float:
    """The longest of several calls, in seconds."""
    worst = 0.0
    for _ in range(times):
        started = time.monotonic()
        await ask()
        worst = max(worst, time.monotonic() - started)
        await asyncio.sleep(every)
    return worst


async def until(condition: Callable[[], bool], *, within: float = 5.0) -> None:
    """Return once the condition holds.

    Raises:
        TimeoutError: it did not in time.
    """
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.01)
