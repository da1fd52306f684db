"""The one clock: aware UTC, replaceable in tests."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The current instant, aware and in UTC."""
    return datetime.now(UTC)
