"""Campaigns over REST, as a client drives them: draft, flight plan, start, pause, ledger, report."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from engine.campaigns import launch
from engine.context import Engine
from tests.fakes import world
from tests.fakes.api import Api

HOME = "/api/v1/campaigns"


@pytest.fixture
async def channel_id(engine: Engine, company_id: UUID) -> UUID:
    return await world.make_channel(engine, company_id, rate=10.0)


def draft(channel_id: UUID, **values: Any) -> dict[str, Any]:
    return {
        "name": "Natal",
        "channel_id": str(channel_id),
        "content": {"type": "text", "body": "Oi {{nome}}, {{cupom|sem cupom}}!"},
        "audience": {"everyone": True},
    } | values


async def drafted(owner: Api, channel_id: UUID, **values: Any) -> str:
    answer = await owner.post(HOME, draft(channel_id, **values))
    assert answer.status == 201, answer.raw
    return answer.json["id"]


async def test_the_flight_plan_says_who_and_who_not(engine, company_id, owner: Api, channel_id) -> None:
    await world.make_contacts(engine, company_id, world.phones(30))
    campaign = await drafted(owner, channel_id)

    plan = (await owner.get(f"{HOME}/{campaign}/preflight")).json

    assert (plan["planned"], plan["sending"], plan["skipped"]) == (30, 30, {})
    assert (plan["rate"], plan["duration_seconds"]) == (10.0, 3.0)
    assert plan["samples"][0]["body"] == "Oi Ana 0, sem cupom!"


async def test_a_variable_without_value_leaves_people_out_and_says_so(
    engine, company_id, owner: Api, channel_id
) -> None:
    await world.make_contacts(engine, company_id, world.phones(2))
    campaign = await drafted(owner, channel_id, content={"type": "text", "body": "{{cupom}}"})

    plan = (await owner.get(f"{HOME}/{campaign}/preflight")).json

    assert plan["skipped"] == {"missing_variable": 2}
    assert plan["problems"] == ["nobody_to_write_to"]


async def test_start_pause_resume_cancel_and_every_wrong_turn(
    engine, company_id, owner: Api, channel_id
) -> None:
    await world.make_contacts(engine, company_id, world.phones(3))
    campaign = await drafted(owner, channel_id)

    states = []
    for verb in ("resume", "start", "start", "pause", "pause", "resume", "cancel", "cancel"):
        answer = await owner.post(f"{HOME}/{campaign}/{verb}")
        states.append(answer.json.get("state") or answer.code)

    assert states == [
        "not_resumable",
        "queued",
        "not_startable",
        "paused",
        "not_pausable",
        "queued",
        "cancelled",
        "not_cancellable",
    ]


async def test_cr_11_one_idempotency_key_starts_once(engine, company_id, owner: Api, channel_id) -> None:
    campaign = await drafted(owner, channel_id)
    headers = {"Idempotency-Key": str(uuid4())}

    answers = await asyncio.gather(
        *(owner.post(f"{HOME}/{campaign}/start", headers=headers) for _ in range(5))
    )

    assert {answer.status for answer in answers} == {200}
    assert {answer.json["state"] for answer in answers} == {"queued"}


async def test_the_ledger_and_the_report_add_up(engine, company_id, owner: Api, channel_id) -> None:
    await world.make_contacts(engine, company_id, world.phones(5))
    campaign = await drafted(owner, channel_id)
    await owner.post(f"{HOME}/{campaign}/start")
    await launch(engine, company_id, UUID(campaign))

    ledger = (await owner.get(f"{HOME}/{campaign}/ledger")).json
    first = (await owner.get(f"{HOME}/{campaign}/recipients?limit=3")).json
    rest = (await owner.get(f"{HOME}/{campaign}/recipients?limit=3&after={first['next']}")).json

    assert (ledger["planned"], ledger["pending"]) == (5, 5)
    assert [line["status"] for line in first["items"] + rest["items"]] == ["pending"] * 5
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"content": {"type": "text", "body": ""}}, "invalid_request"),
        ({"content": {"type": "fax", "body": "x"}}, "invalid_request"),
        ({"audience": {}}, "invalid_request"),
        ({"channel_id": str(uuid4())}, "channel_missing"),
        ({"timezone": "Mars/Olympus"}, "invalid_schedule"),
        ({"quiet_from": "25:00"}, "invalid_request"),
        ({"unheard_of": 1}, "invalid_request"),
    ],
)
async def test_a_draft_that_could_never_be_sent_is_refused(owner: Api, channel_id, change, code) -> None:
    answer = await owner.post(HOME, draft(channel_id) | change)

    assert (answer.status, answer.code) == (422, code)


async def test_only_a_draft_can_be_changed_or_thrown_away(owner: Api, channel_id) -> None:
    campaign = await drafted(owner, channel_id)
    edited = await owner.call("PUT", f"{HOME}/{campaign}", draft(channel_id, name="Páscoa"))
    await owner.post(f"{HOME}/{campaign}/start")

    again = await owner.call("PUT", f"{HOME}/{campaign}", draft(channel_id))
    gone = await owner.call("DELETE", f"{HOME}/{campaign}")

    assert edited.json["name"] == "Páscoa"
    assert (again.code, gone.code) == ("not_editable", "not_editable")


async def test_a_schedule_in_the_past_is_refused(owner: Api, channel_id) -> None:
    campaign = await drafted(owner, channel_id)
    body = {"local": "2020-01-01T09:00", "timezone": "America/Sao_Paulo"}

    assert (await owner.post(f"{HOME}/{campaign}/schedule", body)).code == "invalid_schedule"
