"""When a vendor says how long to wait."""

from __future__ import annotations

from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

from engine import clock

#: A longer wait is taken for a mistake of the vendor.
LONGEST = timedelta(days=7)


def retry_after(value: str | None) -> timedelta | None:
    """Read a ``Retry-After`` header (RFC 9110 section 10.2.3): seconds or a date; None for anything else."""
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), LONGEST)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment - clock.now(), timedelta(0)), LONGEST)
