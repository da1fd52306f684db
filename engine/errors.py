"""The root of everything the engine refuses to do."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What the caller can do about a failure; the server maps it to a status."""

    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    INVALID = "invalid"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"
    LIMITED = "limited"
    UNAVAILABLE = "unavailable"


class EngineError(Exception):
    """Something the engine refused to do."""

    kind: Kind = Kind.CONFLICT

    def __init__(self, message: str | None = None) -> None:
        # The docstring is the default message, so each error is explained once.
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])

    @property
    def code(self) -> str:
        """Stable name for clients: ``CampaignNotFound`` becomes ``campaign_not_found``."""
        name = type(self).__name__
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
