"""The flight plan: who is left out and why, what is missing, when it ends, and what stands in the way."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, update

from engine import campaigns
from engine.campaigns import FlightPlan, launch, rules
from engine.contacts.phone import match_key
from engine.context import Engine
from engine.ids import new_id
from engine.models import (
    Campaign,
    Channel,
    ChannelState,
    Contact,
    ContactIdentity,
    Conversation,
    ConversationChannel,
    IdentityKind,
    MessageTemplate,
    Provider,
)
from tests.fakes import inbound, world

SAO_PAULO = "America/Sao_Paulo"
NIGHT = rules.QuietHours(time(20), time(8))


@pytest.fixture
async def channel_id(engine: Engine, company_id: UUID) -> UUID:
    return await world.make_channel(engine, company_id, rate=10.0)


async def plan_of(engine: Engine, company_id: UUID, channel_id: UUID, **values: object) -> FlightPlan:
    campaign_id = await world.make_campaign(engine, company_id, channel_id, **values)
    async with engine.unit_of_work(company_id) as uow:
        return await campaigns.preflight(uow, campaign_id)


async def give(engine: Engine, company_id: UUID, contact_id: UUID, kind: IdentityKind, value: str) -> None:
    row = {"company_id": company_id, "id": new_id(), "contact_id": contact_id, "kind": kind}
    async with engine.unit_of_work(company_id) as uow:
        values = {**row, "value": value, "match_key": match_key(value)}
        await uow.session.execute(insert(ContactIdentity).values(values))


async def nameless(engine: Engine, company_id: UUID) -> UUID:
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(insert(Contact).values(company_id=company_id, id=(id_ := new_id())))
    return id_


async def test_39_two_contacts_with_one_number_get_one_message_and_nobody_vanishes(
    engine, company_id, channel_id
) -> None:
    await world.make_contacts(engine, company_id, ["+5511970001000"])
    twin = await nameless(engine, company_id)
    await give(engine, company_id, twin, IdentityKind.WA_ID, "551170001000")
    campaign_id = await world.make_campaign(
        engine, company_id, channel_id, content={"type": "text", "body": "Oi"}
    )
    async with engine.unit_of_work(company_id) as uow:
        plan = await campaigns.preflight(uow, campaign_id)
        await campaigns.start(uow, campaign_id)
    await launch(engine, company_id, campaign_id)

    async with engine.unit_of_work(company_id) as uow:
        ledger = await campaigns.ledger(uow, campaign_id)
    assert (plan.planned, plan.sending, dict(plan.skipped)) == (2, 1, {"duplicate": 1})
    assert (ledger.planned, ledger.pending, dict(ledger.skipped)) == (2, 1, {"duplicate": 1})


async def test_a_contact_known_by_phone_and_id_is_no_duplicate(engine, company_id, channel_id) -> None:
    (one,) = await world.make_contacts(engine, company_id, ["+5511970001000"])
    await give(engine, company_id, one, IdentityKind.WA_ID, "551170001000")

    plan = await plan_of(engine, company_id, channel_id)

    assert (plan.sending, dict(plan.skipped)) == (1, {})


async def test_40_a_missing_variable_names_the_contacts(engine, company_id, channel_id) -> None:
    await world.make_contacts(engine, company_id, world.phones(7))
    body = "Oi {{nome}}, {{Cupom}} {{loja|nossa loja}} {{cupom|nenhum}}"

    plan = await plan_of(engine, company_id, channel_id, content={"type": "text", "body": body})

    (lack,) = plan.missing.values()
    assert list(plan.missing) == ["cupom"]
    assert (lack.people, lack.names) == (7, [f"Ana {n}" for n in range(5)])
    assert dict(plan.skipped) == {"missing_variable": 7}


async def test_an_unwritten_message_still_counts_its_audience(engine, company_id, channel_id) -> None:
    await world.make_contacts(engine, company_id, world.phones(3))
    await nameless(engine, company_id)

    plan = await plan_of(engine, company_id, channel_id, content={})

    assert (plan.planned, plan.sending, dict(plan.skipped)) == (4, 3, {"no_address": 1})
    assert (plan.problems, plan.samples, plan.units) == (["no_message"], [], 0)


async def test_39_who_is_outside_the_window_is_counted_for_free_text(engine, company_id, channel_id) -> None:
    people = await world.make_contacts(engine, company_id, world.phones(3))
    talk = {"company_id": company_id, "id": new_id(), "contact_id": people[0]}
    way = {"company_id": company_id, "conversation_id": talk["id"], "channel_id": channel_id}
    address = {"address_kind": IdentityKind.PHONE, "address": "+5511970001000"}
    until = datetime(2100, 1, 1, tzinfo=UTC)
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(insert(Conversation).values(talk))
        values = {**way, **address, "window_expires_at": until}
        await uow.session.execute(insert(ConversationChannel).values(values))

    plan = await plan_of(engine, company_id, channel_id)

    assert (plan.sending, dict(plan.warnings)) == (3, {"window_closed": 2})


async def test_a_linked_number_writes_free_text_at_any_time(engine, company_id) -> None:
    linked = await inbound.make_channel(engine, company_id, provider=Provider.LINKED)
    await world.make_contacts(engine, company_id, world.phones(2))

    plan = await plan_of(engine, company_id, linked)

    assert (plan.sending, dict(plan.warnings), plan.problems) == (2, {}, [])


async def test_sms_has_no_window_and_bills_segments(engine, company_id) -> None:
    sms = await world.make_channel(engine, company_id, provider=Provider.TWILIO)
    await world.make_contacts(engine, company_id, world.phones(2))

    plan = await plan_of(engine, company_id, sms, content={"type": "text", "body": "ç" * 71})

    assert (plan.units, dict(plan.warnings)) == (4, {})


@pytest.mark.parametrize(
    ("status", "problems"),
    [("APPROVED", []), ("PAUSED", ["template_not_approved"]), (None, ["template_unknown"])],
)
async def test_40_a_template_meta_would_not_send_stands_in_the_way(
    engine, company_id, channel_id, status, problems
) -> None:
    await world.make_contacts(engine, company_id, world.phones(1))
    known = {"channel_id": channel_id, "provider_template_id": "1", "name": "oi", "language": "pt_BR"}
    told = {"category": "UTILITY", "components": {}, "status": status}
    if status:
        async with engine.unit_of_work(company_id) as uow:
            await uow.session.execute(
                insert(MessageTemplate).values(company_id=company_id, id=new_id(), **known, **told)
            )
    letter = {"type": "template", "name": "oi", "language": "pt_BR", "body": "Oi", "components": []}

    plan = await plan_of(engine, company_id, channel_id, content=letter)

    assert plan.problems == problems
    assert plan.warnings == {}


async def test_a_template_with_an_empty_parameter_leaves_people_out(engine, company_id, channel_id) -> None:
    await world.make_contacts(engine, company_id, world.phones(1))
    body = {"type": "body", "parameters": [{"type": "text", "text": "{{apelido|}}"}]}
    letter = {"type": "template", "name": "oi", "language": "pt_BR", "body": "Oi", "components": [body]}

    plan = await plan_of(engine, company_id, channel_id, content=letter)

    assert dict(plan.skipped) == {"empty": 1}


async def test_41_the_flight_plan_ends_after_the_night(engine, company_id, channel_id) -> None:
    await world.make_contacts(engine, company_id, world.phones(60))
    # 19:59:58 in São Paulo: two seconds before the night, four are left for the morning.
    with time_machine.travel(datetime(2027, 1, 11, 22, 59, 58, tzinfo=UTC), tick=False):
        quiet = {"quiet_from": "20:00", "quiet_until": "08:00"}
        plan = await plan_of(engine, company_id, channel_id, **quiet)

    assert plan.duration == timedelta(seconds=6)
    assert plan.finishes_at == datetime(2027, 1, 12, 11, 0, 4, tzinfo=UTC)


async def test_41_what_cannot_work_is_a_problem(engine, company_id, channel_id) -> None:
    await world.make_contacts(engine, company_id, world.phones(1))
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(update(Channel).values(state=ChannelState.STOPPED))
    past = datetime(2020, 1, 1, 12, tzinfo=UTC)

    plan = await plan_of(engine, company_id, channel_id, due_at=past, scheduled_local="2020-01-01T09:00")

    assert plan.problems == ["channel_stopped", "start_in_the_past"]


async def test_a_campaign_without_a_message_cannot_start(engine, company_id, channel_id) -> None:
    campaign_id = await world.make_campaign(engine, company_id, channel_id, content={})

    async with engine.unit_of_work(company_id) as uow:
        with pytest.raises(campaigns.InvalidContent, match="not written"):
            await campaigns.start(uow, campaign_id)
        with pytest.raises(campaigns.InvalidContent, match="not written"):
            await campaigns.schedule(uow, campaign_id, local="2100-01-01T09:00", timezone=SAO_PAULO)

    async with engine.unit_of_work(company_id) as uow:
        assert (await campaigns.get(uow, campaign_id)).state == "draft"


@pytest.mark.parametrize(
    ("begins", "hours", "ends"),
    [
        ("2027-01-11T12:00", 2, "2027-01-11T14:00"),
        ("2027-01-11T12:00", 8, "2027-01-11T20:00"),
        ("2027-01-11T12:00", 9, "2027-01-12T09:00"),
        ("2027-01-11T23:00", 1, "2027-01-12T09:00"),
        ("2027-01-11T03:00", 13, "2027-01-12T09:00"),
    ],
)
def test_41_work_stands_still_at_night(begins: str, hours: int, ends: str) -> None:
    moment = rules.instant_of(begins, SAO_PAULO)

    assert rules.finish(moment, timedelta(hours=hours), NIGHT, SAO_PAULO) == rules.instant_of(ends, SAO_PAULO)


def test_41_a_minute_a_day_never_ends() -> None:
    almost_always = rules.QuietHours(time(0, 0), time(23, 59))

    moment = datetime(2027, 1, 11, 12, tzinfo=UTC)
    assert rules.finish(moment, timedelta(days=1), almost_always, SAO_PAULO) is None
    assert rules.finish(moment, timedelta(days=1), None, SAO_PAULO) == moment + timedelta(days=1)


MINUTES = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))


@given(st.integers(1, 400_000), MINUTES, MINUTES, st.sampled_from([SAO_PAULO, "Europe/Lisbon"]))
def test_41_it_never_ends_at_night_nor_before_the_work_is_done(
    seconds: int, start: time, end: time, zone: str
) -> None:
    quiet = rules.QuietHours(start, end)
    begins, work = datetime(2027, 3, 26, 12, tzinfo=UTC), timedelta(seconds=seconds)

    done = rules.finish(begins, work, quiet if start != end else None, zone)

    assert done is None or done >= begins + work
    if done is not None and start != end:
        assert rules.open_zones([zone], quiet, done - timedelta(microseconds=1))


async def test_a_draft_keeps_the_time_its_author_has_in_mind(engine, company_id, channel_id) -> None:
    draft = campaigns.Draft(
        name="Natal",
        channel_id=channel_id,
        content={},
        audience={"everyone": True},
        scheduled_local="2100-01-01T09:00",
    )

    async with engine.unit_of_work(company_id) as uow:
        kept: Campaign = await campaigns.create(uow, draft)

    assert (kept.state, kept.scheduled_local) == ("draft", "2100-01-01T09:00")
    assert kept.due_at == rules.instant_of("2100-01-01T09:00", SAO_PAULO)
