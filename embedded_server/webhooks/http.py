"""What a provider sent, what we answer, and how much of either we put up with."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the public listener (reliability 1.5): seconds, bytes, counts."""

    #: From the first byte of a request, or from the connection, to the empty line after the headers.
    head_seconds: float = 10.0
    #: From the headers to the last byte of the body.
    body_seconds: float = 10.0
    #: Bytes a second a body must keep up, once ``body_grace`` has passed.
    body_rate: int = 1024
    body_grace: float = 2.0
    #: Between two requests; a tunnel keeps its connections open.
    idle_seconds: float = 75.0
    #: For our own work on a request; after it the sender is told to come back.
    answer_seconds: float = 9.0
    #: For a peer to take our last bytes and go.
    linger_seconds: float = 2.0
    max_headers: int = 64
    max_head: int = 16 * 1024
    max_body: int = 3 * 1024 * 1024
    #: Bodies in memory over all connections together.
    max_buffered: int = 96 * 1024 * 1024
    max_connections: int = 200
    #: Loopback is exempt.
    max_per_address: int = 50
    #: Requests of one connection that wait behind the one being answered.
    max_pipelined: int = 32

    @property
    def sweep_seconds(self) -> float:
        """How often connections are looked at: often enough for the shortest bound."""
        shortest = min(self.head_seconds, self.body_seconds, self.idle_seconds, self.answer_seconds)
        return min(1.0, max(0.02, min(shortest, self.linger_seconds) / 5))


@dataclass(slots=True)
class HookRequest:
    """One request as it came. ``path`` and ``query`` are the raw bytes of the request line as text."""

    method: str
    path: str
    query: str
    #: Names in lower case; the first value of a repeated header.
    headers: dict[str, str] = field(repr=False)
    #: Names that came more than once.
    repeated: frozenset[str]
    body: bytes = field(repr=False)
    remote: str
    #: The value of the route's ``{parameter}``, when it has one.
    parameter: str | None = None

    def only(self, name: str) -> str | None:
        """The value of a header that came exactly once."""
        return None if name in self.repeated else self.headers.get(name)

    def asked(self, name: str) -> str | None:
        """The value of a query parameter that came exactly once."""
        try:
            values = parse_qs(self.query, keep_blank_values=True, max_num_fields=20).get(name, [])
        except ValueError:
            return None
        return values[0] if len(values) == 1 else None

    @property
    def channel_id(self) -> UUID | None:
        """The channel named in the path."""
        return UUID(self.parameter) if self.parameter else None


@dataclass(frozen=True, slots=True)
class HookResponse:
    status: int
    body: bytes = field(default=b"", repr=False)
    content_type: str = "text/plain; charset=utf-8"
    #: Extra header lines, ready to send.
    extra: str = ""

    def render(self, *, close: bool) -> bytes:
        """The whole response as it goes over the wire."""
        kind = f"Content-Type: {self.content_type}\r\n" if self.body else ""
        end = "Connection: close\r\n" if close else ""
        head = (
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\n"
            f"Content-Length: {len(self.body)}\r\n{kind}{self.extra}{end}"
            "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n\r\n"
        )
        return head.encode("latin-1") + self.body


CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
