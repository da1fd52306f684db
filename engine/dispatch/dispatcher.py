"""Holds the duty of sending and keeps a lane open on every number with something due."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from engine import channels
from engine.cache.buckets import Buckets
from engine.context import Engine
from engine.db.trouble import TROUBLE
from engine.delivery import doubt_orphans
from engine.dispatch import queries
from engine.dispatch.bookkeeping import Bookkeeper
from engine.dispatch.filing import Filer
from engine.dispatch.lane import Lane, Number
from engine.dispatch.policy import Policy
from engine.dispatch.reconcile import Reconciler
from engine.dispatch.work import Sources
from engine.models import ChannelState
from engine.queue import lease as leases
from engine.queue.lease import Lease

logger = logging.getLogger(__name__)

DUTY = "dispatch"
#: A renewal may take this long to arrive before the lease counts as lost here.
SAFETY_SECONDS = 1


@dataclass(slots=True)
class Dispatcher:
    """Of all workers on one database only the holder of the lease sends; the others stand by.

    ``standby`` tells which of the two this one is.
    """

    engine: Engine
    buckets: Buckets
    policy: Policy = field(default_factory=Policy)
    lease: Lease | None = None
    standby: bool = False
    _held_until: float = 0.0
    _lanes: dict[UUID, tuple[Lane, asyncio.Task[None]]] = field(default_factory=dict)
    _nudge: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``: take the duty, send, hand it back with everything written down."""
        while not stop.is_set():
            try:
                lease = await self._take()
                if lease is not None:
                    await self._serve(lease, stop)
            except TROUBLE:
                logger.warning("The database does not answer; sending waits")
            await self._wait(stop)

    def nudge(self, channel_id: UUID | None = None) -> None:
        """A doorbell rang: look at once instead of at the next sweep."""
        if channel_id is not None and channel_id in self._lanes:
            self._lanes[channel_id][0].wake()
        self._nudge.set()

    def holding(self) -> Lease | None:
        """The lease, as long as its last renewal can still be in force."""
        return self.lease if time.monotonic() < self._held_until else None

    async def _take(self) -> Lease | None:
        asked = time.monotonic()
        async with self.engine.machine_work() as uow:
            taken = await leases.take(uow.session, DUTY, leases.me())
        self.lease, self.standby = taken, taken is None
        if taken is not None:
            logger.info("Sending from this process, epoch %d", taken.epoch)
            self._held_until = asked + leases.TTL_SECONDS - SAFETY_SECONDS
            await self._recover(taken)
        return taken

    async def _recover(self, lease: Lease) -> None:
        """Whatever an older epoch had under way is in doubt from here on (rule R of reliability 2.4)."""
        async with self.engine.machine_work() as uow:
            found = await queries.companies_in_doubt(uow.session, lease.epoch)
        for company_id in {row.company_id for row in found if row.state == "dispatching"}:
            async with self.engine.unit_of_work(company_id) as uow:
                doubtful = await doubt_orphans(uow, lease.epoch)
            logger.info("%d sends of company %s are in doubt after a restart", doubtful, company_id)

    async def _serve(self, lease: Lease, stop: asyncio.Event) -> None:
        """Everything the holder does, until ``stop`` or the loss of the lease.

        Renewal is a task of its own: a slow launch must not cost the duty.
        """
        keeper = Bookkeeper(self.engine, self.nudge)
        duties = [
            asyncio.create_task(self._repeat(self._renew, leases.RENEW_SECONDS)),
            asyncio.create_task(self._repeat(keeper.launch_due, self.policy.sweep_seconds)),
            asyncio.create_task(self._repeat(keeper.settle_campaigns, self.policy.sweep_seconds)),
            asyncio.create_task(self._repeat(Filer(self.engine).sweep, self.policy.sweep_seconds)),
            asyncio.create_task(Reconciler(self.engine, self.policy, self.holding).run(lease)),
        ]
        try:
            while not stop.is_set() and self.holding() is not None:
                with suppress(*TROUBLE):
                    await self._open_lanes()
                await self._wait(stop)
        finally:
            await self._close_lanes()
            for duty in duties:
                duty.cancel()
            await asyncio.gather(*duties, return_exceptions=True)
            await self._hand_back(lease)

    async def _repeat(self, duty: Callable[[], Coroutine[Any, Any, None]], seconds: float) -> None:
        while True:
            try:
                await duty()
            except TROUBLE:
                logger.info("%s waits for the database", duty.__name__)
            except Exception:
                # One campaign's fault must not stop the renewal or the others' sending.
                logger.exception("%s failed and is tried again", duty.__name__)
            await asyncio.sleep(seconds)

    async def _renew(self) -> None:
        lease = self.lease
        if lease is None:
            return
        asked = time.monotonic()
        async with self.engine.machine_work() as uow:
            renewed = await leases.renew(uow.session, lease)
        if renewed:
            self._held_until = asked + leases.TTL_SECONDS - SAFETY_SECONDS
        else:
            logger.warning("Another process took over the sending")
            self.lease, self._held_until = None, 0.0

    async def _open_lanes(self) -> None:
        for channel_id in [id_ for id_, (_, task) in self._lanes.items() if task.done()]:
            self._lanes.pop(channel_id)
        async with self.engine.machine_work() as uow:
            due = await queries.due_lanes(uow.session)
        for row in due:
            if row.channel_id in self._lanes:
                self._lanes[row.channel_id][0].wake()
            else:
                await self._open_lane(row.company_id, row.channel_id)

    async def _open_lane(self, company_id: UUID, channel_id: UUID) -> None:
        async with self.engine.unit_of_work(company_id) as uow:
            channel = await channels.find(uow, channel_id)
        sender = self.engine.senders.get(channel.provider.value)
        if channel.state is not ChannelState.ACTIVE or sender is None:
            return
        account = await channels.account_of(self.engine, channel)
        number = Number(company_id, channel_id, channel.rate, account, sender)
        sources = Sources(company_id, channel_id, channel.kind)
        lane = Lane(self.engine, number, self.holding, self.buckets, self.policy, sources)
        self._lanes[channel_id] = (lane, asyncio.create_task(lane.run(), name=f"lane:{channel_id}"))

    async def _close_lanes(self) -> None:
        for lane, _ in self._lanes.values():
            lane.stop()
        await asyncio.gather(*(task for _, task in self._lanes.values()), return_exceptions=True)
        self._lanes.clear()

    async def _hand_back(self, lease: Lease) -> None:
        self.lease, self._held_until = None, 0.0
        try:
            async with self.engine.machine_work() as uow:
                await leases.release(uow.session, lease)
        except TROUBLE:
            logger.info("The lease runs out by itself; the database is gone")

    async def _wait(self, stop: asyncio.Event) -> None:
        """Until the next sweep, a nudge, or the end."""
        waits = [asyncio.create_task(self._nudge.wait()), asyncio.create_task(stop.wait())]
        await asyncio.wait(waits, timeout=self.policy.sweep_seconds, return_when=asyncio.FIRST_COMPLETED)
        self._nudge.clear()
        for wait in waits:
            wait.cancel()
