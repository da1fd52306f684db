"""A TCP proxy on a loopback port that delays, swallows, resets and lets through as it is told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit


class Trouble(StrEnum):
    NONE = "none"
    #: Whoever connects is cut off at once, and so is whoever is connected.
    RESET = "reset"
    #: What is asked arrives; the connection breaks instead of the first byte of an answer.
    SWALLOW = "swallow"
    #: Connections stand and nothing comes through.
    BLACKHOLE = "blackhole"


@dataclass(eq=False, slots=True)
class _Pair:
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter


class ChaosProxy:
    """Stands before a server; ``url`` is where to find it. ``delay`` holds every answer back so many seconds.

    ``times`` bounds a trouble: that often it happens, then all is well again.
    """

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self.delay = 0.0
        self.trouble = Trouble.NONE
        self.times: int | None = None
        self.connections = 0
        self._pairs: set[_Pair] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def make(self, trouble: Trouble, *, times: int | None = None) -> None:
        self.trouble, self.times = trouble, times
        if trouble is Trouble.RESET:
            for pair in tuple(self._pairs):
                _cut(pair)

    def heal(self) -> None:
        self.trouble, self.times, self.delay = Trouble.NONE, None, 0.0

    def cut(self) -> None:
        """Break every connection that stands; new ones are welcome."""
        for pair in tuple(self._pairs):
            _cut(pair)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._happens(Trouble.RESET):
            writer.transport.abort()
            return
        try:
            there = await asyncio.open_connection(self._target.hostname, self._target.port)
        except OSError:
            writer.transport.abort()
            return
        pair = _Pair(writer, there[1])
        self._pairs.add(pair)
        halves = [
            asyncio.ensure_future(half) for half in (self._ask(reader, pair), self._answer(there[0], pair))
        ]
        try:
            await asyncio.wait(halves, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._pairs.discard(pair)
            _cut(pair)
            for half in halves:
                half.cancel()
            await asyncio.gather(*halves, return_exceptions=True)

    async def _ask(self, reader: asyncio.StreamReader, pair: _Pair) -> None:
        ours, theirs = f"127.0.0.1:{self.port}".encode(), f"127.0.0.1:{self._target.port}".encode()
        while data := await reader.read(64 * 1024):
            await self._while_nothing_passes()
            # The server answers to its own name alone.
            pair.server.write(data.replace(ours, theirs))
            await pair.server.drain()

    async def _answer(self, reader: asyncio.StreamReader, pair: _Pair) -> None:
        while data := await reader.read(64 * 1024):
            if self._happens(Trouble.SWALLOW):
                return
            await self._while_nothing_passes()
            await asyncio.sleep(self.delay)
            pair.client.write(data)
            await pair.client.drain()

    async def _while_nothing_passes(self) -> None:
        while self.trouble is Trouble.BLACKHOLE:
            await asyncio.sleep(0.02)

    def _happens(self, trouble: Trouble) -> bool:
        if self.trouble is not trouble:
            return False
        if self.times is not None:
            self.times -= 1
            if self.times <= 0:
                self.heal()
        return True


def _cut(pair: _Pair) -> None:
    pair.client.transport.abort()
    pair.server.transport.abort()
