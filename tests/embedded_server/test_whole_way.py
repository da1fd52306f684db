"""Out through the lanes, back through signed webhooks: the main job in one process, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import aiohttp
import pytest
from sqlalchemy import func, select

from embedded_server.public import PublicListener
from embedded_server.simulator import SimulatorConfig, serving
from engine import campaigns
from engine.context import Engine
from engine.intake import Processor
from engine.models import OptOut, Provider
from tests.chaos.processes import free_ports
from tests.conftest import MakeCompany
from tests.fakes import world
from tests.fakes.simulated import QUICK
from tests.fakes.stage import Stage, with_senders


@pytest.fixture
async def stage(own_engine: Engine, make_company: MakeCompany) -> AsyncIterator[Stage]:
    """Everything but the processes: public listener, processor and dispatcher share this loop."""
    port = free_ports(1)[0]
    settings = own_engine.settings.model_copy(update={"public_port": port, "simulator": True})
    hooks = f"http://127.0.0.1:{port}/hooks"
    config = SimulatorConfig(f"{hooks}/meta", f"{hooks}/twilio", behavior=QUICK)
    async with serving(config) as simulator, aiohttp.ClientSession() as http:
        engine = with_senders(replace(own_engine, settings=settings), simulator)
        stage = Stage(engine, await make_company(engine), simulator, http)
        public, stop = PublicListener(engine), asyncio.Event()
        await public.start("127.0.0.1", port)
        processing = asyncio.create_task(Processor(engine).run(stop))
        yield stage
        stop.set()
        await processing
        await public.stop()
        await engine.close()


@pytest.mark.parametrize("provider", [Provider.META, Provider.TWILIO])
async def test_statuses_come_back_to_the_people_they_are_about(stage: Stage, provider: Provider) -> None:
    await stage.behave(duplicate=0.3, reorder=0.3)
    await stage.number(provider)
    campaign = await stage.campaign(numbers := world.phones(60))

    async with stage.dispatching():
        await stage.until_state(campaign, "completed")
        await stage.until(lambda: _delivered(stage, campaign, 60))

    ledger = await stage.ledger(campaign)
    assert (ledger.accepted, ledger.uncertain, dict(ledger.failed)) == (60, 0, {})
    assert ledger.read == (60 if provider is Provider.META else 0)
    assert await stage.accepted() == dict.fromkeys(numbers, 1)


async def _delivered(stage: Stage, campaign: UUID, people: int) -> bool:
    ledger = await stage.ledger(campaign)
    reads = ledger.read if ledger.read else people
    return ledger.delivered == people and reads == people


@pytest.mark.parametrize("suffix", ["0006", "0007"])
async def test_cr_04_a_doubtful_send_that_was_taken_is_settled_by_its_status(
    stage: Stage, suffix: str
) -> None:
    await stage.number()
    campaign = await stage.campaign(numbers := world.phones(5, suffix=suffix))

    async with stage.dispatching():
        await stage.until_state(campaign, "completed")

    ledger = await stage.ledger(campaign)
    assert (ledger.accepted, ledger.uncertain, ledger.unconfirmed) == (5, 0, 0)
    assert await stage.accepted() == dict.fromkeys(numbers, 1)


async def test_a_failure_reported_later_reaches_its_recipient(stage: Stage) -> None:
    await stage.number()
    campaign = await stage.campaign(world.phones(3, suffix="0002") + world.phones(2, suffix="0003"))

    async def all_failed() -> bool:
        return sum((await stage.ledger(campaign)).failed.values()) == 5

    async with stage.dispatching():
        await stage.until(all_failed)

    assert dict((await stage.ledger(campaign)).failed) == {"131026": 3, "131049": 2}


async def test_cr_14_whoever_writes_sair_in_mid_run_is_not_written_to(stage: Stage) -> None:
    await stage.number(rate=25.0)
    numbers = world.phones(300)
    campaign = await stage.campaign(numbers)
    leaving = set(numbers[-200:])

    async with stage.dispatching(seconds=60):
        await asyncio.gather(*(_write(stage, number, "SAIR!") for number in leaving))
        await stage.until(lambda: _opted_out(stage, 200))
        written_at_stop = set(await stage.accepted())
        await stage.until_state(campaign, "completed")

    ledger = await stage.ledger(campaign)
    assert set(await stage.accepted()) & leaving <= written_at_stop
    assert ledger.skipped["opted_out"] >= 100
    assert ledger.skipped["opted_out"] + ledger.accepted == 300


async def _write(stage: Stage, number: str, text: str) -> None:
    body = {"provider": "meta", "from": number, "to": await stage.sender(), "text": text}
    async with stage.http.post(f"{stage.simulator}/simulator/inbound", json=body) as response:
        assert response.status == 201


async def _opted_out(stage: Stage, people: int) -> bool:
    async with stage.engine.unit_of_work(stage.company_id) as uow:
        asked = select(func.count(OptOut.contact_id.distinct()))
        return await uow.session.scalar(asked) == people


async def test_a_reply_finds_its_conversation_beside_the_campaign_message(stage: Stage) -> None:
    await stage.behave(reply=1.0)
    await stage.number()
    campaign = await stage.campaign(world.phones(5))

    async def replied() -> bool:
        return (await stage.ledger(campaign)).replied == 5

    async with stage.dispatching():
        await stage.until(replied)
        await stage.until_state(campaign, "completed")

    async with stage.engine.unit_of_work(stage.company_id) as uow:
        lines = await campaigns.lines(uow, campaign)
    assert {line.status for line in lines} <= {"delivered", "read"}
