"""Tells trouble with the database, which passes, from faults of a statement or of its data."""

from __future__ import annotations

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

#: What a loop that must go on catches: the server is away, full or restarting, or no connection is free.
TROUBLE = (OperationalError, InterfaceError, PoolTimeout, OSError)
