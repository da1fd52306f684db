"""Outgoing HTTP for messages that must never leave twice."""

from __future__ import annotations

from engine.providers.transport.curl import CurlTransport
from engine.providers.transport.thread import ThreadedTransport, open_transport
from engine.providers.transport.wire import (
    InDoubt,
    Inexpressible,
    Limits,
    NotSent,
    Request,
    Response,
    Transport,
)

__all__ = [
    "CurlTransport",
    "InDoubt",
    "Inexpressible",
    "Limits",
    "NotSent",
    "Request",
    "Response",
    "ThreadedTransport",
    "Transport",
    "open_transport",
]
