"""Connections to the database: as whom they are, and that none is left half open."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from engine.appliance.postgres import EmbeddedPostgres
from engine.db import pools
from engine.db.address import DatabaseAddress

#: "starting" is what PostgreSQL 18 calls those who have not shown their password yet.
AT_THE_DOOR = """
    SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'
      AND (application_name = 'given up' OR state IS NULL OR state = 'starting')
"""
WHO = "SELECT current_user, current_setting('is_superuser')"


@pytest.fixture
def administrator(postgres) -> DatabaseAddress:
    """As with an external server: one address of somebody mighty, who steps down."""
    return DatabaseAddress(postgres.superuser_dsn, postgres.superuser_dsn, set_role=True)


async def test_the_pool_steps_down_to_the_application(administrator) -> None:
    pool = pools.open_pool(administrator, size=1)
    async with pool.connect() as connection:
        assert (await connection.execute(text(WHO))).one() == ("masteria_app", "off")
    await pool.dispose()


async def test_a_rolled_back_transaction_does_not_step_up_again(administrator) -> None:
    pool = pools.open_pool(administrator, size=1)
    for _ in range(2):
        async with pool.connect() as connection:
            assert (await connection.execute(text(WHO))).one() == ("masteria_app", "off")
            await connection.rollback()
    await pool.dispose()


async def test_a_single_connection_steps_down_too(administrator) -> None:
    async with await pools.connect(administrator, application="tests") as connection:
        assert await (await connection.execute(WHO)).fetchone() == ("masteria_app", "off")


@pytest.mark.parametrize("turns", range(12))
async def test_who_gives_up_connecting_leaves_nobody_at_the_door(address, postgres, turns: int) -> None:
    await give_up(pools.connect(address, application="given up"), turns)

    await nobody_at_the_door(postgres)


@pytest.mark.parametrize("turns", range(12))
async def test_a_request_given_up_leaves_nobody_at_the_door(address, postgres, turns: int) -> None:
    pool = pools.open_pool(address, size=1, application="given up")

    async def ask() -> None:
        async with pool.connect():
            await asyncio.sleep(60)

    await give_up(ask(), turns)
    await pool.dispose()

    await nobody_at_the_door(postgres)


async def give_up(work: Coroutine[Any, Any, Any], turns: int) -> None:
    """Cancel it after that many turns of the loop."""
    task = asyncio.create_task(work)
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    (outcome,) = await asyncio.gather(task, return_exceptions=True)
    if isinstance(outcome, psycopg.AsyncConnection):
        await outcome.close()


async def nobody_at_the_door(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.superuser_dsn, autocommit=True) as connection:
        async with asyncio.timeout(5):
            while connection.execute(AT_THE_DOOR).fetchone() != (0,):
                await asyncio.sleep(0.01)


async def test_a_connection_that_died_in_the_pool_is_noticed_before_it_is_lent(address) -> None:
    pool = pools.open_pool(address, size=1)
    async with pool.connect() as connection:
        pid = await connection.scalar(text("SELECT pg_backend_pid()"))
    async with await pools.connect(address, application="tests") as other:
        await other.execute("SELECT pg_terminate_backend(%s)", (pid,))

    async with pool.connect() as connection:
        assert await connection.scalar(text("SELECT pg_backend_pid()")) != pid
    await pool.dispose()
