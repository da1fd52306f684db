"""Message templates over REST: kept as Meta has them, at the simulator's stand-in for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from engine import clock
from engine.models import Provider, Role
from tests.fakes import world
from tests.fakes.inbound import rows
from tests.fakes.simulated import simulated

HOME = "/api/v1/templates"


@pytest.fixture
async def network():
    async with simulated(webhooks=False) as network:
        yield network


@pytest.fixture
async def engine(engine, network):
    """Its simulator answers; the real Meta does not."""
    told = {"simulator_port": int(network.url.rpartition(":")[2]), "meta_base_url": "http://127.0.0.1:1"}
    return replace(engine, settings=engine.settings.model_copy(update=told))


@pytest.fixture
async def channel_id(engine, company_id):
    return str(await world.make_channel(engine, company_id))


async def test_meta_is_asked_and_its_list_is_kept(owner, channel_id) -> None:
    synced = await owner.post(f"{HOME}/sync", {"channel_id": channel_id})
    known = (await owner.get(HOME)).json["items"]

    (order,) = [template for template in known if template["name"] == "pedido_enviado"]
    assert (synced.status, synced.json["removed"]) == (200, 0)
    assert synced.json["templates"] == len(known) > 1
    assert (order["language"], order["status"], order["category"]) == ("pt_BR", "APPROVED", "UTILITY")
    assert (order["parameter_format"], order["channel_id"]) == ("NAMED", channel_id)
    assert "BODY" in [component["type"] for component in order["components"]]
    assert (await owner.get(f"{HOME}/{order['id']}")).json == order
    assert (await owner.get(f"{HOME}/{uuid4()}")).code == "template_not_found"


async def test_a_second_list_replaces_the_first_and_ids_stay(owner, engine, company_id, channel_id) -> None:
    await owner.post(f"{HOME}/sync", {"channel_id": channel_id})
    before = (await owner.get(HOME)).json["items"]
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(
            text("UPDATE message_template SET name = 'retirado' WHERE name = 'pedido_enviado'")
        )

    again = (await owner.post(f"{HOME}/sync", {"channel_id": channel_id})).json
    after = (await owner.get(HOME)).json["items"]

    assert again == {"templates": len(before), "removed": 1}
    assert [template["name"] for template in after] == [template["name"] for template in before]
    kept = {template["id"] for template in before} & {template["id"] for template in after}
    assert len(kept) == len(before) - 1


async def test_what_a_webhook_said_meanwhile_stays(owner, engine, company_id, channel_id) -> None:
    await owner.post(f"{HOME}/sync", {"channel_id": channel_id})
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(
            text(
                "UPDATE message_template SET status = 'PAUSED', synced_at = :at WHERE name = 'pedido_enviado'"
            ),
            {"at": clock.now() + timedelta(minutes=1)},
        )

    await owner.post(f"{HOME}/sync", {"channel_id": channel_id})

    statuses = dict(await rows(engine, company_id, "SELECT name, status FROM message_template"))
    assert statuses["pedido_enviado"] == "PAUSED"


async def test_templates_are_listed_by_name_in_pages_and_filtered(owner, channel_id) -> None:
    await owner.post(f"{HOME}/sync", {"channel_id": channel_id})
    names = [template["name"] for template in (await owner.get(HOME)).json["items"]]

    first = (await owner.get(f"{HOME}?limit=2")).json
    rest = (await owner.get(f"{HOME}?after={first['next']}")).json
    paused = (await owner.get(f"{HOME}?status=PAUSED")).json["items"]

    assert [template["name"] for template in first["items"] + rest["items"]] == names == sorted(names)
    assert {template["status"] for template in paused} == {"PAUSED"}
    assert (await owner.get(f"{HOME}?channel_id={uuid4()}")).json["items"] == []


async def test_where_there_is_nobody_to_ask_it_is_said(owner, engine, company_id) -> None:
    sms = await world.make_channel(engine, company_id, provider=Provider.TWILIO)
    silent = await world.make_channel(engine, company_id)
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(text("UPDATE channel SET mode = 'live'"))

    async def code(channel_id: object) -> tuple[int, str | None]:
        answer = await owner.post(f"{HOME}/sync", {"channel_id": str(channel_id)})
        return answer.status, answer.code

    assert await code(sms) == (422, "no_templates_here")
    assert await code(silent) == (503, "meta_unreachable")
    assert await code(uuid4()) == (404, "channel_not_found")


async def test_an_agent_reads_templates_and_does_not_sync(make_api, company_id, channel_id) -> None:
    agent = await make_api(company_id, Role.AGENT)

    assert (await agent.get(HOME)).status == 200
    assert (await agent.post(f"{HOME}/sync", {"channel_id": channel_id})).status == 403
