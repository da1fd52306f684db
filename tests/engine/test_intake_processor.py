"""Stored events become effects: once, in order, whoever works beside."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from engine import inbox, intake
from engine.intake import Processor, Rhythm
from tests.fakes.database import fresh_database
from tests.fakes.inbound import (
    ANA,
    NOW,
    make_attempts,
    make_channel,
    meta_body,
    meta_status,
    meta_text,
    one,
    rows,
    store,
)

PENDING = "SELECT count(*) FROM webhook_pending"
OUTBOX = "SELECT count(*) FROM outbox"


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


async def texts(engine, company_id) -> list[str]:
    """The newest conversation, from its beginning."""
    async with engine.unit_of_work(company_id) as uow:
        (listed, *_) = (await inbox.list_conversations(uow, inbox.Filter())).items
        page = await inbox.list_messages(uow, listed.conversation.id, most=100)
    return [entry.message.text for entry in reversed(page.items)]


async def test_an_event_and_its_effect_are_finished_together(own_engine, own_company, channel_id) -> None:
    await store(own_engine, own_company, channel_id, meta_text("Oi"))

    assert await Processor(own_engine).drain() == 1

    assert await texts(own_engine, own_company) == ["Oi"]
    assert await one(own_engine, own_company, PENDING) == 0


async def test_wh_03_what_meta_repeats_takes_effect_once(own_engine, own_company, channel_id) -> None:
    processor = Processor(own_engine)
    for _ in range(3):
        await store(own_engine, own_company, channel_id, meta_text("Oi"), meta_text("Oi"))
        await processor.drain()

    assert await texts(own_engine, own_company) == ["Oi"]
    assert await one(own_engine, own_company, OUTBOX) == 1


async def test_wh_04_fifty_deliveries_and_two_processors_make_one_message(
    own_engine, own_company, channel_id
) -> None:
    await asyncio.gather(*(store(own_engine, own_company, channel_id, meta_text("Oi")) for _ in range(50)))
    processors = [Processor(own_engine, Rhythm(turn=7)) for _ in range(2)]
    while await one(own_engine, own_company, PENDING):
        await asyncio.gather(*(processor.drain() for processor in processors))

    assert await texts(own_engine, own_company) == ["Oi"]
    assert await one(own_engine, own_company, OUTBOX) == 1


async def test_wh_05_the_order_of_a_conversation_survives_two_processors(
    own_engine, own_company, channel_id
) -> None:
    said = [str(n) for n in range(60)]
    for n in range(0, 60, 5):
        bodies = [meta_text(word, wamid=f"wamid.{word}") for word in said[n : n + 5]]
        await store(own_engine, own_company, channel_id, *bodies)
    processors = [Processor(own_engine, Rhythm(turn=4)) for _ in range(2)]
    while await one(own_engine, own_company, PENDING):
        await asyncio.gather(*(processor.drain() for processor in processors))

    assert await texts(own_engine, own_company) == said
    assert await one(own_engine, own_company, "SELECT count(*) FROM contact") == 1
    assert await one(own_engine, own_company, "SELECT count(*) FROM conversation") == 1


async def test_statuses_climb_in_any_order(own_engine, own_company, channel_id) -> None:
    (attempt,) = await make_attempts(own_engine, own_company, channel_id, 1)
    words = ("delivered", "sent", "read", "delivered")
    await store(own_engine, own_company, channel_id, *(meta_status(word, attempt) for word in words))

    await Processor(own_engine).drain()

    assert await one(own_engine, own_company, "SELECT receipt FROM attempt") == "read"


async def test_wh_13_replaying_a_thousand_done_events_has_no_effect(
    own_engine, own_company, channel_id
) -> None:
    attempts = await make_attempts(own_engine, own_company, channel_id, 400)
    bodies = [meta_status("delivered", attempt) for attempt in attempts]
    bodies += [meta_text(str(n), wamid=f"w{n}", wa_id=f"5511{n:09}") for n in range(600)]
    ids = await store(own_engine, own_company, channel_id, *bodies)
    await Processor(own_engine).drain()
    state = (
        "SELECT (SELECT count(*) FROM message), (SELECT sum(unread) FROM conversation), count(*) FROM outbox"
    )
    before = await rows(own_engine, own_company, state)

    async with own_engine.unit_of_work(own_company) as uow:
        assert await intake.replay(uow, ids) == 1000
    assert await Processor(own_engine).drain() == 1000

    assert await rows(own_engine, own_company, state) == before


@pytest.mark.parametrize("word", ["SAIR", "  Parar! ", "stop", "me tira dessa lista por favor"])
async def test_cr_14_a_stop_counts_from_the_transaction_that_shows_it(
    own_engine, own_company, channel_id, word
) -> None:
    await store(
        own_engine,
        own_company,
        channel_id,
        meta_text(word),
        meta_text("Oi", wamid="w2", wa_id="5511911112222"),
    )

    await Processor(own_engine).drain()

    stopped = "SELECT DISTINCT match_key FROM opt_out WHERE revoked_at IS NULL"
    assert await one(own_engine, own_company, stopped) == "551199998888"
    assert await texts(own_engine, own_company)


async def test_a_person_may_come_back_and_a_replay_of_the_stop_does_not_undo_it(
    own_engine, own_company, channel_id
) -> None:
    ids = await store(own_engine, own_company, channel_id, meta_text("SAIR"))
    await store(own_engine, own_company, channel_id, meta_text("VOLTAR", wamid="w2", after=60))
    await Processor(own_engine).drain()
    async with own_engine.unit_of_work(own_company) as uow:
        await intake.replay(uow, ids)
    await Processor(own_engine).drain()

    in_force = "SELECT count(*) FROM opt_out WHERE revoked_at IS NULL"
    assert await one(own_engine, own_company, in_force) == 0


async def test_a_preference_told_to_whatsapp_stops_the_person(own_engine, own_company, channel_id) -> None:
    seconds = int(NOW.timestamp())
    stop = {"wa_id": ANA, "category": "marketing_messages", "value": "stop", "timestamp": seconds}
    await store(own_engine, own_company, channel_id, meta_body("preference", stop))

    await Processor(own_engine).drain()

    (row,) = await rows(own_engine, own_company, "SELECT DISTINCT match_key, reason FROM opt_out")
    assert tuple(row) == ("551199998888", "provider")


async def test_a_failure_that_means_stop_opts_the_address_out(own_engine, own_company, channel_id) -> None:
    (attempt,) = await make_attempts(own_engine, own_company, channel_id, 1)
    errors = [{"code": 131050, "title": "User has stopped marketing messages"}]
    await store(own_engine, own_company, channel_id, meta_status("failed", attempt, errors=errors))

    await Processor(own_engine).drain()

    assert await one(own_engine, own_company, "SELECT match_key FROM opt_out") == "551199998888"


async def test_a_failure_that_is_about_the_number_stops_the_number(
    own_engine, own_company, channel_id
) -> None:
    (attempt,) = await make_attempts(own_engine, own_company, channel_id, 1)
    errors = [{"code": 131042, "title": "Business eligibility payment issue"}]
    await store(own_engine, own_company, channel_id, meta_status("failed", attempt, errors=errors))

    await Processor(own_engine).drain()

    (row,) = await rows(own_engine, own_company, "SELECT state, stop_reason FROM channel")
    assert tuple(row) == ("stopped", "131042")


async def test_what_the_vendor_says_of_a_number_is_kept_and_told(own_engine, own_company, channel_id) -> None:
    value = {"event": "FLAGGED", "display_phone_number": "551133334444"}
    notice = {"kind": "notice", "field": "phone_number_quality_update", "item": value, "time": 1_795_343_700}
    body = orjson.dumps(notice)
    for _ in range(2):
        await store(own_engine, own_company, channel_id, body)
        await Processor(own_engine).drain()

    kept = "SELECT health->'phone_number_quality_update'->'value'->>'event' FROM channel"
    assert await one(own_engine, own_company, kept) == "FLAGGED"
    assert await one(own_engine, own_company, OUTBOX) == 1
