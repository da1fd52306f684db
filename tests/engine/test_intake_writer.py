"""The group-commit writer on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import insert

from engine.context import Engine
from engine.db import pools
from engine.ids import new_id
from engine.intake import (
    NOTIFY_CHANNEL,
    EventKind,
    EventRefused,
    IntakeUnavailable,
    NewEvent,
    Pace,
    Source,
    Writer,
)
from engine.models import WebhookEvent
from tests.conftest import MakeCompany
from tests.fakes.inbound import one
from tests.fakes.stored_webhooks import make_channel, stored


@pytest.fixture
async def channel_id(engine: Engine, company_id: UUID) -> UUID:
    return await make_channel(engine, company_id)


@pytest.fixture
async def writer(engine: Engine) -> AsyncIterator[Writer]:
    writer = Writer(lambda: pools.connect(engine.address, application="intake"), engine.keys, Pace(pause=0.1))
    await writer.start()
    yield writer
    await writer.close()


def event(company_id: UUID, channel_id: UUID, key: str | None = None, payload: bytes = b"{}") -> NewEvent:
    return NewEvent(
        company_id, new_id(), channel_id, Source.META, EventKind.STATUS, key or f"st:{uuid4()}:read", payload
    )


async def test_whoever_waited_finds_the_sealed_row_committed(
    engine: Engine, writer: Writer, company_id: UUID, channel_id: UUID
) -> None:
    sent = event(company_id, channel_id, payload=b"the raw bytes")

    await writer.store([sent])

    (row,) = await stored(engine, company_id)
    assert (row.id, row.kind, row.source) == (sent.id, "status", "meta")
    assert await one(engine, company_id, "SELECT id FROM webhook_pending") == sent.id
    keys = await engine.keys(company_id)
    assert b"raw" not in row.payload
    assert keys.open(keys.place("webhook_event", "payload", row.id), row.payload) == b"the raw bytes"


async def test_many_calls_share_few_transactions(
    engine: Engine, writer: Writer, company_id: UUID, channel_id: UUID
) -> None:
    await asyncio.gather(*(writer.store([event(company_id, channel_id)]) for _ in range(300)))

    assert len(await stored(engine, company_id)) == 300
    assert writer.groups <= 12


async def test_wh_04_the_same_message_fifty_times_at_once_is_one_row(
    engine: Engine, writer: Writer, company_id: UUID, channel_id: UUID
) -> None:
    await asyncio.gather(*(writer.store([event(company_id, channel_id, "msg:wamid.1")]) for _ in range(50)))
    await writer.store([event(company_id, channel_id, "msg:wamid.1")])

    assert len(await stored(engine, company_id)) == 1


async def test_one_call_may_bring_rows_of_two_companies(
    engine: Engine, writer: Writer, company_id: UUID, channel_id: UUID, make_company: MakeCompany
) -> None:
    other = await make_company(engine)
    other_channel = await make_channel(engine, other)

    await writer.store(
        [event(company_id, channel_id), event(other, other_channel), event(company_id, channel_id)]
    )

    assert len(await stored(engine, company_id)) == 2
    assert len(await stored(engine, other)) == 1


async def test_a_row_that_cannot_be_stored_fails_only_its_own_call(
    engine: Engine, writer: Writer, company_id: UUID, channel_id: UUID
) -> None:
    calls = [[event(company_id, channel_id)] for _ in range(4)]
    calls[1].append(event(company_id, uuid4()))
    calls[2].append(event(uuid4(), channel_id))

    outcomes = await asyncio.gather(*(writer.store(rows) for rows in calls), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [
        type(None), EventRefused, IntakeUnavailable, type(None),
    ]  # fmt: skip
    assert {row.id for row in await stored(engine, company_id)} == {calls[0][0].id, calls[3][0].id}


async def test_keys_that_no_column_could_hold_are_kept_as_their_digest(
    engine: Engine, writer: Writer, company_id: UUID, channel_id: UUID
) -> None:
    strange = ["nul\0", "long" * 5_000, "lone \ud800 surrogate", "line\nbreak", "fine:ção"]

    await writer.store([event(company_id, channel_id, key) for key in strange * 2])

    kept = sorted(row.dedupe_key for row in await stored(engine, company_id))
    assert len(kept) == 5
    assert kept[0] == "fine:ção"
    assert all(key.startswith("sha256:") and len(key) == 71 for key in kept[1:])


async def test_whoever_listens_is_woken_by_the_commit(
    engine: Engine, writer: Writer, company_id: UUID, channel_id: UUID
) -> None:
    listening = await pools.connect(engine.address, application="tests")
    await listening.execute(f"LISTEN {NOTIFY_CHANNEL}")

    await writer.store([event(company_id, channel_id)])

    async for notice in listening.notifies(timeout=5, stop_after=1):
        assert notice.channel == NOTIFY_CHANNEL
    await listening.close()


async def test_a_lost_connection_is_replaced_without_anybody_noticing(
    engine: Engine, writer: Writer, company_id: UUID, channel_id: UUID
) -> None:
    await writer.store([event(company_id, channel_id)])
    async with await pools.connect(engine.address, application="tests") as other:
        await other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'intake' AND usename = current_user"
        )

    await writer.store([event(company_id, channel_id)])

    assert len(await stored(engine, company_id)) == 2


async def test_without_a_database_everybody_is_refused_until_it_is_back(
    engine: Engine, company_id: UUID, channel_id: UUID
) -> None:
    is_down = True

    async def connect() -> psycopg.AsyncConnection[Any]:
        if is_down:
            raise psycopg.OperationalError("connection refused")
        return await pools.connect(engine.address, application="intake")

    writer = Writer(connect, engine.keys, Pace(pause=0.05))
    await writer.start()
    calls = [writer.store([event(company_id, channel_id)]) for _ in range(5)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {IntakeUnavailable}
    assert not writer.is_ready

    is_down = False
    await asyncio.sleep(0.06)
    await writer.store([event(company_id, channel_id)])
    assert writer.is_ready
    assert len(await stored(engine, company_id)) == 1
    await writer.close()


async def test_a_commit_that_hangs_is_given_up_and_nothing_is_acknowledged(
    engine: Engine, company_id: UUID, channel_id: UUID
) -> None:
    writer = Writer(
        lambda: pools.connect(engine.address, application="intake"), engine.keys, Pace(patience=0.2)
    )
    await writer.start()
    async with engine.unit_of_work(company_id) as uow:
        # An open insert of the same key makes the writer wait for its outcome.
        row = {"source": "meta", "kind": "status", "dedupe_key": "k", "payload": b""}
        await uow.session.execute(
            insert(WebhookEvent).values(company_id=company_id, id=new_id(), channel_id=channel_id, **row)
        )
        with pytest.raises(IntakeUnavailable):
            await writer.store([event(company_id, channel_id, "k")])
    await writer.close()


async def test_closing_stores_what_already_waits_and_refuses_the_rest(
    engine: Engine, writer: Writer, company_id: UUID, channel_id: UUID
) -> None:
    waiting = [asyncio.ensure_future(writer.store([event(company_id, channel_id)])) for _ in range(10)]
    await asyncio.sleep(0)

    await writer.close()

    await asyncio.gather(*waiting)
    with pytest.raises(IntakeUnavailable):
        await writer.store([event(company_id, channel_id)])
    assert len(await stored(engine, company_id)) == 10
