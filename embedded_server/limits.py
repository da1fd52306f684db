"""The private listener's guard: slow, silent, large and numerous peers are bounded (reliability 1.5).

aiohttp 3.14 alone keeps a header drip, a silent connection and a body drip open for as long as they like.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from aiohttp.web_protocol import RequestHandler

from embedded_server import wire
from embedded_server.crowd import Crowd, is_loopback
from embedded_server.problems import Handler, problem

_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the private listener: seconds, bytes, counts."""

    head_seconds: float = 10.0
    body_seconds: float = 10.0
    upload_seconds: float = 60.0
    #: Bytes a second a body must keep up, once ``body_grace`` has passed.
    body_rate: int = 1024
    body_grace: float = 2.0
    #: Between two requests: of our own machine, which is also the tunnel, and of the network.
    idle_seconds: float = 75.0
    idle_far_seconds: float = 15.0
    linger_seconds: float = 2.0
    max_headers: int = 64
    max_head: int = 16 * 1024
    max_json: int = wire.MAX_JSON
    #: A file of contacts (reliability E10).
    max_upload: int = 200 * 1024 * 1024
    max_connections: int = 400
    max_per_address: int = 20

    @property
    def sweep_seconds(self) -> float:
        return min(1.0, max(0.02, min(self.head_seconds, self.body_seconds, self.idle_far_seconds) / 5))


class BodyTooSlow(TimeoutError):
    """The rest of the body did not come in time."""


