"""Health on the wire."""

from __future__ import annotations

from typing import Literal

from embedded_server.contract.base import Output


class HealthOut(Output):
    status: Literal["ok"]


class ReadyOut(Output):
    """``ready`` is true when all the others are."""

    ready: bool
    database: bool
    schema_current: bool
    vault: bool
