"""Stored webhook events over REST: looked at and played again."""

from __future__ import annotations

from uuid import uuid4

import orjson
import pytest
from sqlalchemy import text

from engine.intake import Processor
from engine.models import Role
from tests.fakes.inbound import make_channel, meta_text, one, store

HOME = "/api/v1/webhook-events"
POISON = b'{"kind": "message"}'


@pytest.fixture
async def channel_id(engine, company_id):
    return await make_channel(engine, company_id)


async def quarantined(engine, company_id, channel_id, *bodies):
    ids = await store(engine, company_id, channel_id, *bodies)
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(text("DELETE FROM webhook_pending"))
        await uow.session.execute(text("UPDATE webhook_event SET quarantined_at = now(), error = 'a bug'"))
    return [str(id_) for id_ in ids]


async def test_what_was_put_aside_is_listed_newest_first(owner, engine, company_id, channel_id) -> None:
    ids = await quarantined(engine, company_id, channel_id, *[meta_text("Oi")] * 3)
    await store(engine, company_id, channel_id, meta_text("Oi"))

    first = (await owner.get(f"{HOME}?limit=2")).json
    rest = (await owner.get(f"{HOME}?limit=2&after={first['next']}")).json
    pending = (await owner.get(f"{HOME}?state=pending")).json["items"]

    assert [item["id"] for item in first["items"] + rest["items"]] == ids[::-1]
    assert (first["items"][0]["error"], first["items"][0]["state"]) == ("a bug", "quarantined")
    assert "payload" not in first["items"][0]
    assert len(pending) == 1


async def test_one_event_shows_what_the_vendor_sent_and_who_looked(
    owner, engine, company_id, channel_id
) -> None:
    (id_,) = await quarantined(engine, company_id, channel_id, meta_text("Segredo"))

    event = (await owner.get(f"{HOME}/{id_}")).json

    assert orjson.loads(event["payload"])["item"]["text"]["body"] == "Segredo"
    assert await one(engine, company_id, "SELECT subject FROM audit_entry") == id_
    assert (await owner.get(f"{HOME}/{uuid4()}")).code == "event_not_found"


async def test_an_event_nobody_can_decrypt_is_shown_without_its_payload(
    owner, engine, company_id, channel_id
) -> None:
    (id_,) = await quarantined(engine, company_id, channel_id, POISON)
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(text("UPDATE webhook_event SET payload = 'x'"))

    assert (await owner.get(f"{HOME}/{id_}")).json["payload"] is None


@pytest.mark.parametrize("everything", [True, False])
async def test_wh_09_what_was_put_aside_is_played_again(
    owner, engine, company_id, channel_id, everything
) -> None:
    ids = await quarantined(engine, company_id, channel_id, meta_text("Oi"))

    told = {"all_quarantined": True} if everything else {"ids": [*ids, str(uuid4())]}
    answer = await owner.post(f"{HOME}/replay", told)
    await Processor(engine).drain()

    assert answer.json == {"replayed": 1}
    assert await one(engine, company_id, "SELECT text FROM message") == "Oi"


@pytest.mark.parametrize("told", [{}, {"ids": []}, {"ids": [str(uuid4())], "all_quarantined": True}])
async def test_a_replay_says_exactly_what(owner, told) -> None:
    assert (await owner.post(f"{HOME}/replay", told)).status == 422


async def test_an_agent_neither_reads_nor_replays(make_api, company_id) -> None:
    agent = await make_api(company_id, Role.AGENT)

    assert (await agent.get(HOME)).status == 403
    assert (await agent.post(f"{HOME}/replay", {"all_quarantined": True})).status == 403
