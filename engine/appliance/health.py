"""Asks the server over HTTP whether it is ready, with nothing heavier than a socket."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from urllib.parse import urlsplit

_LOOK_SECONDS = 0.05
_ANSWER_SECONDS = 5.0
_FAILURES = (OSError, ValueError, IndexError, TimeoutError)


async def status(base_url: str, path: str = "/ready") -> int | None:
    """The HTTP status of the answer, or None when nobody answers within five seconds."""
    try:
        return await asyncio.wait_for(_ask(base_url, path), _ANSWER_SECONDS)
    except _FAILURES:
        return None


async def until_ready(base_url: str) -> None:
    """Returns once ``/ready`` says 200; waits as long as that takes."""
    while await status(base_url) != HTTPStatus.OK:  # noqa: ASYNC110 - another process, it sets no event of ours
        await asyncio.sleep(_LOOK_SECONDS)


async def _ask(base_url: str, path: str) -> int:
    address = urlsplit(base_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        request = f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        line = await reader.readline()
        return int(line.split()[1])
    finally:
        writer.close()
