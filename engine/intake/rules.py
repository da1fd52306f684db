"""Decisions about events that fail, as plain functions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

_WAITS = tuple(timedelta(seconds=s) for s in (5, 30, 180, 900, 3600))
#: From the id of an event to its commit; what takes longer is found by the next full look.
_LATEST_COMMIT = timedelta(seconds=10)
#: After this many failures an event is put aside for a person to look at.
TRIES = len(_WAITS) + 1


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When an event that failed ``attempts`` times is tried again; None when it was its last try."""
    return now + _WAITS[attempts - 1] if attempts < TRIES else None


def received_at(event_id: UUID) -> datetime:
    """The millisecond at which an event was received: the beginning of its id."""
    return datetime.fromtimestamp((event_id.int >> 80) / 1000, UTC)


def floor_below(event_id: UUID) -> UUID:
    """An id below which nothing waits when ``event_id`` is the oldest; no commit comes so late."""
    milliseconds = (event_id.int >> 80) - int(_LATEST_COMMIT.total_seconds() * 1000)
    return UUID(int=max(0, milliseconds) << 80)
