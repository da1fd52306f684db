"""One keep-alive HTTP/1.1 connection that posts and reads back only the status.

A general client costs several times as much per post, and at Meta's ceiling three or four posts leave for
every message that comes in. For the same reason it reports to a callback instead of waking a task.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import httptools

#: The receiver's answer took too long, or the connection broke before it came.
TIMED_OUT = "timed out"
BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a connection leads."""

    host: str
    port: int
    secure: bool

    @classmethod
    def of(cls, url: str) -> Origin:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        return cls(parts.hostname or "", parts.port or (443 if secure else 80), secure)


class Line(asyncio.Protocol):
    """Carries one post at a time. After ``TIMED_OUT`` or ``BROKEN`` it is closed and of no further use."""

    def __init__(self) -> None:
        self.posts = 0
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._done: Callable[[str], None] | None = None
        self._alarm: asyncio.TimerHandle | None = None

    @classmethod
    async def connect(cls, origin: Origin) -> Line:
        """Raises: OSError, when nobody listens there."""
        loop = asyncio.get_running_loop()
        context = ssl.create_default_context() if origin.secure else None
        _, line = await loop.create_connection(cls, origin.host, origin.port, ssl=context)
        return line

    @property
    def usable(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def post(self, request: bytes, limit: float, done: Callable[[str], None]) -> None:
        """Write a whole request; ``done`` hears the status of its answer once, within ``limit`` seconds."""
        self.posts += 1
        self._done = done
        self._alarm = asyncio.get_running_loop().call_later(limit, self._finish, TIMED_OUT)
        if self._transport is None:
            self._finish(BROKEN)
        else:
            self._transport.write(request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of their own family.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._finish(BROKEN)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._finish(BROKEN)

    def on_message_complete(self) -> None:
        if not self._parser.should_keep_alive():
            self.close()
        self._finish(str(self._parser.get_status_code()))

    def _finish(self, result: str) -> None:
        if self._done is None:
            return
        done, self._done = self._done, None
        if self._alarm is not None:
            self._alarm.cancel()
        if result in {TIMED_OUT, BROKEN}:
            self.close()
        done(result)
