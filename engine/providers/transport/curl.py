"""libcurl's multi interface on the running event loop."""

from __future__ import annotations

import asyncio
from typing import Any

import pycurl

from engine.providers.transport.handle import Handle
from engine.providers.transport.wire import Limits, NotSent, Request, Response

_BATCH = 64


class CurlTransport:
    """A :class:`~engine.providers.transport.wire.Transport` several times cheaper than aiohttp's client.

    Built inside a running loop that can watch sockets (uvloop, or asyncio's selector loop) and used only
    from it. Handles and connections are kept and reused.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._loop = asyncio.get_running_loop()
        self._window = asyncio.Semaphore(self._limits.window)
        self._idle: list[Handle] = []
        self._live: dict[Any, tuple[Handle, asyncio.Future[None]]] = {}
        self._watched: dict[int, int] = {}
        self._timer: asyncio.Handle | None = None
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._on_socket)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._on_timer)
        self._multi.setopt(pycurl.M_MAXCONNECTS, self._limits.window)
        self._closed = False

    async def request(self, request: Request) -> Response:
        async with self._window:
            if self._closed:
                raise NotSent("the transport is closed")
            handle = self._idle.pop() if self._idle else Handle(self._limits)
            try:
                handle.load(request)
                await self._exchange(handle)
                return handle.response()
            finally:
                self._idle.append(handle)

    async def close(self) -> None:
        """End every request under way, as not sent or in doubt, and close the connections."""
        self._closed = True
        for handle, done in list(self._live.values()):
            self._forget(handle)
            if not done.done():
                done.set_exception(handle.failure(pycurl.E_ABORTED_BY_CALLBACK, "closed"))
        await asyncio.sleep(0)
        self._multi.close()
        if self._timer:
            self._timer.cancel()
        for handle in self._idle:
            handle.curl.close()
        self._idle.clear()

    async def _exchange(self, handle: Handle) -> None:
        done: asyncio.Future[None] = self._loop.create_future()
        try:
            self._multi.add_handle(handle.curl)
        except pycurl.error as error:
            raise NotSent("libcurl did not take the request") from error
        self._live[handle.curl] = (handle, done)
        try:
            await done
        finally:
            self._forget(handle)

    def _forget(self, handle: Handle) -> None:
        """Take a transfer out; one that was still running (a cancelled request) loses its connection."""
        if self._live.pop(handle.curl, None):
            self._multi.remove_handle(handle.curl)

    def _on_socket(self, wanted: int, descriptor: int, *_: object) -> None:
        before = self._watched.get(descriptor, 0)
        now = 0 if wanted == pycurl.POLL_REMOVE else wanted
        for bit, add, remove in (
            (pycurl.POLL_IN, self._loop.add_reader, self._loop.remove_reader),
            (pycurl.POLL_OUT, self._loop.add_writer, self._loop.remove_writer),
        ):
            if now & bit and not before & bit:
                add(descriptor, self._act, descriptor, bit)
            elif before & bit and not now & bit:
                remove(descriptor)
        if now:
            self._watched[descriptor] = now
        else:
            self._watched.pop(descriptor, None)

    def _on_timer(self, milliseconds: int) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        # libcurl must not be called from inside its own callback, so even "now" waits for the next turn;
        # that turn then starts every request added meanwhile.
        if milliseconds == 0:
            self._timer = self._loop.call_soon(self._act, pycurl.SOCKET_TIMEOUT, 0)
        elif milliseconds > 0:
            self._timer = self._loop.call_later(milliseconds / 1000, self._act, pycurl.SOCKET_TIMEOUT, 0)

    def _act(self, descriptor: int, events: int) -> None:
        # The bits of POLL_IN and POLL_OUT are those of CSELECT_IN and CSELECT_OUT.
        self._multi.socket_action(descriptor, events)
        left = 1
        while left:
            left, finished, failed = self._multi.info_read(_BATCH)
            for curl in finished:
                self._finish(curl, None)
            for curl, code, message in failed:
                self._finish(curl, (code, message))

    def _finish(self, curl: Any, error: tuple[int, str] | None) -> None:
        handle, done = self._live[curl]
        self._forget(handle)
        if done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(handle.failure(*error))
