"""Campaigns over REST, as a client drives them: draft, flight plan, start, pause, ledger, report."""

from __future__ import annotations

import asyncio
import csv
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from embedded_server.contract.campaigns import StandingName
from engine.campaigns import launch, report_queries
from engine.context import Engine
from engine.models import Role
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


async def test_38_a_draft_may_come_before_its_message(owner: Api, channel_id) -> None:
    unwritten = {"name": "Natal", "channel_id": str(channel_id), "audience": {"everyone": True}}

    made = (await owner.post(HOME, unwritten)).json
    started = await owner.post(f"{HOME}/{made['id']}/start")
    timed = await owner.put(f"{HOME}/{made['id']}", unwritten | {"scheduled_local": "2100-01-01T09:00"})

    assert (made["content"], made["state"]) == ({}, "draft")
    assert (started.status, started.code) == (422, "invalid_content")
    assert timed.json["scheduled_local"] == "2100-01-01T09:00"


async def test_the_list_says_how_far_each_campaign_is(engine, company_id, owner: Api, channel_id) -> None:
    await world.make_contacts(engine, company_id, world.phones(5))
    idle = await drafted(owner, channel_id)
    running = await sending(engine, company_id, owner, channel_id)
    await settle(engine, company_id, running, dispatched=2, skipped=1, cancelled=1)

    known = {row["id"]: (row["total"], row["done"]) for row in (await owner.get(HOME)).json["items"]}

    assert known == {idle: (0, 0), running: (4, 2)}


async def test_a_huge_campaign_counts_only_who_waits(
    engine, company_id, owner: Api, channel_id, monkeypatch
) -> None:
    monkeypatch.setattr(report_queries, "MOST_COUNTED", 4)
    await world.make_contacts(engine, company_id, world.phones(5))
    running = await sending(engine, company_id, owner, channel_id)
    await settle(engine, company_id, running, dispatched=2, skipped=1)

    (row,) = (await owner.get(HOME)).json["items"]

    assert (row["total"], row["done"]) == (5, 3)


async def test_the_list_is_filtered_by_state_in_pages(owner: Api, channel_id) -> None:
    drafts = [await drafted(owner, channel_id, name=f"N {n}") for n in range(3)]
    await owner.post(f"{HOME}/{drafts[0]}/start")

    first = (await owner.get(f"{HOME}?state=draft&limit=1")).json
    rest = (await owner.get(f"{HOME}?state=draft&after={first['next']}")).json
    queued = (await owner.get(f"{HOME}?state=queued")).json

    assert [row["id"] for row in first["items"] + rest["items"]] == [drafts[2], drafts[1]]
    assert [row["id"] for row in queued["items"]] == [drafts[0]]
    assert (await owner.get(f"{HOME}?state=lost")).status == 422


@pytest.mark.parametrize("span", [2, 20_000])
async def test_the_report_is_filtered_as_the_ledger_counts(
    engine, company_id, owner: Api, channel_id, monkeypatch, span
) -> None:
    monkeypatch.setattr(report_queries, "SPAN", span)
    await world.make_contacts(engine, company_id, world.phones(12))
    campaign = await sending(engine, company_id, owner, channel_id)
    states = {"dispatched": 2, "skipped": 1, "suppressed": 1, "failed": 1, "unconfirmed": 1, "cancelled": 1}
    await settle(engine, company_id, campaign, **states)

    ledger = (await owner.get(f"{HOME}/{campaign}/ledger")).json
    found = {word.value: await everybody(owner, campaign, status=word) for word in StandingName}

    assert ledger.keys() - found.keys() == {"planned", "held", "held_until"}
    for word, people in found.items():
        count = ledger[word]
        assert len(people) == (sum(count.values()) if isinstance(count, dict) else count), word
    assert {line["status"] for line in found["skipped"]} == {"skipped", "suppressed"}
    assert {line["status"] for line in found["sending"]} == {"sending"}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("1003", 1),
        ("(11) 97000-1003", 1),
        ("11 7000-1003", 1),
        ("+55 11 97000-1003", 1),
        ("7000", 5),
        ("99", 0),
    ],
)
async def test_the_report_finds_a_number_however_it_is_typed(
    engine, company_id, owner: Api, channel_id, typed, found
) -> None:
    await world.make_contacts(engine, company_id, world.phones(5))
    campaign = await sending(engine, company_id, owner, channel_id)

    lines = await everybody(owner, campaign, q=typed)

    assert len(lines) == found
    assert all(line["name"].startswith("Ana ") for line in lines)


