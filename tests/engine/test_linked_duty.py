"""A number is one engine's duty: two never hold it at once, and whoever lost it lets go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from embedded_server.simulator.whatsapp.server import WhatsAppServer
from engine import linked
from engine.queue import lease as leases
from engine.queue.lease import Lease
from tests.fakes.linked_stage import LinkedStage, linked_stage
from tests.fakes.poll import until

ELSEWHERE = "elsewhere|1000|1|1.00"
_EXPIRE = text("UPDATE lease SET expires_at = '-infinity' WHERE name = :name")


@pytest.fixture
async def stage(own_engine, make_company, tmp_path: Path) -> AsyncIterator[LinkedStage]:
    async with (
        WhatsAppServer(tmp_path) as server,
        linked_stage(own_engine, await make_company(own_engine), server) as stage,
    ):
        yield stage


async def taken_elsewhere(stage: LinkedStage) -> Lease:
    """Another machine begins a new epoch, as it may when ours was asleep for too long."""
    name = f"linked:{stage.session_id}"
    async with stage.engine.machine_work() as uow:
        await uow.session.execute(_EXPIRE, {"name": name})
        lease = await leases.take(uow.session, name, ELSEWHERE)
    assert lease is not None
    return lease


async def test_cr_09_of_two_engines_one_holds_a_number_and_one_stands_by(stage: LinkedStage) -> None:
    await stage.link()
    connection, second = stage.device.connection, linked.Keeper(stage.keeper._tools)

    for _ in range(3):
        await second._sweep()

    assert second._holders == {}
    assert stage.device.connection is connection


async def test_se_01_a_number_that_another_engine_took_is_let_go_and_comes_back_when_it_is_free(
    stage: LinkedStage,
) -> None:
    await stage.link()

    other = await taken_elsewhere(stage)
    await until(lambda: stage.device.connection is None and not list(stage.switchboard.lines()))
    async with stage.engine.machine_work() as uow:
        await leases.release(uow.session, other)

    await until(lambda: stage.device.connection is not None)
    await stage.state("open")
    assert stage.server.ledger.repeats == []
