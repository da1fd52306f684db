"""A vendor on a loopback port that answers, stalls, cuts and lies as told, and remembers what reached it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import orjson


@dataclass(frozen=True, slots=True)
class Seen:
    """A whole request that arrived, and over which connection."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. ``cut`` sends only the first bytes; ``close`` ends the connection afterwards."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    cut: int | None = None
    close: bool = False
    chunked: bool = False


@dataclass(frozen=True, slots=True)
class Hangup:
    """The request was read whole; no answer, the connection closes (politely, or with a reset)."""

    reset: bool = False


class FaultyServer:
    """Takes the next behaviour of ``script`` for every request; the last one stays."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        self.connections = 0
        self.script: deque[Reply | Hangup] = deque([Reply()])
        self._tls = tls
        self._arrived = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def will(self, *behaviours: Reply | Hangup) -> None:
        self.script = deque(behaviours)

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    async def has_seen(self, count: int) -> None:
        """Wait until so many requests have arrived."""
        while len(self.seen) < count:
            self._arrived.clear()
            await self._arrived.wait()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.ensure_future(self._serve(reader, writer, self.connections))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._exchange(reader, writer, number):
                pass
        writer.close()
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await writer.wait_closed()

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> bool:
        self.seen.append(await _read(reader, number))
        self._arrived.set()
        behaviour = self.script.popleft() if len(self.script) > 1 else self.script[0]
        if isinstance(behaviour, Hangup):
            if behaviour.reset:
                writer.transport.abort()
            return False
        await asyncio.sleep(behaviour.delay)
        writer.write(_wire(behaviour)[: behaviour.cut])
        await writer.drain()
        return behaviour.cut is None and not behaviour.close


async def _read(reader: asyncio.StreamReader, number: int) -> Seen:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    method, target, _ = first.split(" ")
    return Seen(method, target, headers, body, number)


def _wire(reply: Reply) -> bytes:
    length = {"Transfer-Encoding": "chunked"} if reply.chunked else {"Content-Length": str(len(reply.body))}
    lines = [f"HTTP/1.1 {reply.status} X"]
    lines += [f"{name}: {value}" for name, value in {**length, **reply.headers}.items()]
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(reply.body), reply.body) if reply.chunked else reply.body
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
