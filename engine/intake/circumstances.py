"""Tells errors of the circumstances, which pass, from errors of the event itself."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from engine.errors import EngineError, Kind


def is_circumstance(error: BaseException) -> bool:
    """Whether an error says nothing about the event: the database is away or full, the vault locked."""
    if isinstance(error, EngineError):
        return error.kind is Kind.UNAVAILABLE
    if isinstance(error, OperationalError | InterfaceError):
        # Of what PostgreSQL files under "operational", only class 54 lies in the data: a value too long.
        return not str(getattr(error.orig, "sqlstate", None)).startswith("54")
    if isinstance(error, DBAPIError):
        return error.connection_invalidated
    return isinstance(error, PoolTimeout | OSError)
