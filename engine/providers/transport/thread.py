"""The same transport for event loops that cannot watch sockets, such as Windows' Proactor loop."""

from __future__ import annotations

import asyncio
import threading

from engine.providers.transport.curl import CurlTransport
from engine.providers.transport.wire import Limits, Request, Response, Transport


def open_transport(limits: Limits | None = None) -> Transport:
    """The transport that suits the running loop. Whoever opens it closes it."""
    if _can_watch_sockets(asyncio.get_running_loop()):
        return CurlTransport(limits)
    return ThreadedTransport(limits)


class ThreadedTransport:
    """A :class:`CurlTransport` on a selector loop in a thread of its own."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._loop = asyncio.SelectorEventLoop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="transport", daemon=True)
        self._thread.start()
        self._inner = asyncio.run_coroutine_threadsafe(_open(limits), self._loop)

    async def request(self, request: Request) -> Response:
        inner = await asyncio.wrap_future(self._inner)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(inner.request(request), self._loop))

    async def close(self) -> None:
        inner = await asyncio.wrap_future(self._inner)
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(inner.close(), self._loop))
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join)
        self._loop.close()


async def _open(limits: Limits | None) -> CurlTransport:
    return CurlTransport(limits)


def _can_watch_sockets(loop: asyncio.AbstractEventLoop) -> bool:
    proactor = getattr(asyncio, "ProactorEventLoop", None)
    return proactor is None or not isinstance(loop, proactor)
