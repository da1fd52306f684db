"""A line to a server on which answers get lost: what was asked for has been done, and nobody hears of it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Self
from urllib.parse import urlsplit


class LosingLine:
    """Carries bytes both ways; loses the next :attr:`answers` answers to writes, with their connections.

    ``is_cut`` lets nothing through at all.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self._tasks: set[asyncio.Task[None]] = set()
        self.answers = 0
        self.lost = 0
        self.is_cut = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._carry(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError):
                while not self.is_cut and (asked := await reader.read(1 << 20)):
                    answer = b"" if self.is_cut else await self._ask(asked)
                    if self.is_cut or (asked.startswith(b"POST") and self._loses()):
                        break
                    writer.write(answer)
                    await writer.drain()
        finally:
            writer.transport.abort()

    def _loses(self) -> bool:
        if self.answers == 0:
            return False
        self.answers -= 1
        self.lost += 1
        return True

    async def _ask(self, asked: bytes) -> bytes:
        """One request on a connection of its own; the answer is read to its end."""
        reader, writer = await asyncio.open_connection(self._host, self._port)
        ours, theirs = self.url.encode()[7:], f"{self._host}:{self._port}".encode()
        asked = asked.replace(ours, theirs, 1)
        writer.write(asked.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        await writer.drain()
        try:
            return await reader.read(-1)
        finally:
            writer.close()
