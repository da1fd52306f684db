"""One number's outgoing lane: claim, send, write down, at the number's pace."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from engine.cache.buckets import Buckets
from engine.campaigns import sending
from engine.context import Engine
from engine.db.trouble import TROUBLE
from engine.delivery import Parcel, Settled, in_flight_window
from engine.dispatch import work
from engine.dispatch.pacing import Allowance, allow
from engine.dispatch.policy import Breaker, Policy
from engine.providers.port import Account, Outcome, Sender, SendResult
from engine.queue.lease import Lease

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Number:
    """What a lane knows about its channel; read anew by the dispatcher when the channel changes."""

    company_id: UUID
    channel_id: UUID
    rate: float
    account: Account
    sender: Sender


@dataclass(slots=True)
class Lane:
    """Runs until there is nothing left to send, the lease is lost, or it is stopped.

    ``lease`` answers with the lease that holds now, or None: the claim checks it again in the database, so a
    process that was frozen cannot write an intent after a take-over.
    """

    engine: Engine
    number: Number
    lease: Callable[[], Lease | None]
    buckets: Buckets
    policy: Policy
    sources: work.Sources
    stopping: bool = False
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)
    #: Sends whose outcome is not written yet; a crash leaves at most this many in doubt.
    _open: int = 0
    _done: list[Settled] = field(default_factory=list)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _finished: asyncio.Event = field(default_factory=asyncio.Event)
    #: From claim to written outcome, smoothed: what Little's law asks for.
    _cycle: float = 0.2
    _begun: dict[UUID, float] = field(default_factory=dict)
    _claimed_at: float = 0.0
    _breaker: Breaker = field(default_factory=Breaker)

    def __post_init__(self) -> None:
        self._breaker.hold = self.policy.breaker_seconds

    def wake(self) -> None:
        """Something may be due: a message, a resumed campaign, somebody who was put back."""
        self.sources.rewind_exhausted()
        self._wake.set()

    def stop(self) -> None:
        self.stopping = True
        self._wake.set()

    async def run(self) -> None:
        writer = asyncio.create_task(self._write_results(), name=f"writer:{self.number.channel_id}")
        idle_since = time.monotonic()
        try:
            while not self.stopping and self.lease() is not None:
                if await self._step():
                    idle_since = time.monotonic()
                elif not self._open and time.monotonic() - idle_since > self.policy.idle_seconds:
                    break
        finally:
            await self._drain(writer)

    async def _step(self) -> bool:
        """One round: as many claims as pace and window allow. Returns whether anything was claimed."""
        if hold := self._breaker.wait(time.monotonic()):
            await self._pause(min(hold, 1.0))
            return True
        window = in_flight_window(self.number.rate, self._cycle)
        room = window - self._open
        # A claim costs the same for one row as for many, so it waits for half a window.
        if room < (window + 1) // 2:
            await self._wait_for_room()
            return True
        await self._gather_tokens()
        grant = await self._take(min(room, self.policy.claim_most))
        if grant.granted == 0:
            await self._pause(min(grant.wait, 1.0))
            return True
        parcels = await self._claim(grant.granted)
        if unused := grant.granted - len(parcels):
            await self.buckets.put_back(str(self.number.channel_id), unused)
        for parcel in parcels:
            self._dispatch(parcel)
        if not self.sources.met_somebody:
            await self._pause(min(self.sources.held or math.inf, self.policy.sweep_seconds))
        return self.sources.met_somebody or self.sources.held > 0

    async def _gather_tokens(self) -> None:
        """Let the bucket fill a little between two claims of a fast number."""
        span = self.policy.gather(self.number.rate)
        passed = time.monotonic() - self._claimed_at
        if passed < span and self.number.rate * span > 1:
            await asyncio.sleep(span - passed)
        self._claimed_at = time.monotonic()

    async def _take(self, want: int) -> work.Grant:
        rate = self.number.rate
        burst = max(1.0, rate * self.policy.catch_up(rate))
        return await self.buckets.take(str(self.number.channel_id), rate=rate, burst=burst, want=want)

    async def _allow(self, cursors: Iterable[sending.Cursor], limit: int) -> Allowance:
        return await allow(self.buckets, self.policy, cursors, limit)

    async def _claim(self, limit: int) -> list[Parcel]:
        lease = self.lease()
        if lease is None:
            return []
        try:
            return await self.sources.claim(self.engine, lease, limit, self._allow)
        except TROUBLE:
            logger.warning("Channel %s cannot claim: the database does not answer", self.number.channel_id)
            await self._pause(0.5)
            return []

    def _dispatch(self, parcel: Parcel) -> None:
        self._open += 1
        self._begun[parcel.attempt_id] = time.monotonic()
        task = asyncio.create_task(self._send(parcel))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _send(self, parcel: Parcel) -> None:
        try:
            result = await self.number.sender.send(self.number.account, parcel.outgoing())
        except Exception:
            # A provider keeps its promise never to raise; if it breaks it, the send is in doubt, not lost.
            logger.exception("Sending attempt %s broke", parcel.attempt_id)
            result = SendResult(Outcome.UNCERTAIN, reason="internal error while sending")
        self._breaker.note(result.outcome, time.monotonic())
        self._done.append(Settled(parcel, result))
        self._finished.set()

    async def _write_results(self) -> None:
        """Write outcomes in the order they come, many in one transaction, until told to stop and done."""
        while True:
            await self._finished.wait()
            await asyncio.sleep(self.policy.flush_seconds)
            self._finished.clear()
            batch, self._done = self._done, []
            if batch:
                await self._write(batch)
                self._close(batch)

    def _close(self, batch: list[Settled]) -> None:
        now = time.monotonic()
        spans = [now - self._begun.pop(settled.parcel.attempt_id, now) for settled in batch]
        self._cycle += (sum(spans) / len(spans) - self._cycle) * 0.2
        self._open -= len(batch)
        self._wake.set()

    async def _write(self, batch: list[Settled]) -> None:
        """Insist until the database has it: the same statement twice changes nothing the second time.

        A batch the database refuses is halved until the culprit is alone; that one stays as it is and is in
        doubt from the next epoch on.
        """
        wait = 0.1
        while True:
            try:
                await self.sources.settle(self.engine, batch)
            except TROUBLE:
                logger.warning("%d outcomes wait for the database", len(batch))
                await asyncio.sleep(wait)
                wait = min(wait * 2, 2.0)
            except Exception:
                logger.exception("%d outcomes cannot be written", len(batch))
                if len(batch) > 1:
                    await self._write(batch[: len(batch) // 2])
                    await self._write(batch[len(batch) // 2 :])
                return
            else:
                return

    async def _wait_for_room(self) -> None:
        self._wake.clear()
        await self._wake.wait()

    async def _pause(self, seconds: float) -> None:
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)

    async def _drain(self, writer: asyncio.Task[None]) -> None:
        """Let what is under way end and be written; a stop that cannot wait is answered by recovery."""
        while self._under_way or self._open:
            await self._pause(1.0)
        writer.cancel()
