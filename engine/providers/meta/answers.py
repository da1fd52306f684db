"""Small readers of Meta's answers, errors and headers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson

from engine.providers.port import Account
from engine.providers.reasons import safe
from engine.providers.transport.retry_after import LONGEST, retry_after


def node_url(account: Account, path: str) -> str:
    """An address below the account's base and version."""
    return "/".join(part.strip("/") for part in (account.base_url, account.version, path) if part)


def read_json(body: bytes) -> dict[str, Any]:
    """A JSON object, or an empty one for anything else."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def as_code(value: object) -> int | None:
    """An error code, which Meta writes as a number and gateways sometimes as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def error_reason(error: dict[str, Any]) -> str | None:
    """Meta's explanation; ``error_data`` is an object here and plain text there."""
    data = error.get("error_data")
    return safe(
        error.get("message") or error.get("title"), data.get("details") if isinstance(data, dict) else data
    )


def throttled_for(wait: str | None, usage: str | None) -> timedelta | None:
    """How long Meta asks to wait: ``Retry-After``, else the minutes in ``X-Business-Use-Case-Usage``."""
    return retry_after(wait) or _usage_wait(usage)


def _usage_wait(value: str | None) -> timedelta | None:
    usage = read_json((value or "").encode())
    entries = [entry for listed in usage.values() if isinstance(listed, list) for entry in listed]
    minutes = [entry.get("estimated_time_to_regain_access") for entry in entries if isinstance(entry, dict)]
    longest = max((m for m in minutes if isinstance(m, int | float) and m > 0), default=0)
    return min(timedelta(minutes=min(longest, 1e6)), LONGEST) if longest else None
