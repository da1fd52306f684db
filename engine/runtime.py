"""Builds the engine of one process: pool, vault, doorbell, outgoing lanes, and who rings whom."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections.abc import Coroutine
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import text

from engine.context import Engine
from engine.db import pools
from engine.db.address import DatabaseAddress, locate
from engine.db.unit_of_work import UnitOfWork
from engine.events import EventBus, ImportDue, LaneDue, LaunchDue
from engine.linked import SessionDue
from engine.providers.linked.client import LinkedSender
from engine.providers.linked.switchboard import Switchboard
from engine.providers.meta.client import MetaSender
from engine.providers.port import Sender
from engine.providers.transport import Transport, open_transport
from engine.providers.twilio.client import TwilioSender
from engine.queue.doorbell import Doorbell, build_huey
from engine.settings import Settings
from engine.vault import Vault, VaultLocked

logger = logging.getLogger(__name__)
T = TypeVar("T")

#: How long a process waits for another one of the same appliance to make the vault.
VAULT_PATIENCE = 30.0


class Part(StrEnum):
    """Which process of the appliance this is. Only the worker sends."""

    SERVER = "server"
    WORKER = "worker"
    COMMAND = "command"


class Ring(StrEnum):
    """What a doorbell message asks the worker to look at."""

    LAUNCH = "launch"
    LANE = "lane"
    IMPORT = "import"
    LINKED = "linked"


async def open_engine(settings: Settings, part: Part) -> Engine:
    """Open everything ``part`` needs. The caller closes it.

    Raises:
        DatabaseNotReady: the embedded server has left no address.
        VaultLocked: the vault stays locked; nothing is regenerated.
    """
    address = locate(settings)
    pool = pools.open_pool(
        address,
        size=12 if part is Part.SERVER else 8,
        application=f"master-ia {part}",
        # The worker's loops go on after a lost connection anyway, and ask for one seventy times a second.
        ping=part is not Part.WORKER,
    )
    sessions = pools.sessions_of(pool)
    bus = EventBus()
    vault = await _open_vault(settings, UnitOfWork(sessions, bus))
    transport = open_transport() if part is Part.WORKER else None
    engine = Engine(
        settings,
        address,
        pool,
        sessions,
        bus,
        vault,
        _doorbell(settings, address),
        senders=_senders(transport) if transport is not None else {},
        transport=transport,
    )
    _ring_on_events(engine)
    return engine


def run_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run a process's main coroutine, on uvloop where there is one.

    What was loaded until now lives as long as the process, and what comes and goes by the thousand hardly
    ever forms a cycle: the collector looks at the first never again and at the second more rarely.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    if sys.platform == "win32":
        return asyncio.run(work)
    import uvloop  # noqa: PLC0415 - has no Windows build

    return uvloop.run(work)


def _senders(transport: Transport) -> dict[str, Sender]:
    return {
        "meta": MetaSender(transport),
        "twilio": TwilioSender(transport),
        "linked": LinkedSender(Switchboard()),
    }


def _doorbell(settings: Settings, address: DatabaseAddress) -> Doorbell:
    return Doorbell(build_huey(address, settings.redis_url))


def _ring_on_events(engine: Engine) -> None:
    async def on_launch(event: LaunchDue) -> None:
        await engine.doorbell.ring(Ring.LAUNCH, str(event.company_id), str(event.campaign_id))

    async def on_lane(event: LaneDue) -> None:
        await engine.doorbell.ring(Ring.LANE, str(event.company_id), str(event.channel_id))

    async def on_import(event: ImportDue) -> None:
        await engine.doorbell.ring(Ring.IMPORT, str(event.company_id), str(event.job_id))

    async def on_session(event: SessionDue) -> None:
        await engine.doorbell.ring(Ring.LINKED, str(event.company_id), str(event.session_id))

    engine.bus.subscribe(SessionDue, on_session)
    engine.bus.subscribe(LaunchDue, on_launch)
    engine.bus.subscribe(LaneDue, on_lane)
    engine.bus.subscribe(ImportDue, on_import)


async def _open_vault(settings: Settings, machine_work: UnitOfWork) -> Vault:
    """Only an appliance without companies may make a vault: with companies, a lost one must stay lost."""
    async with machine_work as uow:
        founded = await uow.session.scalar(text("SELECT EXISTS (SELECT FROM all_companies())"))
    opening = Vault.open if founded else Vault.open_or_create
    deadline = asyncio.get_running_loop().time() + VAULT_PATIENCE
    vault = await asyncio.to_thread(opening, settings.keys_dir, use_keyring=settings.keyring)
    while vault.locked is not None:
        if asyncio.get_running_loop().time() > deadline:
            raise VaultLocked(vault.locked)
        await asyncio.sleep(0.2)
        await asyncio.to_thread(vault.refresh)
    return vault
