"""Connections of one process: few, reused, and never as the owner of the tables."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from engine.db.address import APP_ROLE, DatabaseAddress
from engine.db.arrays import FlatListDumper

#: A prepared statement gets a plan for any array: it takes ten rows for five hundred, and joins row by row
#: what it should hash. Ours are planned for their values; foreign-key checks keep their prepared plans.
_NEVER = None


def open_pool(
    address: DatabaseAddress, *, size: int = 8, application: str = "master-ia", ping: bool = True
) -> AsyncEngine:
    """A pool as ``masteria_app``. A connection that died is noticed before it is lent out."""
    pool = create_async_engine(
        "postgresql+psycopg://",
        async_creator=partial(_open, address.app, application),
        pool_size=size,
        max_overflow=size,
        pool_pre_ping=ping,
    )
    if address.set_role:
        event.listen(pool.sync_engine, "connect", _step_down)
    return pool


def sessions_of(pool: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(pool, expire_on_commit=False)


async def connect(address: DatabaseAddress, *, application: str) -> psycopg.AsyncConnection[Any]:
    """One connection outside the pool, for LISTEN, COPY and the group-commit writer; autocommit."""
    return await _let_in(_reach(address.app, application, role=APP_ROLE if address.set_role else None))


async def _open(dsn: str, application: str) -> psycopg.AsyncConnection[Any]:
    return await _let_in(_reach(dsn, application, autocommit=False))


async def _let_in(
    reaching: Coroutine[Any, Any, psycopg.AsyncConnection[Any]],
) -> psycopg.AsyncConnection[Any]:
    """Cut off half-way, a connection would keep its place in the server for a minute: it is let in first."""
    opening = asyncio.ensure_future(reaching)
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        with contextlib.suppress(psycopg.Error, OSError):
            await (await opening).close()
        raise


async def _reach(
    dsn: str, application: str, *, autocommit: bool = True, role: str | None = None
) -> psycopg.AsyncConnection[Any]:
    connection = await psycopg.AsyncConnection.connect(
        dsn,
        autocommit=autocommit,
        application_name=application,
        connect_timeout=5,
        prepare_threshold=_NEVER,
    )
    connection.adapters.register_dumper(list, FlatListDumper)
    if role is not None:
        try:
            await connection.execute(f"SET ROLE {role}")
        except psycopg.Error:
            await connection.close()
            raise
    return connection


def _step_down(connection: Any, _record: Any) -> None:
    _set(connection, f"SET ROLE {APP_ROLE}")


def _set(connection: Any, statement: str) -> None:
    previous, connection.autocommit = connection.autocommit, True
    cursor = connection.cursor()
    cursor.execute(statement)
    cursor.close()
    connection.autocommit = previous
