"""What travels over the live connection (Socket.IO at ``/live``).

A client connects with ``auth={"token": …, "seq": …}``; ``seq`` is the last number it saw, nothing at first.
It hears ``welcome`` once and ``frame`` from then on, and asks the REST API for what an event's ids mean.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from embedded_server.contract.base import Input, Output

PATH = "/live"
WELCOME = "welcome"
FRAME = "frame"


class LiveAuth(Input):
    token: str = Field(max_length=200)
    seq: int | None = Field(None, ge=0, lt=2**63)


class Welcome(Output):
    """The stream begins after ``seq``. With ``resync`` something was missed: load everything again first."""

    seq: int
    resync: bool


class LiveEvent(Output):
    """A committed fact. ``payload`` holds ids and small values; ``seq`` only grows."""

    seq: int
    topic: str
    payload: dict[str, Any]
    at: datetime


class Frame(Output):
    """Everything of one company since the frame before."""

    events: list[LiveEvent]
