"""A number linked to the stand-in, held by the engine: its life in the database, its inbox, its campaigns."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from embedded_server.simulator.whatsapp.server import WhatsAppServer
from engine import campaigns, channels, linked
from engine.cache.buckets import LocalBuckets
from engine.dispatch import Dispatcher
from engine.models import ChannelState, Provider
from engine.providers.linked.protocol import EngineName
from tests.fakes import world
from tests.fakes.inbound import one, rows
from tests.fakes.linked_stage import LinkedStage, linked_stage
from tests.fakes.stage import QUICK

#: Here the vendor's trouble is ours, and over as soon as the host is back.
HARDENED = replace(QUICK, breaker_seconds=0.2, patience=timedelta(seconds=25))
KILLS = 3
PEOPLE = 60


@pytest.fixture
async def stage(own_engine, make_company, tmp_path: Path) -> AsyncIterator[LinkedStage]:
    async with (
        WhatsAppServer(tmp_path) as server,
        linked_stage(own_engine, await make_company(own_engine), server) as stage,
    ):
        yield stage


async def test_a_scanned_code_makes_a_channel_that_is_open(stage: LinkedStage) -> None:
    channel_id = await stage.link()

    async with stage.engine.unit_of_work(stage.company_id) as uow:
        channel = await channels.find(uow, channel_id)
    assert (channel.provider, channel.sender) == (Provider.LINKED, f"+{stage.person.number}")
    assert channel.state is ChannelState.ACTIVE
    assert await stage.code() is None


async def test_a_code_nobody_scans_can_be_given_up(stage: LinkedStage) -> None:
    await stage.begin()
    await stage.state("waiting")

    async with stage.engine.unit_of_work(stage.company_id) as uow:
        await linked.cancel(uow, stage.session_id)
    stage.keeper.nudge(stage.session_id)

    assert (await stage.state("expired")).ended_at is not None


async def test_what_customers_write_is_in_the_inbox_once(stage: LinkedStage) -> None:
    await stage.link()
    ana = stage.server.someone()

    for words in ("Bom dia", "Tem bolo?"):
        await ana.phone.say(stage.person, words)

    told = "SELECT text FROM message WHERE direction = 'inbound' ORDER BY created_at"
    async with asyncio.timeout(20):
        while len(found := await rows(stage.engine, stage.company_id, told)) < 2:
            await asyncio.sleep(0.05)
    assert [row.text for row in found] == ["Bom dia", "Tem bolo?"]


async def test_linking_again_keeps_the_channel_and_lets_the_old_link_go(stage: LinkedStage) -> None:
    first = await stage.link()
    old, old_device = stage.session_id, stage.device

    second = await stage.link(stage.person)

    assert second == first
    gone = "SELECT ended_at IS NOT NULL AS is_over FROM linked_session WHERE id = :id"
    async with asyncio.timeout(20):
        while not await one(stage.engine, stage.company_id, gone, id=old):
            await asyncio.sleep(0.05)
    assert old_device not in stage.person.companions.values()


@pytest.mark.parametrize(
    ("refusal", "state", "reason"),
    [
        ({"reason": 405}, "outdated", "linked_outdated"),
        ({"reason": 402, "code": 101, "expire": 3600}, "banned", "linked_banned"),
        ({"reason": 403}, "logged_out", "linked_logged_out"),
    ],
)
async def test_se_02_an_ending_stops_the_channel_and_says_why(
    stage: LinkedStage, refusal: dict[str, object], state: str, reason: str
) -> None:
    channel_id = await stage.link()
    stage.device.refusal = refusal

    stage.server.cut(stage.device)

    session = await stage.state(state)
    assert (session.ended_at is not None) == (state == "logged_out")
    async with stage.engine.unit_of_work(stage.company_id) as uow:
        channel = await channels.find(uow, channel_id)
    assert (channel.state, channel.stop_reason) == (ChannelState.STOPPED, reason)


async def test_se_02_a_number_taken_elsewhere_is_held_again_when_a_person_says_so(stage: LinkedStage) -> None:
    channel_id = await stage.link()
    await stage.server.end(stage.device, None, "replaced")
    await stage.state("replaced")

    async with stage.engine.unit_of_work(stage.company_id) as uow:
        await linked.resume(uow, stage.session_id)
    stage.keeper.nudge(stage.session_id)

    await stage.state("open")
    async with stage.engine.unit_of_work(stage.company_id) as uow:
        assert (await channels.find(uow, channel_id)).state is ChannelState.ACTIVE


@pytest.mark.parametrize("name", EngineName)
async def test_a_number_is_logged_out_at_whatsapp_too(stage: LinkedStage, name: EngineName) -> None:
    """And nothing that could take its place is left here."""
    stage.name = name
    await stage.link()

    async with stage.engine.unit_of_work(stage.company_id) as uow:
        await linked.log_out(uow, stage.session_id)
    stage.keeper.nudge(stage.session_id)

    assert (await stage.state("logged_out")).ended_at is not None
    async with asyncio.timeout(10):
        while stage.person.companions or stage.folder.exists():
            await asyncio.sleep(0.05)
        kept = "SELECT count(*) FROM linked_record"
        while await one(stage.engine, stage.company_id, kept):
            await asyncio.sleep(0.05)


async def test_a_disabled_channel_lets_its_number_go_until_it_is_resumed(stage: LinkedStage) -> None:
    channel_id = await stage.link()

    async with stage.engine.unit_of_work(stage.company_id) as uow:
        await channels.disable(uow, channel_id)
    stage.keeper.nudge(stage.session_id)

    session = await stage.state("failed")
    assert (session.detail, session.ended_at) == ({"code": "disabled"}, None)
    async with asyncio.timeout(10):
        while list(stage.switchboard.lines()):
            await asyncio.sleep(0.05)
    assert stage.device in stage.person.companions.values()
    async with stage.engine.unit_of_work(stage.company_id) as uow:
        await channels.resume(uow, channel_id)
    stage.keeper.nudge(stage.session_id)
    await stage.state("open")


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", EngineName)
async def test_cr_17_a_campaign_whose_host_dies_again_and_again_reaches_everybody_once(
    stage: LinkedStage, name: EngineName
) -> None:
    """One engine repeats a send in doubt under its own id; the other leaves it to a person."""
    stage.name = name
    channel_id = await stage.link()
    await stage.age(days=30)
    people = [stage.server.someone(f"Cliente {n}") for n in range(PEOPLE)]
    await world.make_contacts(stage.engine, stage.company_id, [f"+{who.number}" for who in people])
    campaign_id = await world.make_campaign(stage.engine, stage.company_id, channel_id)
    stop = asyncio.Event()
    dispatching = asyncio.create_task(Dispatcher(stage.engine, LocalBuckets(), HARDENED).run(stop))
    async with stage.engine.unit_of_work(stage.company_id) as uow:
        await campaigns.start(uow, campaign_id)

    await _kill_now_and_then(stage)
    ledger = await _completed(stage, campaign_id)
    stop.set()
    await dispatching

    shown = Counter({who.number: len(stage.server.ledger.texts(who)) for who in people})
    assert max(shown.values()) == 1
    unseen = [number for number, times in shown.items() if not times]
    assert len(unseen) <= (ledger.unconfirmed if name is EngineName.WHATSMEOW else 0)
    assert ledger.accepted + ledger.unconfirmed == PEOPLE


async def _kill_now_and_then(stage: LinkedStage) -> None:
    """Each time after a tenth of the campaign has come further."""
    for kill in range(1, KILLS + 1):
        async with asyncio.timeout(60):
            while len(stage.server.ledger.accepted) < kill * PEOPLE // (KILLS + 2):
                await asyncio.sleep(0.01)
            while not stage.kill_host():
                await asyncio.sleep(0.05)


async def _completed(stage: LinkedStage, campaign_id) -> campaigns.Ledger:
    async with asyncio.timeout(120):
        while True:
            async with stage.engine.unit_of_work(stage.company_id) as uow:
                campaign = await campaigns.get(uow, campaign_id)
                if campaign.state.value == "completed":
                    return await campaigns.ledger(uow, campaign_id)
            await asyncio.sleep(0.2)
