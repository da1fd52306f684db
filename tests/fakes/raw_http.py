"""A client that sends exactly the bytes it is given, and shows exactly what came back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import httptools


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class _Collector:
    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self._headers: dict[str, str] = {}
        self._body = b""
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> list[Answer]:
        self._parser.feed_data(data)
        return self.answers

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode().lower()] = value.decode()

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self.answers.append(Answer(self._parser.get_status_code(), self._headers, self._body))
        self._headers, self._body = {}, b""


def parse(data: bytes) -> list[Answer]:
    return _Collector().feed(data) if data else []


async def talk(port: int, *chunks: bytes, until: int | None = None, seconds: float = 5.0) -> list[Answer]:
    """Send the chunks one by one; return the answers once there are ``until`` of them, or the server closed.

    Raises:
        TimeoutError: neither happened in time.
    """
    async with asyncio.timeout(seconds):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            await _send(writer, chunks)
            return await _receive(reader, until)
        finally:
            writer.transport.abort()


async def _send(writer: asyncio.StreamWriter, chunks: Iterable[bytes]) -> None:
    for chunk in chunks:
        try:
            writer.write(chunk)
            await writer.drain()
        except ConnectionError:
            return
        await asyncio.sleep(0)


async def _receive(reader: asyncio.StreamReader, until: int | None) -> list[Answer]:
    collector = _Collector()
    while until is None or len(collector.answers) < until:
        try:
            data = await reader.read(65536)
        except ConnectionError:
            break
        if not data:
            break
        collector.feed(data)
    return collector.answers


async def seconds_until_closed(
    port: int, first: bytes = b"", drip: bytes = b"", every: float = 0.02
) -> float:
    """How long the server bears a peer that sends ``first`` and then ``drip`` again and again."""
    loop = asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    started = loop.time()
    dripping = asyncio.create_task(_drip(writer, first, drip, every))
    try:
        async with asyncio.timeout(15):
            while await reader.read(65536):
                pass
    except ConnectionError:
        pass
    finally:
        dripping.cancel()
        writer.transport.abort()
    return loop.time() - started


async def _drip(writer: asyncio.StreamWriter, first: bytes, drip: bytes, every: float) -> None:
    try:
        writer.write(first)
        while drip:
            await asyncio.sleep(every)
            writer.write(drip)
    except ConnectionError:
        return


def request(
    method: str = "POST", target: str = "/echo", body: bytes = b"", *, headers: Iterable[str] = ()
) -> bytes:
    """A well-formed request with a JSON body unless ``headers`` name another Content-Type."""
    lines = [f"{method} {target} HTTP/1.1", "Host: hooks.test", *headers]
    names = {line.partition(":")[0].lower() for line in lines[1:]}
    if method != "GET":
        if "content-type" not in names:
            lines.append("Content-Type: application/json")
        if not names & {"content-length", "transfer-encoding"}:
            lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
