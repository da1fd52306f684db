"""The worker's reader of stored events: in order for each company, each exactly once, never stuck."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from engine import clock
from engine.context import Engine
from engine.db.unit_of_work import UnitOfWork
from engine.ids import new_id
from engine.intake import effects, facts, queries, rules
from engine.intake.circumstances import is_circumstance
from engine.intake.ear import Ear
from engine.models import Track
from engine.providers.inbound import InboundMessage

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Counts and seconds."""

    #: Most events of one company before the next one has its turn.
    turn: int = 500
    #: Most companies of one round.
    round: int = 100
    #: After a round that was not full, more are gathered for this long: fewer and larger batches.
    gather: float = 0.02
    #: Events nobody announced, such as those whose wait is over, are looked for this often.
    look: float = 1.0
    #: Pause after the database was lost, doubling up to the longest.
    pause: float = 0.25
    longest_pause: float = 5.0


@dataclass(slots=True)
class Counts:
    """What this process did since it started."""

    events: int = 0
    batches: int = 0
    retried: int = 0
    quarantined: int = 0


class Processor:
    """Turns events into their effects; the effect and "done" are one transaction.

    Any number of processors may run, for both tracks or for one: a track of a company belongs to whoever
    holds its lock for the length of a batch. An event that fails is separated from its batch by halving,
    tried again later and later, and at last put aside with a mark in its timeline. A lost database is
    nobody's fault and costs no event a try.
    """

    def __init__(
        self, engine: Engine, rhythm: Rhythm | None = None, tracks: Sequence[Track] = tuple(Track)
    ) -> None:
        self._engine, self._rhythm, self._tracks = engine, rhythm or Rhythm(), tracks
        self.counts = Counts()
        self._floor = queries.FIRST
        self._looked = 0.0
        #: Companies that had more than a turn's worth when we last looked.
        self._full: set[UUID] = set()
        self._sorts: dict[UUID, queries.Sort] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Process until ``stop``; a batch under way is finished first."""
        pause = self._rhythm.pause
        async with Ear(self._engine.address, self._tracks) as ear:
            while not stop.is_set():
                try:
                    full = await self._answer(ear)
                    pause = self._rhythm.pause
                    await self._rest(ear, stop, full)
                except Exception as error:
                    if not is_circumstance(error):
                        raise
                    logger.warning("Processing of events waits for the database (%s)", type(error).__name__)
                    self._looked = 0.0
                    await _sleep(stop, pause)
                    pause = min(2 * pause, self._rhythm.longest_pause)

    async def drain(self) -> int:
        """Process everything that is due now; how many events were finished."""
        before = self.counts.events
        while await self.work_round() is not None:
            pass
        return self.counts.events - before

    async def work_round(self) -> bool | None:
        """One batch for each company that has something to do, longest wait first.

        None if nothing was done, else whether some company still has more than a turn's worth.
        """
        async with self._engine.machine_work() as uow:
            companies = await queries.pending(uow.session, self._tracks, self._rhythm.round, queries.FIRST)
        self._looked = time.monotonic()
        self._floor = rules.floor_below(companies[0][1] if companies else new_id())
        return await self._work(companies)

    async def _answer(self, ear: Ear) -> bool | None:
        """One batch for each company that called, or for all of them when it is time to look."""
        called = ear.take()
        if called is None or self._is_look_due():
            return await self.work_round()
        return await self._work([(company_id, self._floor) for company_id in called | self._full])

    async def _work(self, companies: Sequence[tuple[UUID, UUID]]) -> bool | None:
        taken = {company_id: await self._turn(company_id, since) for company_id, since in companies}
        self._full = {company_id for company_id, count in taken.items() if count >= self._rhythm.turn}
        return bool(self._full) if any(taken.values()) else None

    def _is_look_due(self) -> bool:
        return time.monotonic() - self._looked >= self._rhythm.look

    async def _rest(self, ear: Ear, stop: asyncio.Event, full: bool | None) -> None:
        if full is None:
            await ear.wait(self._rhythm.look, stop)
        elif not full:
            await _sleep(stop, self._rhythm.gather)

    async def _turn(self, company_id: UUID, oldest: UUID, these: Sequence[UUID] | None = None) -> int:
        """Process one batch; how many events it held. One that fails is halved until the culprit is alone."""
        events: list[queries.StoredEvent] = []
        try:
            async with self._engine.unit_of_work(company_id) as uow:
                if not await queries.try_lock(uow.session, company_id, self._tracks):
                    return 0
                if these is None:
                    turn = self._rhythm.turn
                    events = await queries.claim(uow.session, company_id, self._tracks, turn, oldest)
                else:
                    events = await queries.claim_these(uow.session, company_id, these)
                await self._apply(uow, events)
        except Exception as error:
            if is_circumstance(error) or not events:
                raise
            if len(events) == 1:
                await self._fail(company_id, events[0], error)
            else:
                await self._halve(company_id, [event.id for event in events])
            return len(events)
        self.counts.batches += bool(events)
        self.counts.events += len(events)
        return len(events)

    async def _halve(self, company_id: UUID, ids: Sequence[UUID]) -> None:
        self.counts.retried += len(ids)
        middle = len(ids) // 2
        await self._turn(company_id, ids[0], ids[:middle])
        await self._turn(company_id, ids[0], ids[middle:])

    async def _apply(self, uow: UnitOfWork, events: Sequence[queries.StoredEvent]) -> None:
        if not events:
            return
        keys = await self._engine.load_keys(uow)
        batch = facts.read_all(keys, events)
        await effects.apply(uow, batch.channels, self._sorts)
        await queries.finish(uow.session, uow.company_id, batch.readable)
        await queries.quarantine(uow.session, uow.company_id, batch.hopeless)
        await queries.audit_unreadable(uow.session, uow.company_id, batch.undecryptable)
        self.counts.quarantined += len(batch.hopeless)

    async def _fail(self, company_id: UUID, event: queries.StoredEvent, error: Exception) -> None:
        """Write down that an event failed by its own fault."""
        reason = type(error).__name__
        attempts = event.attempts + 1
        logger.warning("Webhook event %s failed, try %d: %s", event.id, attempts, reason, exc_info=error)
        next_at = rules.next_try(attempts, clock.now())
        async with self._engine.unit_of_work(company_id) as uow:
            if next_at is not None:
                await queries.postpone(uow.session, company_id, event.id, next_at, reason)
                return
            await queries.quarantine(uow.session, company_id, {event.id: reason})
        self.counts.quarantined += 1
        logger.error("Webhook event %s was put aside after %d tries: %s", event.id, attempts, reason)
        await self._leave_mark(company_id, event)

    async def _leave_mark(self, company_id: UUID, event: queries.StoredEvent) -> None:
        try:
            async with self._engine.unit_of_work(company_id) as uow:
                fact = facts.read_one(await self._engine.load_keys(uow), event)
                if isinstance(fact, InboundMessage):
                    await effects.leave_mark(uow, event.channel_id, fact)
        except Exception as error:
            logger.warning("Event %s left no mark in its timeline: %s", event.id, type(error).__name__)


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
