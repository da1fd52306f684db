"""A campaign keeps the pace a person gave it, whatever its number could do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import aiohttp
import pytest
from sqlalchemy import text

from embedded_server.simulator import Behavior, SimulatorConfig, serving
from engine.cache.buckets import LocalBuckets
from engine.campaigns.sending import Cursor
from engine.context import Engine
from engine.dispatch import Policy
from engine.dispatch.pacing import allow
from tests.conftest import MakeCompany
from tests.fakes import world
from tests.fakes.stage import Stage, with_senders

QUIET = SimulatorConfig(behavior=Behavior(webhooks=False))
A, B = UUID(int=1), UUID(int=2)
_SPAN = """
    SELECT extract(epoch FROM max(dispatched_at) - min(dispatched_at)) FROM attempt
    WHERE campaign_id = :campaign
"""


@pytest.fixture
async def stage(own_engine: Engine, make_company: MakeCompany) -> AsyncIterator[Stage]:
    async with serving(QUIET) as simulator, aiohttp.ClientSession() as http:
        engine = with_senders(own_engine, simulator)
        yield Stage(engine, await make_company(engine), simulator, http)
        await engine.close()


async def span(stage: Stage, campaign_id: UUID) -> float:
    """Seconds from the first to the last intent."""
    async with stage.engine.unit_of_work(stage.company_id) as uow:
        return float(await uow.session.scalar(text(_SPAN), {"campaign": campaign_id}))


async def test_ten_people_at_five_a_second_take_two_seconds(stage: Stage) -> None:
    await stage.number(rate=1000.0)
    campaign = await stage.campaign(numbers := world.phones(10), pace=5.0)

    async with stage.dispatching():
        await stage.until_state(campaign, "completed")

    assert 1.6 <= await span(stage, campaign) <= 4
    assert await stage.accepted() == dict.fromkeys(numbers, 1)


async def test_a_slow_campaign_holds_up_no_other_of_its_number(stage: Stage) -> None:
    await stage.number(rate=200.0)
    slow = await stage.campaign(world.phones(6), pace=2.0)
    fast = await world.make_campaign(stage.engine, stage.company_id, stage.channel_id, state="queued")

    async with stage.dispatching():
        await stage.until_state(fast, "completed")
        assert (await stage.state(slow))[0] == "sending"
        await stage.until_state(slow, "completed")

    assert await span(stage, slow) >= 2.2


async def test_what_was_granted_and_not_used_is_there_again() -> None:
    buckets, paced = LocalBuckets(lambda: 0.0), Cursor(A, pace=100.0)
    first = await allow(buckets, Policy(), [paced, Cursor(B)], 50)
    assert (first.of(paced, 50), first.of(Cursor(B), 50), first.wait) == (4, 50, 0.0)

    first.used(A, 1)
    await first.give_back()
    again = await allow(buckets, Policy(), [paced], 50)
    assert again.of(paced, 50) == 3

    none = await allow(buckets, Policy(), [paced], 50)
    assert none.of(paced, 50) == 0
    assert none.wait == pytest.approx(0.01)


async def test_a_campaign_nobody_asked_for_yet_waits_for_its_turn() -> None:
    nothing = await allow(LocalBuckets(), Policy(), [], 50)
    assert nothing.of(Cursor(A, pace=1.0), 50) == 0
