"""A company whose number is linked to the stand-in for WhatsApp, with everything the worker runs for it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from embedded_server.simulator.whatsapp.people import Companion, Person
from embedded_server.simulator.whatsapp.server import WhatsAppServer
from engine import clock, linked
from engine.context import Engine
from engine.db import pools
from engine.intake import Processor, Writer
from engine.linked import Budget
from engine.models import LinkedSession
from engine.providers.linked.client import LinkedSender
from engine.providers.linked.link import Start
from engine.providers.linked.protocol import EngineName
from engine.providers.linked.switchboard import Switchboard
from tests.conformance.stage import baileys, whatsmeow
from tests.fakes.poll import until


@dataclass
class LinkedStage:
    engine: Engine
    company_id: UUID
    server: WhatsAppServer
    switchboard: Switchboard
    keeper: linked.Keeper = field(init=False)
    person: Person = field(init=False)
    device: Companion = field(init=False)
    session_id: UUID = field(init=False)
    name: EngineName = EngineName.WHATSMEOW

    @property
    def folder(self) -> Path:
        """Where the host's files are."""
        return self.engine.settings.linked_dir / str(self.session_id)

    async def session(self) -> LinkedSession:
        async with self.engine.unit_of_work(self.company_id) as uow:
            return await linked.find(uow, self.session_id)

    async def code(self) -> str | None:
        async with self.engine.unit_of_work(self.company_id) as uow:
            return await linked.code_of(self.engine, uow, await linked.find(uow, self.session_id))

    async def state(self, *states: str, seconds: float = 30) -> LinkedSession:
        """The session as soon as it stands in one of these states."""
        async with asyncio.timeout(seconds):
            while (session := await self.session()).state not in states:
                await asyncio.sleep(0.05)
        return session

    async def begin(self, person: Person | None = None, phone: str | None = None) -> None:
        self.person = person or self.server.someone("Loja Ipê")
        async with self.engine.unit_of_work(self.company_id) as uow:
            self.session_id = (await linked.begin(self.engine, uow, name=self.name, phone=phone)).id
        self.keeper.nudge()

    async def link(self, person: Person | None = None) -> UUID:
        """The number is linked by QR; its channel."""
        await self.begin(person)
        async with asyncio.timeout(30):
            while (code := await self.code()) is None:
                await asyncio.sleep(0.05)
        self.device = await self.server.scan(code, self.person)
        session = await self.state("open")
        await until(lambda: self.device.is_settled)
        assert session.channel_id is not None
        await self.hurry()
        return session.channel_id

    async def hurry(self) -> None:
        """No test waits for the pace of a person."""
        async with self.engine.unit_of_work(self.company_id) as uow:
            await uow.session.execute(text("UPDATE channel SET rate = 200"))

    async def age(self, days: int) -> None:
        """The number was linked so long ago that it may write to more new people a day."""
        async with self.engine.unit_of_work(self.company_id) as uow:
            linked_at = clock.now() - timedelta(days=days)
            await uow.session.execute(text("UPDATE linked_session SET opened_at = :at"), {"at": linked_at})

    def kill_host(self) -> bool:
        """The host dies as in a crash; False when there is none just now."""
        lines = list(self.switchboard.lines())
        for line in lines:
            if line.link.pid is not None and not line.link.is_over:
                os.kill(line.link.pid, signal.SIGKILL)
        return bool(lines)


@asynccontextmanager
async def linked_stage(
    engine: Engine, company_id: UUID, server: WhatsAppServer
) -> AsyncIterator[LinkedStage]:
    switchboard = Switchboard()
    engine = replace(engine, senders={"linked": LinkedSender(switchboard)})
    stage = LinkedStage(engine, company_id, server, switchboard)
    writer = Writer(partial(pools.connect, engine.address, application="linked tests"), engine.keys)
    await writer.start()
    budget = Budget(falls=50, longest_wait=0.5)
    tools = linked.Tools(engine, writer.store, switchboard, _launch(server), budget=budget)
    stage.keeper, stop = linked.Keeper(tools), asyncio.Event()
    running = [
        asyncio.create_task(stage.keeper.run(stop)),
        asyncio.create_task(Processor(engine).run(stop)),
    ]
    try:
        yield stage
    finally:
        stop.set()
        await asyncio.gather(*running)
        await writer.close()


def _launch(server: WhatsAppServer) -> linked.Launch:
    async def launch(session: LinkedSession) -> Start:
        return await (baileys if session.engine == EngineName.BAILEYS else whatsmeow)(server.environment)

    return launch
