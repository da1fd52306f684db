"""One request, one response, and the two ways a request can fail to get an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from engine.errors import EngineError, Kind


class NotSent(EngineError):
    """No byte of the request left this machine."""

    kind = Kind.UNAVAILABLE


class Inexpressible(NotSent):
    """The request cannot be expressed in HTTP: its address or a header is at fault."""

    kind = Kind.INVALID


class InDoubt(EngineError):
    """The request may have left and no whole answer came back."""

    kind = Kind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient and how greedy a transport is. Times are seconds, sizes bytes."""

    #: Requests under way at once; the rest wait in order.
    window: int = 300
    #: From the first look-up of the name to the last byte of the answer.
    total: float = 30.0
    #: Name, TCP and TLS together.
    connect: float = 10.0
    #: A connection that idled longer is not used again: vendors close theirs without a word.
    idle: int = 10
    response_size: int = 1 << 20


@dataclass(frozen=True, slots=True)
class Request:
    """``headers`` are whole lines (``Name: value``); one tuple per account is cheapest."""

    method: Literal["GET", "POST"]
    url: str = field(repr=False)
    headers: tuple[str, ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes = field(repr=False)
    #: Header lines as received, status lines included.
    head: tuple[bytes, ...] = field(default=(), repr=False)

    def header(self, name: str) -> str | None:
        """The last value of a header, or None."""
        prefix = name.lower().encode("ascii") + b":"
        for line in reversed(self.head):
            if line[: len(prefix)].lower() == prefix:
                return line[len(prefix) :].strip().decode("latin-1")
        return None


class Transport(Protocol):
    """Carries one request at most once."""

    async def request(self, request: Request) -> Response:
        """Exchange one request for one response, whatever its status. Never retries, never follows redirects.

        Raises:
            NotSent: no byte of the request left.
            InDoubt: bytes may have left and no whole answer came back in time.
        """
        ...

    async def close(self) -> None: ...
