"""Scheduled starts: once, at the documented instant, and never in secret after a long sleep."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import func, select

from engine import campaigns
from engine.campaigns.launch import launch
from engine.campaigns.schedule import take_slot
from engine.context import Engine
from engine.models import CampaignRun, Misfire, Recipient, RunDecision
from tests.fakes import world

#: 09:00 in São Paulo.
DUE = datetime(2027, 1, 11, 12, 0, tzinfo=UTC)


async def scheduled(engine: Engine, company_id: UUID, misfire: Misfire = Misfire.ASK) -> UUID:
    channel_id = await world.make_channel(engine, company_id)
    await world.make_contacts(engine, company_id, world.phones(3))
    campaign_id = await world.make_campaign(engine, company_id, channel_id, misfire=misfire)
    with time_machine.travel(datetime(2027, 1, 11, 11, 0, tzinfo=UTC), tick=False):
        async with engine.unit_of_work(company_id) as uow:
            await campaigns.schedule(uow, campaign_id, local="2027-01-11T09:00", timezone="America/Sao_Paulo")
    return campaign_id


async def state_of(engine: Engine, company_id: UUID, campaign_id: UUID) -> tuple[str, str | None]:
    async with engine.unit_of_work(company_id) as uow:
        campaign = await campaigns.get(uow, campaign_id)
        return campaign.state.value, campaign.stop_reason


async def counted(engine: Engine, company_id: UUID, campaign_id: UUID) -> tuple[int, int]:
    """Slots taken and recipients written down."""
    async with engine.unit_of_work(company_id) as uow:
        slots = select(func.count()).where(CampaignRun.campaign_id == campaign_id)
        people = select(func.count()).where(Recipient.campaign_id == campaign_id)
        return await uow.session.scalar(slots) or 0, await uow.session.scalar(people) or 0


@pytest.mark.parametrize("minute", [0, 5, 14])
async def test_sc_01_a_start_missed_by_minutes_runs_by_itself(engine, company_id, minute: int) -> None:
    campaign_id = await scheduled(engine, company_id)

    with time_machine.travel(DUE.replace(minute=minute), tick=False):
        assert await take_slot(engine, company_id, campaign_id) is RunDecision.RUN

    assert (await state_of(engine, company_id, campaign_id))[0] == "queued"


@pytest.mark.parametrize(
    ("policy", "decision", "state"),
    [
        (Misfire.ASK, RunDecision.ASKED, ("paused", "start_missed")),
        (Misfire.RUN, RunDecision.RUN, ("queued", None)),
        (Misfire.SKIP, RunDecision.SKIPPED, ("cancelled", "start_missed")),
    ],
)
async def test_sc_01_a_start_slept_through_follows_its_owners_choice(
    engine, company_id, policy, decision, state
) -> None:
    campaign_id = await scheduled(engine, company_id, policy)

    with time_machine.travel(DUE.replace(minute=30), tick=False):
        assert await take_slot(engine, company_id, campaign_id) is decision
        assert await take_slot(engine, company_id, campaign_id) is None

    assert await state_of(engine, company_id, campaign_id) == state
    assert await counted(engine, company_id, campaign_id) == (1, 0)


async def test_sc_01_before_its_time_nothing_happens(engine, company_id) -> None:
    campaign_id = await scheduled(engine, company_id)

    with time_machine.travel(DUE.replace(hour=11, minute=58), tick=False):
        assert await take_slot(engine, company_id, campaign_id) is None

    assert await counted(engine, company_id, campaign_id) == (0, 0)


async def test_sc_01_ten_that_wake_together_take_one_slot(engine, company_id) -> None:
    campaign_id = await scheduled(engine, company_id)

    with time_machine.travel(DUE, tick=False):
        decisions = await asyncio.gather(*(take_slot(engine, company_id, campaign_id) for _ in range(10)))

    assert decisions.count(RunDecision.RUN) == 1
    assert decisions.count(None) == 9


async def test_sc_02_a_zone_whose_rules_changed_moves_the_instant(engine, company_id) -> None:
    campaign_id = await scheduled(engine, company_id)
    async with engine.unit_of_work(company_id) as uow:
        campaign = await campaigns.get(uow, campaign_id)
        # As if the zone had been an hour ahead when the schedule was made.
        campaign.due_at = DUE.replace(hour=11)

    with time_machine.travel(DUE.replace(hour=11, minute=30), tick=False):
        assert await take_slot(engine, company_id, campaign_id) is None

    async with engine.unit_of_work(company_id) as uow:
        assert (await campaigns.get(uow, campaign_id)).due_at == DUE


async def test_sc_07_a_taken_slot_whose_launch_was_killed_is_launched_once(engine, company_id) -> None:
    campaign_id = await scheduled(engine, company_id)
    with time_machine.travel(DUE, tick=False):
        await take_slot(engine, company_id, campaign_id)

    launched = await asyncio.gather(*(launch(engine, company_id, campaign_id) for _ in range(3)))

    assert sorted(launched) == [False, False, True]
    assert await counted(engine, company_id, campaign_id) == (1, 3)
    assert (await state_of(engine, company_id, campaign_id))[0] == "sending"
