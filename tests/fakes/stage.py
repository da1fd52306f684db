"""A company with a number, a dispatcher in this process, and the simulator as its vendor over real HTTP."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import aiohttp

from engine import campaigns, channels
from engine.cache.buckets import LocalBuckets
from engine.campaigns import Ledger
from engine.context import Engine
from engine.dispatch import Dispatcher, Policy
from engine.models import Provider
from engine.providers.meta.client import MetaSender
from engine.providers.transport import Limits, open_transport
from engine.providers.twilio.client import TwilioSender
from tests.fakes import world

#: Doubts resolve within a test's patience.
QUICK = Policy(
    lookup_gap=timedelta(seconds=0.2),
    patience=timedelta(seconds=0.5),
    idle_seconds=0.3,
    sweep_seconds=0.1,
    reconcile_seconds=0.1,
)


@dataclass
class Stage:
    engine: Engine
    company_id: UUID
    simulator: str
    http: aiohttp.ClientSession
    policy: Policy = QUICK
    channel_id: UUID = field(init=False)

    async def number(self, provider: Provider = Provider.META, **values: Any) -> UUID:
        self.channel_id = await world.make_channel(self.engine, self.company_id, provider=provider, **values)
        return self.channel_id

    async def sender(self) -> str:
        """The vendor's id of our number."""
        async with self.engine.unit_of_work(self.company_id) as uow:
            return (await channels.find(uow, self.channel_id)).sender

    async def campaign(self, numbers: list[str], **values: Any) -> UUID:
        """A started campaign to these people."""
        await world.make_contacts(self.engine, self.company_id, numbers)
        campaign_id = await world.make_campaign(self.engine, self.company_id, self.channel_id, **values)
        async with self.engine.unit_of_work(self.company_id) as uow:
            await campaigns.start(uow, campaign_id)
        return campaign_id

    async def ledger(self, campaign_id: UUID) -> Ledger:
        async with self.engine.unit_of_work(self.company_id) as uow:
            return await campaigns.ledger(uow, campaign_id)

    async def state(self, campaign_id: UUID) -> tuple[str, str | None]:
        async with self.engine.unit_of_work(self.company_id) as uow:
            campaign = await campaigns.get(uow, campaign_id)
            return campaign.state.value, campaign.stop_reason

    @asynccontextmanager
    async def dispatching(self, *, seconds: float = 30.0) -> AsyncIterator[Dispatcher]:
        """A dispatcher works while the block runs."""
        stop = asyncio.Event()
        dispatcher = Dispatcher(self.engine, LocalBuckets(), self.policy)
        task = asyncio.create_task(dispatcher.run(stop))
        try:
            async with asyncio.timeout(seconds):
                yield dispatcher
        finally:
            stop.set()
            await task

    async def until(self, condition: Callable[[], Awaitable[bool]], seconds: float = 20.0) -> None:
        async with asyncio.timeout(seconds):
            while not await condition():
                await asyncio.sleep(0.05)

    async def until_state(self, campaign_id: UUID, *states: str) -> None:
        async def reached() -> bool:
            return (await self.state(campaign_id))[0] in states

        await self.until(reached)

    async def accepted(self) -> Counter[str]:
        """How often the vendor truly accepted a message to each number."""
        async with self.http.get(f"{self.simulator}/simulator/ledger?limit=100000") as response:
            return Counter(entry["to"] for entry in (await response.json())["entries"])

    async def behave(self, **values: Any) -> None:
        async with self.http.post(f"{self.simulator}/simulator/config", json=values) as response:
            assert response.status == 200, await response.text()


def with_senders(engine: Engine, simulator: str, *, patience: float = 5.0) -> Engine:
    """The same engine with real outgoing lanes that reach the simulator."""
    transport = open_transport(Limits(total=patience, connect=2.0))
    settings = engine.settings.model_copy(update={"simulator_port": int(simulator.rpartition(":")[2])})
    senders = {"meta": MetaSender(transport), "twilio": TwilioSender(transport)}
    return replace(engine, settings=settings, senders=senders, transport=transport)