async def test_in_09_the_report_is_a_file_no_spreadsheet_calculates_with(
    engine, company_id, owner: Api, channel_id
) -> None:
    people = await world.make_contacts(engine, company_id, world.phones(3))
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(
            text("UPDATE contact SET name = '=HYPERLINK(1)' WHERE id = :id"), {"id": people[0]}
        )
    campaign = await sending(engine, company_id, owner, channel_id)
    await settle(engine, company_id, campaign, skipped=1)

    answer = await owner.get(f"{HOME}/{campaign}/report.csv")

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.raw.startswith(b"\xef\xbb\xbf")
    header, *lines = csv.reader(StringIO(answer.raw.decode("utf-8-sig")), delimiter=";")
    assert (len(header), len(lines)) == (10, 3)
    assert lines[0][:2] == ["'=HYPERLINK(1)", "+5511970001000"]


async def test_the_file_has_what_was_filtered_and_speaks_the_readers_language(
    engine, company_id, owner: Api, channel_id
) -> None:
    await world.make_contacts(engine, company_id, world.phones(3))
    campaign = await sending(engine, company_id, owner, channel_id)
    await settle(engine, company_id, campaign, skipped=1)

    answer = await owner.get(f"{HOME}/{campaign}/report.csv?status=skipped&language=en")
    audit = (await owner.get("/api/v1/audit")).json["items"]

    header, line = csv.reader(StringIO(answer.raw.decode("utf-8-sig")))
    assert (header[2:4], line[2:5]) == (["Status", "Reason"], ["Left out", "Opted out", "opted_out"])
    assert "campaign.export" in {entry["action"] for entry in audit}
    assert (await owner.get(f"{HOME}/{uuid4()}/report.csv")).code == "campaign_not_found"


async def test_an_agent_reads_the_report_and_takes_no_file(make_api, company_id, owner, channel_id) -> None:
    agent = await make_api(company_id, Role.AGENT)
    campaign = await drafted(owner, channel_id)

    assert (await agent.get(f"{HOME}/{campaign}/recipients")).status == 200
    assert (await agent.get(f"{HOME}/{campaign}/report.csv")).status == 403


async def sending(engine: Engine, company_id: UUID, owner: Api, channel_id: UUID) -> str:
    campaign = await drafted(owner, channel_id)
    await owner.post(f"{HOME}/{campaign}/start")
    await launch(engine, company_id, UUID(campaign))
    return campaign


async def settle(engine: Engine, company_id: UUID, campaign: str, **states: int) -> None:
    """Put so many of the first recipients who wait into each state."""
    async with engine.unit_of_work(company_id) as uow:
        for state, people in states.items():
            await uow.session.execute(
                text("""UPDATE campaign_recipient SET state = :state, reason = 'opted_out' WHERE id IN (
                     SELECT id FROM campaign_recipient WHERE campaign_id = :campaign AND state = 'pending'
                     ORDER BY id LIMIT :people)"""),
                {"state": state, "people": people, "campaign": campaign},
            )


async def everybody(owner: Api, campaign: str, **query: str) -> list[dict[str, Any]]:
    """Every page of the report."""
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        params = {"limit": "1", **query, **after}
        page = (await owner.get(f"{HOME}/{campaign}/recipients", params=params)).json
        found += page["items"]
        if page["next"] is None:
            return found
        after = {"after": page["next"]}
