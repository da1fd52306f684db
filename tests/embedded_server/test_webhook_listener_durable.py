"""From the wire to the database: nobody is answered before the commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import insert

from engine.context import Engine
from engine.db import pools
from engine.ids import new_id
from engine.intake import Pace, Source, SpoolFile, SpoolingStore, Writer
from engine.models import WebhookEvent
from tests.fakes.floods import until
from tests.fakes.stored_webhooks import make_channel, stored
from tests.fakes.webhooks import FakeEndpoint, Stand, message, meta_body, meta_header, stand, status

NUMBER, SECRET = "1001", "secret-a"
BODY = meta_body(NUMBER, messages=[message("wamid.1")])


@pytest.fixture
async def endpoint(engine: Engine, company_id: UUID) -> FakeEndpoint:
    channel_id = await make_channel(engine, company_id, sender=NUMBER)
    return FakeEndpoint(Source.META, NUMBER, "waba", SECRET, company_id=company_id, channel_id=channel_id)


@pytest.fixture
async def hooks(engine: Engine, endpoint: FakeEndpoint) -> AsyncIterator[Stand]:
    writer = Writer(lambda: pools.connect(engine.address, application="intake"), engine.keys)
    await writer.start()
    async with stand(writer.store, endpoint) as opened:
        yield opened
    await writer.close()


async def test_wh_04_one_message_delivered_fifty_times_at_once_is_one_row(
    engine: Engine, hooks: Stand, company_id: UUID
) -> None:
    answers = await asyncio.gather(*(hooks.meta(BODY, meta_header(BODY, SECRET)) for _ in range(50)))

    assert {answer.status for answer in answers} == {200}
    assert [row.dedupe_key for row in await stored(engine, company_id)] == ["msg:wamid.1"]


async def test_nobody_is_answered_before_the_commit(
    engine: Engine, hooks: Stand, endpoint: FakeEndpoint
) -> None:
    row = {"source": "meta", "kind": "message", "dedupe_key": "msg:wamid.1", "payload": b"", "id": new_id()}
    async with engine.unit_of_work(endpoint.company_id) as uow:
        # Until this transaction ends nobody knows whether the key is taken, so the writer cannot commit.
        await uow.session.execute(
            insert(WebhookEvent).values(company_id=endpoint.company_id, channel_id=endpoint.channel_id, **row)
        )
        waiting = asyncio.create_task(hooks.meta(BODY, meta_header(BODY, SECRET)))
        await asyncio.sleep(0.3)
        assert not waiting.done()

    assert (await waiting).status == 200


async def test_wh_07_a_sender_that_repeats_refusals_loses_and_doubles_nothing_while_connections_die(
    engine: Engine, hooks: Stand, company_id: UUID
) -> None:
    async def deliver(number: int) -> None:
        raw = meta_body(NUMBER, statuses=[status(f"wamid.{number}")])
        while (await hooks.meta(raw, meta_header(raw, SECRET))).status != 200:
            await asyncio.sleep(0.02)

    async with await pools.connect(engine.address, application="tests") as other:
        sending = asyncio.gather(*(deliver(number) for number in range(200)))
        for _ in range(5):
            await other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'intake'"
                " AND usename = current_user"
            )
            await asyncio.sleep(0.02)
        await sending

    keys = [row.dedupe_key for row in await stored(engine, company_id)]
    assert sorted(keys) == sorted(f"st:wamid.{number}:delivered" for number in range(200))


async def test_an_erased_channel_fails_only_its_own_calls(
    engine: Engine, hooks: Stand, company_id: UUID
) -> None:
    gone = FakeEndpoint(Source.META, "1002", "waba", SECRET, company_id=company_id)
    hooks.endpoints.append(gone)
    await hooks.directory.reload()
    lost = meta_body("1002", statuses=[status("wamid.lost")])

    answers = await asyncio.gather(
        *(hooks.meta(raw, meta_header(raw, SECRET)) for raw in (BODY, lost, BODY, lost))
    )

    assert [answer.status for answer in answers] == [200, 503, 200, 503]
    await until(lambda: hooks.acceptance.counts["unavailable"] == 2)


async def test_twilio_is_answered_from_the_disk_while_the_database_is_away(
    engine: Engine, company_id: UUID, tmp_path: Path
) -> None:
    is_away = True

    async def connect() -> psycopg.AsyncConnection[Any]:
        if is_away:
            raise psycopg.OperationalError("connection refused")
        return await pools.connect(engine.address, application="intake")

    channel_id = await make_channel(engine, company_id)
    ours = FakeEndpoint(Source.TWILIO, "+1", "AC1", "token", company_id=company_id, channel_id=channel_id)
    writer = Writer(connect, engine.keys, Pace(pause=0.01))
    spool = SpoolingStore(writer.store, engine.keys, SpoolFile(tmp_path / "twilio"), every=0.02)
    await writer.start()
    async with stand(spool.store, ours) as hooks:
        form = {"AccountSid": "AC1", "MessageSid": "SM1", "SmsStatus": "received", "To": "+1", "From": "+2"}
        assert (await hooks.twilio(form, token="token")).status == 200
        assert not spool.is_empty
        is_away = False
        await spool.start()
        await until(lambda: spool.is_empty)
    await spool.close()
    await writer.close()
    assert [row.dedupe_key for row in await stored(engine, company_id)] == ["SM1"]