class GuardedHandler(RequestHandler):
    """aiohttp's own connection, with a clock on everything the peer owes us.

    ``_upgraded``, ``_current_request`` and ``_reading_paused`` are aiohttp's words for: this is a WebSocket
    now, a handler is at work, and we are the slow ones.
    """

    __slots__ = ("_body", "_body_since", "_guard", "_head_bytes", "_since", "_upload", "address", "proven")

    def __init__(self, manager: web.Server, guard: Guard, **options: Any) -> None:
        super().__init__(manager, **options)
        self._guard = guard
        self.address = ""
        self.proven = False
        self._since = self._loop.time()
        #: Of the newest request whose head has come, which its handler may not have seen yet.
        self._body: StreamReader = EMPTY_PAYLOAD
        self._body_since: float | None = None
        self._head_bytes = 0
        self._upload = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        if not self._guard.crowd.admit(self):
            self.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._guard.crowd.forget(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        # Before: these bytes may be the end of a body whose handler has not begun.
        seen, is_head = self._request_count, self._is_between_requests
        super().data_received(data)
        if self._request_count != seen:
            self._body = self._messages[-1][1]
            self._head_bytes = 0
            self._since = self._loop.time()
        elif data and is_head:
            self._since = self._since if self._head_bytes else self._loop.time()
            self._head_bytes += len(data)
            if self._head_bytes > self._guard.limits.max_head:
                self._say(_TOO_LARGE)

    def expect_upload(self) -> None:
        """The request being answered may bring a large body and take its time."""
        self._upload = True

    def check(self, now: float) -> None:
        """Put an end to whatever has lasted too long by the time of the next sweep."""
        now += self._guard.limits.sweep_seconds
        request = self._current_request
        if self.transport is None or self._upgraded:
            return
        if request is not None:
            self._check_body(request, now)
        elif self._is_between_requests:
            self._body_since = None
            self._upload = False
            self._check_head(now)

    @property
    def is_waiting(self) -> bool:
        owes_body = not self._body.is_eof() and not self._upgraded
        return self._is_between_requests or owes_body

    @property
    def rank(self) -> tuple[bool, bool, float]:
        return (self.transport is not None, self.proven, self._since)

    def abort(self) -> None:
        transport = self.transport
        self.force_close()
        if transport is not None:
            transport.abort()

    @property
    def _is_between_requests(self) -> bool:
        at_rest = self._current_request is None and not self._messages
        return at_rest and self._body.is_eof() and not self._upgraded

    def _check_head(self, now: float) -> None:
        limits, waited = self._guard.limits, now - self._since
        if self._head_bytes:
            if waited > limits.head_seconds:
                self._say(_TIMEOUT)
            return
        idle = limits.idle_seconds if is_loopback(self.address) else limits.idle_far_seconds
        if waited > (idle if self._request_count else limits.head_seconds):
            self.force_close()

    def _check_body(self, request: web.BaseRequest, now: float) -> None:
        body, limits = request.content, self._guard.limits
        if body.is_eof():
            # From here on the time is ours; idleness counts from the answer.
            self._since = now
            return
        if self._body_since is None:
            self._body_since = self._since
        if self._reading_paused:
            self._body_since += limits.sweep_seconds
            return
        waited = now - self._body_since
        slow = body.total_bytes < limits.body_rate * (waited - limits.sweep_seconds)
        most = limits.upload_seconds if self._upload else limits.body_seconds
        if waited > most or (waited > limits.body_grace and slow):
            body.set_exception(BodyTooSlow())
        if body.total_bytes > limits.max_upload:
            self.abort()

    def _say(self, answer: bytes) -> None:
        if self.transport is not None:
            self.transport.write(answer)
        self.force_close()


class _GuardedServer(web.Server):
    """aiohttp's server, making guarded connections."""

    def __init__(self, plain: web.Server, guard: Guard) -> None:
        super().__init__(
            plain.request_handler,
            request_factory=plain.request_factory,
            handler_cancellation=plain.handler_cancellation,
            **plain._kwargs,  # noqa: SLF001 - aiohttp offers no way to name another protocol class
        )
        self._guard = guard

    def __call__(self) -> RequestHandler:
        return GuardedHandler(self, self._guard, loop=self._loop, **self._kwargs)


class Guard:
    """The private listener's connections and the clock they are held to."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.crowd = Crowd(places=limits.max_connections, per_address=limits.max_per_address)
        self._sweeping: asyncio.TimerHandle | None = None

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for guest in self.crowd.guests:
            if isinstance(guest, GuardedHandler):
                guest.check(now)
        self._sweeping = loop.call_later(self.limits.sweep_seconds, self.start)

    def stop(self) -> None:
        if self._sweeping is not None:
            self._sweeping.cancel()


class GuardedRunner(web.AppRunner):
    """Runs an application as :class:`aiohttp.web.AppRunner` does, behind a :class:`Guard`."""

    __slots__ = ("guard",)

    def __init__(self, app: web.Application, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        self.guard = Guard(limits)
        super().__init__(
            app,
            # Paths and queries hold what must not be logged; the problem middleware logs the route.
            access_log=None,
            # Nothing compressed is accepted, so nothing needs to be inflated.
            auto_decompress=False,
            keepalive_timeout=limits.idle_seconds,
            lingering_time=limits.linger_seconds,
            max_headers=limits.max_headers,
            shutdown_timeout=10.0,
        )

    async def _make_server(self) -> web.Server:
        server = _GuardedServer(await super()._make_server(), self.guard)
        self.guard.start()
        return server

    async def _cleanup_server(self) -> None:
        self.guard.stop()
        await super()._cleanup_server()


def protect(
    app: web.Application,
    *,
    hosts: Collection[str] = (),
    uploads: Collection[str] = (),
    limits: Limits | None = None,
) -> GuardedRunner:
    """Put the gate behind the application's other middlewares, and return the runner to start it with.

    ``hosts`` are names besides loopback under which clients reach us, with a port when it is not ours.
    ``uploads`` are routes as ``"POST /api/v1/imports/{id}/file"`` that stream a large body themselves.
    """
    limits = limits or Limits()
    app.middlewares.append(_gate(frozenset(hosts), frozenset(uploads), limits))
    return GuardedRunner(app, limits)


def _gate(hosts: frozenset[str], uploads: frozenset[str], limits: Limits) -> Any:
    @web.middleware
    async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
        refusal = refuse_host(request, hosts) or refuse_origin(request)
        is_upload = _route(request) in uploads
        refusal = refusal or _refuse_size(
            request, limits, limits.max_upload if is_upload else limits.max_json
        )
        if refusal is not None:
            return refusal
        connection = request.protocol
        if isinstance(connection, GuardedHandler) and is_upload:
            connection.expect_upload()
        try:
            response = await handler(request)
        except BodyTooSlow:
            return problem(408, "body_too_slow", "The rest of the request did not come in time.")
        if isinstance(connection, GuardedHandler):
            connection.proven = connection.proven or response.status < 400
        return response

    return gate


def refuse_host(request: web.Request, hosts: Collection[str]) -> web.Response | None:
    """A page whose name was rebound to our address still sends its own name: only ours are answered."""
    named = request.headers.getall("Host", [])
    absolute = not request.raw_path.startswith("/")
    if len(named) != 1 or absolute or named[0] not in _own_names(request, hosts):
        return problem(421, "misdirected_request", "This address is not served here.")
    return None


def refuse_origin(request: web.Request) -> web.Response | None:
    """Other sites may not act on a person's behalf, not even through their own browser."""
    origins = request.headers.getall("Origin", [])
    same = {f"{scheme}://{request.headers['Host']}" for scheme in ("http", "https")}
    foreign = len(origins) > 1 or (bool(origins) and origins[0] not in same)
    acts = request.method not in {"GET", "HEAD"} or "Upgrade" in request.headers
    site = request.headers.getall("Sec-Fetch-Site", [])
    if foreign or (acts and any(value not in {"same-origin", "none"} for value in site)):
        return problem(403, "cross_site_request", "Requests from other sites are not allowed.")
    return None


def _own_names(request: web.Request, hosts: Collection[str]) -> set[str]:
    transport = request.transport
    port = transport.get_extra_info("sockname")[1] if transport else None
    names = {f"{name}:{port}" for name in ("localhost", "127.0.0.1", "[::1]")}
    for host in hosts:
        named = host.lower()
        has_port = named.rpartition("]")[2].count(":") == 1
        names |= {named} if has_port else {named, f"{named}:{port}"}
    return names


def _refuse_size(request: web.Request, limits: Limits, most: int) -> web.Response | None:
    if sum(len(name) + len(value) + 4 for name, value in request.raw_headers) > limits.max_head:
        return problem(431, "headers_too_large", "The headers of the request are too large.")
    if "Content-Encoding" in request.headers:
        return problem(415, "compressed_body", "Send the body uncompressed.")
    if (request.content_length or 0) > most:
        return problem(413, "body_too_large", f"The body may have at most {most:,} bytes.")
    return None


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical}" if resource else ""
