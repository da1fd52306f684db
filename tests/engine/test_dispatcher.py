"""Campaigns leave through real lanes to the simulator: at most once each, whatever happens on the way."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import aiohttp
import pytest

from embedded_server.simulator.app import serving
from embedded_server.simulator.behavior import Behavior
from embedded_server.simulator.config import SimulatorConfig
from engine import campaigns
from engine.context import Engine
from engine.models import Provider
from tests.conftest import MakeCompany
from tests.fakes import world
from tests.fakes.stage import Stage, with_senders

QUIET = SimulatorConfig(behavior=Behavior(webhooks=False))


@pytest.fixture
async def stage(own_engine: Engine, make_company: MakeCompany) -> AsyncIterator[Stage]:
    async with serving(QUIET) as simulator, aiohttp.ClientSession() as http:
        engine = with_senders(own_engine, simulator)
        stage = Stage(engine, await make_company(engine), simulator, http)
        yield stage
        await engine.close()


async def test_everybody_is_written_to_once_and_the_campaign_completes(stage: Stage) -> None:
    await stage.number()
    campaign = await stage.campaign(numbers := world.phones(300))

    async with stage.dispatching():
        await stage.until_state(campaign, "completed")

    ledger = await stage.ledger(campaign)
    assert (ledger.planned, ledger.accepted, ledger.uncertain) == (300, 300, 0)
    assert await stage.accepted() == dict.fromkeys(numbers, 1)


async def test_cr_11_a_double_start_is_one_run(stage: Stage) -> None:
    await stage.number()
    campaign = await stage.campaign(numbers := world.phones(40))

    async def start_again() -> bool:
        try:
            async with stage.engine.unit_of_work(stage.company_id) as uow:
                await campaigns.start(uow, campaign)
        except campaigns.NotStartable:
            return False
        return True

    async with stage.dispatching():
        again = await asyncio.gather(*(start_again() for _ in range(5)))
        await stage.until_state(campaign, "completed")

    assert again == [False] * 5
    assert await stage.accepted() == dict.fromkeys(numbers, 1)


async def test_cr_05_accepted_then_500_is_in_doubt_and_never_sent_again(stage: Stage) -> None:
    await stage.number()
    campaign = await stage.campaign(numbers := world.phones(4, suffix="0007"))

    async with stage.dispatching():
        await stage.until_state(campaign, "completed")

    assert (await stage.ledger(campaign)).unconfirmed == 4
    assert await stage.accepted() == dict.fromkeys(numbers, 1)


async def test_cr_06_an_answer_after_our_patience_changes_nothing(stage: Stage) -> None:
    await stage.behave(late_after=6.0)
    await stage.number()
    campaign = await stage.campaign(numbers := world.phones(2, suffix="0008"))

    async with stage.dispatching():
        await stage.until_state(campaign, "completed")
        await asyncio.sleep(1.5)

    assert (await stage.ledger(campaign)).unconfirmed == 2
    assert await stage.accepted() == dict.fromkeys(numbers, 1)


async def test_cr_05_twilio_is_asked_and_decides_both_ways(stage: Stage) -> None:
    await stage.number(Provider.TWILIO)
    accepted, refused = world.phones(3, suffix="0006"), world.phones(3, suffix="0014")
    campaign = await stage.campaign(accepted + refused)

    async with stage.dispatching():
        await stage.until(lambda: _all_tried_twice(stage, campaign))
        # From here on the line holds.
        await stage.behave(suffixes=False)
        await stage.until_state(campaign, "completed")

    assert await stage.accepted() == dict.fromkeys(accepted + refused, 1)
    assert (await stage.ledger(campaign)).accepted == 6


async def _all_tried_twice(stage: Stage, campaign) -> bool:
    async with stage.engine.unit_of_work(stage.company_id) as uow:
        lines = await campaigns.lines(uow, campaign)
    return all(line.tries >= 2 for line in lines if line.address.endswith("0014"))


@pytest.mark.parametrize(("suffix", "state"), [("0011", "190"), ("0010", "132015")])
async def test_cr_16_a_fault_of_number_or_template_stops_without_burning_the_list(
    stage: Stage, suffix: str, state: str
) -> None:
    await stage.number()
    campaign = await stage.campaign(world.phones(60, suffix=suffix))

    async with stage.dispatching():
        await stage.until_state(campaign, "paused")

    assert (await stage.state(campaign))[1] == state
    ledger = await stage.ledger(campaign)
    assert (ledger.pending, dict(ledger.failed)) == (60, {})


async def test_cr_16_limits_are_waited_out(stage: Stage) -> None:
    await stage.number()
    numbers = world.phones(2, suffix="0004") + world.phones(2, suffix="0005")
    campaign = await stage.campaign(numbers)

    async with stage.dispatching():
        await stage.until_state(campaign, "completed")

    assert await stage.accepted() == dict.fromkeys(numbers, 1)


async def test_cr_12_fifty_pauses_and_resumes_lose_and_double_nobody(stage: Stage) -> None:
    await stage.number(rate=200.0)
    campaign = await stage.campaign(numbers := world.phones(400))
    chance = random.Random(12)

    async with stage.dispatching(seconds=60):
        for _ in range(50):
            await _flip(stage, campaign, campaigns.pause)
            await asyncio.sleep(chance.random() * 0.03)
            await _flip(stage, campaign, campaigns.resume)
            await asyncio.sleep(chance.random() * 0.03)
        await stage.until_state(campaign, "completed")

    assert await stage.accepted() == dict.fromkeys(numbers, 1)


async def _flip(stage: Stage, campaign, verb) -> None:
    try:
        async with stage.engine.unit_of_work(stage.company_id) as uow:
            await verb(uow, campaign)
    except (campaigns.NotPausable, campaigns.NotResumable):
        return


async def test_a_pause_holds_within_one_message(stage: Stage) -> None:
    await stage.number(rate=20.0)
    campaign = await stage.campaign(world.phones(100))

    async with stage.dispatching():
        await stage.until(lambda: _some(stage, 5))
        await _flip(stage, campaign, campaigns.pause)
        at_pause = sum((await stage.accepted()).values())
        await asyncio.sleep(0.5)
        later = sum((await stage.accepted()).values())

    assert later - at_pause <= 1


async def _some(stage: Stage, least: int) -> bool:
    return sum((await stage.accepted()).values()) >= least


async def test_cr_09_of_two_dispatchers_one_sends_and_one_stands_by(stage: Stage) -> None:
    await stage.number(rate=400.0)
    campaign = await stage.campaign(numbers := world.phones(300))

    async with stage.dispatching() as first, stage.dispatching() as second:
        await stage.until_state(campaign, "completed")
        assert sorted([first.standby, second.standby]) == [False, True]

    assert await stage.accepted() == dict.fromkeys(numbers, 1)
