"""A CONNECT proxy that leads WhatsApp's hosts to our port, and nothing anywhere else.

The client is told of it by ``HTTPS_PROXY``. Any other host is answered 403: no test reaches the real service.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Self


class Proxy:
    """``refused`` holds whatever else was asked for."""

    def __init__(self, hosts: Collection[str], port: int) -> None:
        self._hosts, self._port = hosts, port
        self._tasks: set[asyncio.Task[None]] = set()
        self.refused: list[str] = []

    @property
    def port(self) -> int:
        return self._own_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._own_port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._own_port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].decode()
            verb, target = request.split(" ")[:2]
            if verb != "CONNECT" or target.removesuffix(":443") not in self._hosts:
                self.refused.append(target)
                writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
                return
            inner_reader, inner = await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await _join((reader, inner), (inner_reader, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _join(*ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    """Until either side ends: then the other is cut too, so that a broken connection is seen at once."""
    pumps = [asyncio.ensure_future(_pump(*way)) for way in ways]
    try:
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for pump in pumps:
            pump.cancel()
        for _, writer in ways:
            writer.close()
        await asyncio.gather(*pumps, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(64 * 1024):
        writer.write(data)
        await writer.drain()
