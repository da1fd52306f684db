"""ST-02: the database stops without warning, or freezes; nobody is doubled and nobody is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import text

from embedded_server.simulator import Behavior, SimulatorConfig, serving
from engine.appliance.postgres import embedded_postgres
from engine.db import migrate
from engine.db.address import DatabaseAddress
from engine.settings import Settings
from engine.vault import Vault
from tests.conftest import MakeCompany, open_engine
from tests.fakes import world
from tests.fakes.stage import Stage, with_senders

QUIET = SimulatorConfig(behavior=Behavior(webhooks=False, answer_after=0.01))


@pytest.fixture
async def stage(settings: Settings, vault: Vault, make_company: MakeCompany):
    """A stage on a server of its own, which the test may stop."""
    with (
        tempfile.TemporaryDirectory(prefix="master-ia-tests-") as folder,
        embedded_postgres(Path(folder)) as server,
    ):
        await asyncio.to_thread(migrate.upgrade, server.owner_dsn)
        address = DatabaseAddress(owner=server.owner_dsn, app=server.app_dsn)
        async with staged(settings, address, vault, make_company) as stage:
            yield stage, server


@asynccontextmanager
async def staged(settings, address, vault, make_company) -> AsyncIterator[Stage]:
    async with serving(QUIET) as simulator, aiohttp.ClientSession() as http:
        engine = with_senders(open_engine(settings, address, vault), simulator)
        yield Stage(engine, await make_company(engine), simulator, http)
        await engine.close()


@pytest.mark.timeout(120)
async def test_st_02_twenty_restarts_under_load_double_and_lose_nobody(stage) -> None:
    stage, server = stage
    await stage.number(rate=60.0)
    campaign = await stage.campaign(numbers := world.phones(600))

    async with stage.dispatching(seconds=110):
        for _ in range(20):
            before = sum((await stage.accepted()).values())
            server.stop("immediate")
            server.start()
            await stage.until(lambda before=before: _more(stage, before, campaign), seconds=15)
        await stage.until_state(campaign, "completed")

    taken, ledger = await stage.accepted(), await stage.ledger(campaign)
    assert max(taken.values()) == 1
    assert set(taken) <= set(numbers)
    assert ledger.accepted + ledger.unconfirmed == 600
    assert ledger.accepted <= len(taken) <= ledger.accepted + ledger.unconfirmed


@pytest.mark.timeout(90)
async def test_st_02_a_frozen_database_is_waited_for(stage) -> None:
    stage, server = stage
    await stage.number(rate=60.0)
    campaign = await stage.campaign(numbers := world.phones(200))
    async with stage.engine.machine_work() as uow:
        pids = [row.pid for row in await uow.session.execute(text("SELECT pid FROM pg_stat_activity"))]

    async with stage.dispatching(seconds=80):
        await stage.until(lambda: _more(stage, 20, campaign))
        _signal([*pids, server.pid], signal.SIGSTOP)
        await asyncio.sleep(5)
        _signal([*pids, server.pid], signal.SIGCONT)
        await stage.until_state(campaign, "completed")

    taken, ledger = await stage.accepted(), await stage.ledger(campaign)
    assert max(taken.values()) == 1
    assert ledger.accepted + ledger.unconfirmed == len(numbers)


def _signal(pids: list[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


async def _more(stage: Stage, before: int, campaign) -> bool:
    if sum((await stage.accepted()).values()) > before:
        return True
    try:
        return (await stage.state(campaign))[0] == "completed"
    except Exception:
        return False
