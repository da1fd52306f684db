"""Events that cannot be processed, and what stands still meanwhile: nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from engine import clock, intake
from engine.intake import Processor, Rhythm, effects, rules
from engine.models import WebhookState
from engine.providers.meta.split import split_meta
from tests.fakes.database import fresh_database
from tests.fakes.inbound import make_channel, meta_text, one, rows, store

STATES = """
    SELECT (SELECT count(*) FROM webhook_pending), count(*) FILTER (WHERE quarantined_at IS NULL),
           count(quarantined_at)
    FROM webhook_event
"""
TEXTS = "SELECT text FROM message WHERE kind = 'text' ORDER BY text"
DUE_NOW = "UPDATE webhook_pending SET next_at = now() WHERE next_at IS NOT NULL"


@pytest.fixture(scope="module")
def own_address(postgres):
    with fresh_database(postgres) as address:
        yield address


@pytest.fixture
async def own_company(own_engine, make_company):
    return await make_company(own_engine)


@pytest.fixture
async def channel_id(own_engine, own_company):
    return await make_channel(own_engine, own_company)


@pytest.fixture
def broken(monkeypatch):
    """Until it is set to something else, every message with this text fails by a bug of ours."""
    broken_text = ["boom"]
    receive = effects.inbox.receive

    async def fail(uow, arrivals):
        if arrivals.can_show and any(message.text == broken_text[0] for message in arrivals.messages):
            raise ZeroDivisionError("a bug")
        return await receive(uow, arrivals)

    monkeypatch.setattr("engine.inbox.receive", fail)
    return broken_text


POISON = [
    b"",
    b"6",
    b"[]",
    b"NaN",
    b"\xff\xfe\x00",
    b'{"kind": "message"}',
    b'{"kind": "message", "item": {"id": null, "from": {"a": [null]}, "timestamp": "x"}}',
    orjson.dumps({"kind": "message", "item": {"id": "w", "from": "1", "timestamp": "2000000000000"}}),
    orjson.dumps({"kind": "status", "item": {"id": "w", "status": "teleported", "timestamp": "1795343690"}}),
    b'{"kind": "message", "item": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}",
    b'{"kind": "message", "item": {"id": "w", "timestamp": ' + b"9" * 1_000_000 + b"}}",
    b'{"kind": "message", "item": "\\ud800 \\u0000"}',
]


async def test_wh_09_poison_is_put_aside_at_once_and_the_lane_keeps_flowing(
    own_engine, own_company, channel_id
) -> None:
    bodies = [body for n, poison in enumerate(POISON) for body in (poison, meta_text(str(n), wamid=f"w{n}"))]
    await store(own_engine, own_company, channel_id, *bodies)

    await Processor(own_engine).drain()

    (row,) = await rows(own_engine, own_company, STATES)
    assert tuple(row) == (0, len(POISON), len(POISON))
    assert len(await rows(own_engine, own_company, TEXTS)) == len(POISON)


ODD = {
    "unknown type": {"type": "hologram", "hologram": {"a": None}},
    "no type": {},
    "a lone surrogate and a NUL": {"type": "text", "text": {"body": "\x00Oi"}},
    "4 MB of text": {"type": "text", "text": {"body": "x" * 4_000_000}},
    "a reaction to nothing": {"type": "reaction", "reaction": None},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
async def test_wh_09_an_odd_message_gets_a_place_in_its_timeline(
    own_engine, own_company, channel_id, odd
) -> None:
    item = {"id": "wamid.odd", "from": "5511999998888", "timestamp": "1795343690", **odd}
    change = {"field": "messages", "value": {"messages": [item]}}
    raw = orjson.dumps({"entry": [{"id": "1", "changes": [change]}]}).replace(b"Oi", b"\\ud800Oi")
    await store(own_engine, own_company, channel_id, *(piece.body for piece in split_meta(raw)))

    await Processor(own_engine).drain()

    (row,) = await rows(own_engine, own_company, STATES)
    assert tuple(row) == (0, 1, 0)
    assert await one(own_engine, own_company, "SELECT count(*) FROM message") == 1


async def test_st_10_a_cell_moved_to_another_row_is_put_aside_and_harms_nobody(
    own_engine, own_company, channel_id
) -> None:
    ids = await store(own_engine, own_company, channel_id, *(meta_text(n, wamid=n) for n in "abc"))
    swap = (
        "UPDATE webhook_event SET payload = (SELECT payload FROM webhook_event WHERE id = :b) WHERE id = :a"
    )
    async with own_engine.unit_of_work(own_company) as uow:
        await uow.session.execute(text(swap), {"a": ids[0], "b": ids[1]})

    await Processor(own_engine).drain()

    async with own_engine.unit_of_work(own_company) as uow:
        (aside,) = await intake.stored_events(uow, WebhookState.QUARANTINED)
    assert (aside.id, aside.error) == (ids[0], "the stored event cannot be decrypted")
    audited = "SELECT subject FROM audit_entry WHERE action = 'webhook.undecryptable'"
    assert await one(own_engine, own_company, audited) == str(ids[0])
    assert [row.text for row in await rows(own_engine, own_company, TEXTS)] == ["b", "c"]


async def test_one_event_that_fails_holds_up_no_other(own_engine, own_company, channel_id, broken) -> None:
    words = [*"abcdefgh", "boom", *"ijkl"]
    await store(own_engine, own_company, channel_id, *(meta_text(w, wamid=w) for w in words))

    await Processor(own_engine).drain()

    assert [row.text for row in await rows(own_engine, own_company, TEXTS)] == sorted("abcdefghijkl")
    (row,) = await rows(own_engine, own_company, "SELECT * FROM webhook_pending")
    assert (row.attempts, row.error) == (1, "ZeroDivisionError")
    assert timedelta(0) < row.next_at - clock.now() < timedelta(minutes=5)


async def test_after_six_tries_an_event_is_put_aside_with_a_mark_and_a_replay_shows_it(
    own_engine, own_company, channel_id, broken
) -> None:
    ids = await store(own_engine, own_company, channel_id, meta_text("boom"))
    for _ in range(rules.TRIES):
        await Processor(own_engine).drain()
        await rows(own_engine, own_company, f"{DUE_NOW} RETURNING id")
    async with own_engine.unit_of_work(own_company) as uow:
        (aside,) = await intake.stored_events(uow, WebhookState.QUARANTINED)
    assert (aside.attempts, aside.error) == (6, "ZeroDivisionError")
    assert await one(own_engine, own_company, "SELECT kind FROM message") == "unreadable"

    broken[0] = "mended"
    async with own_engine.unit_of_work(own_company) as uow:
        await intake.replay(uow, ids)
    await Processor(own_engine).drain()

    assert await one(own_engine, own_company, "SELECT text FROM message") == "boom"


async def test_a_lost_database_costs_no_event_a_try(own_engine, own_company, channel_id, monkeypatch) -> None:
    await store(own_engine, own_company, channel_id, meta_text("a"), meta_text("b", wamid="w2"))
    calls = []

    async def lose(uow, arrivals):
        calls.append(1)
        await uow.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with monkeypatch.context() as patch:
        patch.setattr("engine.inbox.receive", lose)
        with pytest.raises(OperationalError):
            await Processor(own_engine).drain()
    assert calls == [1]
    assert await one(own_engine, own_company, "SELECT sum(attempts) FROM webhook_pending") == 0

    await Processor(own_engine).drain()

    assert [row.text for row in await rows(own_engine, own_company, TEXTS)] == ["a", "b"]


async def test_the_runner_hears_new_events_survives_a_lost_database_and_stops(
    own_engine, own_company, channel_id
) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(Processor(own_engine, Rhythm(look=30, pause=0.05)).run(stop))
    kill = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"""
    for n in range(3):
        await store(own_engine, own_company, channel_id, meta_text(str(n), wamid=f"w{n}"))
        while len(await rows(own_engine, own_company, TEXTS)) <= n:
            await asyncio.sleep(0.01)
        await rows(own_engine, own_company, kill)
    stop.set()
    await running


async def test_the_lag_is_the_wait_of_the_oldest_event(own_engine, own_company, channel_id) -> None:
    assert await intake.inbound_lag(own_engine) == 0.0
    await store(own_engine, own_company, channel_id, meta_text("Oi"))
    await asyncio.sleep(0.05)
    assert 0.04 < await intake.inbound_lag(own_engine) < 30

    await Processor(own_engine).drain()

    assert await intake.inbound_lag(own_engine) == 0.0


async def test_a_busy_company_leaves_turns_to_the_others(
    own_engine, own_company, channel_id, make_company
) -> None:
    quiet = await make_company(own_engine)
    quiet_channel = await make_channel(own_engine, quiet)
    flood = [meta_text(str(n), wamid=f"w{n}") for n in range(40)]
    await store(own_engine, own_company, channel_id, *flood)
    await store(own_engine, quiet, quiet_channel, meta_text("Oi"))

    assert await Processor(own_engine, Rhythm(turn=10)).work_round() is True

    assert await one(own_engine, quiet, "SELECT count(*) FROM message") == 1
    assert await one(own_engine, own_company, "SELECT count(*) FROM message") == 10
    await Processor(own_engine).drain()
