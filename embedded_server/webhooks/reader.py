"""Turns the bytes of one connection into requests, and refuses early what must not be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

import httptools

from embedded_server.webhooks.http import HookRequest, HookResponse, Limits
from embedded_server.webhooks.routing import Match, Routes


class Phase(Enum):
    """What the peer owes us."""

    IDLE = "idle"
    HEAD = "head"
    BODY = "body"


class Refused(Exception):
    """This request must not be read any further."""

    def __init__(self, status: int, extra: str = "") -> None:
        super().__init__(status)
        self.response = HookResponse(status, extra=extra)


@dataclass(slots=True)
class Ready:
    """A request to answer: by its handler, or at once when ``answer`` is already known."""

    request: HookRequest
    match: Match | None
    answer: HookResponse | None
    keep_alive: bool


@dataclass(slots=True)
class _Head:
    method: str
    path: str
    query: str
    version: str
    has_body: bool


@dataclass(slots=True)
class _Parts:
    url: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    repeated: set[str] = field(default_factory=set)
    count: int = 0
    size: int = 0
    body: list[bytes] = field(default_factory=list, repr=False)


class Reader:
    """An llhttp parser in its strict mode, plus every bound it does not have.

    ``on_phase`` hears each change of phase and ``on_ready`` each whole request, which it may refuse.
    """

    def __init__(
        self,
        routes: Routes,
        limits: Limits,
        *,
        on_phase: Callable[[Phase], None],
        on_ready: Callable[[Ready], None],
        remote: str,
    ) -> None:
        self.phase = Phase.IDLE
        #: Bytes of the current body so far.
        self.received = 0
        #: The peer waits for ``100 Continue`` before it sends the body.
        self.expects_continue = False
        self._routes, self._limits, self._remote = routes, limits, remote
        self._tell_phase, self._tell_ready = on_phase, on_ready
        self._fed = 0
        self._parts = _Parts()
        self._head: _Head | None = None
        self._found: Match | HookResponse | None = None
        self._refusal: Refused | None = None
        self._parser = httptools.HttpRequestParser(self)

    def feed(self, data: bytes) -> None:
        """Read on.

        Raises:
            Refused: answer with its response, then close; nothing after it may be read.
        """
        self._fed += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise Refused(400) from None
        except httptools.HttpParserError:
            raise (self._refusal or Refused(400)) from None
        if self.phase is Phase.HEAD and self._fed > self._limits.max_head:
            raise Refused(431)
        if self.phase is Phase.BODY and self._fed > 2 * self._limits.max_body + self._limits.max_head:
            # Chunk overhead and trailers never reach on_body, so the raw bytes have their own bound.
            raise Refused(413)

    def on_message_begin(self) -> None:
        self._parts = _Parts()
        self._head = self._found = None
        self.received = 0
        self._enter(Phase.HEAD)

    def on_url(self, url: bytes) -> None:
        self._parts.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        parts = self._parts
        parts.count += 1
        parts.size += len(name) + len(value) + 4
        if self.phase is Phase.BODY:  # a trailer: smuggling's favorite place, and no provider sends one
            self._stop(Refused(400))
        if parts.count > self._limits.max_headers or parts.size > self._limits.max_head:
            self._stop(Refused(431))
        key = name.decode("latin-1").lower()
        if key in parts.headers:
            parts.repeated.add(key)
        else:
            parts.headers[key] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if self._parts.size + len(self._parts.url) > self._limits.max_head:
            self._stop(Refused(431))
        try:
            head = self._head = self._read_head()
            self._found = self._route(head)
            self._expect(head)
        except Refused as refusal:
            self._stop(refusal)
        self._fed = 0
        self._enter(Phase.BODY)

    def on_body(self, body: bytes) -> None:
        self.received += len(body)
        if self.received > self._limits.max_body:
            self._stop(Refused(413))
        self._parts.body.append(body)

    def on_message_complete(self) -> None:
        parts, head, found = self._parts, self._head, self._found
        if head is None or found is None:
            return
        match = found if isinstance(found, Match) else None
        request = HookRequest(
            method=head.method,
            path=head.path,
            query=head.query,
            headers=parts.headers,
            repeated=frozenset(parts.repeated),
            body=parts.body[0] if len(parts.body) == 1 else b"".join(parts.body),
            remote=self._remote,
            parameter=match.parameter if match else None,
        )
        answer = found if isinstance(found, HookResponse) else None
        self.expects_continue = False
        self._fed = 0
        try:
            self._enter(Phase.IDLE)
            self._tell_ready(Ready(request, match, answer, self._parser.should_keep_alive()))
        except Refused as refusal:
            self._stop(refusal)

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self._tell_phase(phase)

    def _stop(self, refusal: Refused) -> None:
        # The parser turns what its callbacks raise into its own error: keep ours for feed() to find.
        self._refusal = refusal
        raise refusal

    def _read_head(self) -> _Head:
        parts, version = self._parts, self._parser.get_http_version()
        if version not in {"1.0", "1.1"}:
            raise Refused(505)
        if self._parser.should_upgrade() or not parts.url.startswith(b"/"):
            raise Refused(400)
        if "host" in parts.repeated or (version == "1.1" and "host" not in parts.headers):
            raise Refused(400)
        coding = parts.headers.get("transfer-encoding")
        if coding is not None and (version == "1.0" or coding.lower() != "chunked"):
            raise Refused(400)
        path, _, query = parts.url.decode("latin-1").partition("?")
        length = int(parts.headers.get("content-length", "0"))
        if length > self._limits.max_body:
            raise Refused(413)
        method = self._parser.get_method().decode("latin-1")
        return _Head(method, path, query, version, has_body=coding is not None or length > 0)

    def _route(self, head: _Head) -> Match | HookResponse:
        found = self._routes.find(head.method, head.path)
        if isinstance(found, HookResponse):
            if head.has_body:
                raise Refused(found.status, found.extra)
            return found
        if "content-encoding" in self._parts.headers:
            raise Refused(415)
        if not found.route.accepts:
            if head.has_body:
                raise Refused(400)
        elif self._media_type() not in found.route.accepts:
            raise Refused(415)
        return found

    def _media_type(self) -> str | None:
        """The exact media type, or None when it is missing, repeated or in a charset other than UTF-8."""
        parts = self._parts
        if "content-type" in parts.repeated:
            return None
        kind, _, charset = parts.headers.get("content-type", "").lower().partition(";")
        plain = charset.replace(" ", "").replace('"', "")
        return kind.strip() if plain in {"", "charset=utf-8"} else None

    def _expect(self, head: _Head) -> None:
        expected = self._parts.headers.get("expect")
        if expected is None or head.version == "1.0":
            return
        if expected.lower() != "100-continue":
            raise Refused(417)
        self.expects_continue = head.has_body
