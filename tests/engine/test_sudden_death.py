"""The engine dies by SIGKILL at exact points; whoever comes after it neither doubles nor loses anybody."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator

import aiohttp
import pytest

from embedded_server.simulator import Behavior, SimulatorConfig, serving
from engine import clock
from engine.campaigns.sending import follow_statuses
from engine.context import Engine
from engine.delivery import apply_statuses
from engine.models import Provider
from engine.providers.inbound import DeliveryStatus, StatusUpdate
from tests.conftest import MakeCompany
from tests.fakes import world
from tests.fakes.stage import Stage, with_senders

QUIET = SimulatorConfig(behavior=Behavior(webhooks=False, answer_after=0.01))


@pytest.fixture
async def stage(own_engine: Engine, make_company: MakeCompany) -> AsyncIterator[Stage]:
    async with serving(QUIET) as simulator, aiohttp.ClientSession() as http:
        engine = with_senders(own_engine, simulator)
        yield Stage(engine, await make_company(engine), simulator, http)
        await engine.close()


async def die(stage: Stage, vault_keys, point: str, count: int) -> None:
    """Run a worker that kills itself at that point, and see it die."""
    settings, address = stage.engine.settings, stage.engine.address
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    (settings.run_dir / "database.json").write_text(json.dumps({"owner": address.owner, "app": address.app}))
    if not settings.keys_dir.exists():
        settings.keys_dir.symlink_to(vault_keys)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.fakes.deadly_worker",
        point,
        str(count),
        env=os.environ
        | {
            "MASTERIA_DATA_DIR": str(settings.data_dir),
            "MASTERIA_SIMULATOR_PORT": str(settings.simulator_port),
        },
    )
    assert await asyncio.wait_for(process.wait(), 30) == -signal.SIGKILL


async def test_cr_03_killed_before_the_call_stays_in_doubt_at_meta(stage: Stage, vault_keys) -> None:
    await stage.number(rate=40.0)
    campaign = await stage.campaign(numbers := world.phones(10))
    await die(stage, vault_keys, "before", 3)
    taken = await stage.accepted()

    async with stage.dispatching():
        await stage.until_state(campaign, "completed")

    ledger = await stage.ledger(campaign)
    assert len(taken) == 2
    # The one before whose call it died is in doubt, and so may be those whose outcome was not written yet.
    assert 1 <= ledger.unconfirmed <= 3
    assert ledger.accepted + ledger.unconfirmed == 10
    assert await stage.accepted() == dict.fromkeys(numbers[:2] + numbers[3:], 1)


async def test_cr_03_killed_before_the_call_is_proved_absent_at_twilio(stage: Stage, vault_keys) -> None:
    await stage.number(Provider.TWILIO, rate=40.0)
    campaign = await stage.campaign(numbers := world.phones(10))
    await die(stage, vault_keys, "before", 3)

    async with stage.dispatching():
        await stage.until_state(campaign, "completed")

    assert (await stage.ledger(campaign)).accepted == 10
    assert await stage.accepted() == dict.fromkeys(numbers, 1)


async def test_cr_04_killed_after_acceptance_is_settled_by_the_status(stage: Stage, vault_keys) -> None:
    await stage.number(rate=40.0)
    campaign = await stage.campaign(numbers := world.phones(10))
    await die(stage, vault_keys, "after", 3)

    async with stage.dispatching():
        await stage.until(lambda: _only_doubts_left(stage, campaign))
        await _report_everything(stage)
        await stage.until_state(campaign, "completed")

    assert (await stage.ledger(campaign)).delivered == 10
    assert await stage.accepted() == dict.fromkeys(numbers, 1)


async def test_sc_07_killed_while_recipients_were_written_down_launches_once(
    stage: Stage, vault_keys, monkeypatch
) -> None:
    await stage.number()
    campaign = await stage.campaign(numbers := world.phones(2500))
    await die(stage, vault_keys, "launch", 1)
    before = await stage.ledger(campaign)

    async with stage.dispatching(seconds=50):
        await stage.until(lambda: _launched(stage, campaign))

    assert before.planned == 0
    assert (await stage.ledger(campaign)).planned == len(numbers)


async def _only_doubts_left(stage: Stage, campaign) -> bool:
    ledger = await stage.ledger(campaign)
    return ledger.pending == ledger.sending == 0


async def _launched(stage: Stage, campaign) -> bool:
    return (await stage.ledger(campaign)).planned > 0


async def _report_everything(stage: Stage) -> None:
    """What the vendor's webhooks would tell: everything it accepted was delivered."""
    async with stage.http.get(f"{stage.simulator}/simulator/ledger") as response:
        entries = (await response.json())["entries"]
    updates = [
        StatusUpdate(
            provider_message_id=entry["id"],
            token=entry["token"],
            status=DeliveryStatus.DELIVERED,
            occurred_at=clock.now(),
        )
        for entry in entries
    ]
    async with stage.engine.unit_of_work(stage.company_id) as uow:
        await follow_statuses(uow, await apply_statuses(uow, stage.channel_id, updates))
