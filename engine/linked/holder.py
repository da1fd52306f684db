"""Holds one number: runs its host, writes down what it tells, and follows what people wish."""

from __future__ import annotations

import asyncio
import logging
import random
import shutil
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import groupby
from pathlib import Path
from uuid import UUID

from engine.context import Engine
from engine.db.trouble import TROUBLE
from engine.db.unit_of_work import UnitOfWork
from engine.errors import EngineError
from engine.intake import EventIds, EventRefused, IntakeUnavailable, NewEvent, kind_of
from engine.intake import Source as EventSource
from engine.linked import following, queries, rules
from engine.linked.launching import Launch
from engine.linked.records import SessionRecords
from engine.models import LinkedSession, SessionWish
from engine.providers.linked import inbound
from engine.providers.linked.link import Heard, Link
from engine.providers.linked.protocol import (
    EngineName,
    EventName,
    Hello,
    HostGone,
    HostRefused,
    Phase,
)
from engine.providers.linked.switchboard import Line, Switchboard
from engine.queue import lease as leases
from engine.queue.lease import Lease

logger = logging.getLogger(__name__)

#: Makes events durable; what is stored again changes nothing.
Store = Callable[[Sequence[NewEvent]], Awaitable[None]]

_BATCH = 200
#: Events of one moment are stored together.
_GATHER_SECONDS = 0.02


class Way(Enum):
    """What becomes of what a host tells."""

    #: Made durable, and taken in with everything else that comes in.
    STORED = auto()
    #: Names of people and groups: a phone knows thousands.
    NAMED = auto()
    #: Written down at once, one after the other.
    FOLLOWED = auto()


_WAYS: dict[str, Way] = {
    EventName.MESSAGE: Way.STORED,
    EventName.RECEIPT: Way.STORED,
    EventName.UNDECRYPTABLE: Way.STORED,
    EventName.CONTACT: Way.NAMED,
    EventName.GROUP: Way.NAMED,
}


class LostHold(Exception):
    """Another process holds the number now."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What every holder of a process shares."""

    engine: Engine
    store: Store
    switchboard: Switchboard
    launch: Launch
    ids: EventIds = field(default_factory=EventIds)
    budget: rules.Budget = field(default_factory=rules.Budget)


class Holder:
    """One session under one lease. :meth:`run` ends when the linking is over, or it is told to stop."""

    def __init__(self, tools: Tools, company_id: UUID, session_id: UUID, lease: Lease) -> None:
        self._tools, self._lease = tools, lease
        self._company_id, self.session_id = company_id, session_id
        self._falls: list[float] = []
        self._link: Link | None = None
        self._line: Line | None = None
        self._channel_id: UUID | None = None
        self._wake = asyncio.Event()
        self._stopping = False
        #: A person disabled its channel: nothing is sent or received until they resume it.
        self._is_off = False

    @property
    def folder(self) -> Path:
        return self._tools.engine.settings.linked_dir / str(self.session_id)

    def wake(self) -> None:
        """A person wants something."""
        self._wake.set()

    def stop(self) -> None:
        """Let the number go; another process may take it."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        renewing = asyncio.create_task(self._renew())
        try:
            while not self._stopping:
                session = await self._read()
                if session is None or session.ended_at is not None:
                    break
                if session.wish is not SessionWish.RUN and session.jid is None:
                    await self._end()
                    break
                stands = self._is_off or rules.stands_still(session.state, session.detail.get("code"))
                if stands and session.wish is SessionWish.RUN:
                    await self._rest(1.0)
                    continue
                await self._hold(session)
        except LostHold:
            logger.warning("Another process holds session %s now", self.session_id)
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
            await self._let_go()

    async def _hold(self, session: LinkedSession) -> None:
        """One life of the host."""
        self._channel_id = session.channel_id
        try:
            start = await self._tools.launch(session)
        except EngineError as error:
            await self._say(Phase.FAILED, code=error.code)
            return
        self._link = Link(start, await self._hello(session), self._records())
        try:
            traits = await self._link.open()
            self._line = Line(self._link, traits)
            await self._begin(self._link, session)
            following_wishes = asyncio.create_task(self._follow_wishes(self._link))
            try:
                await self._listen(self._link)
            finally:
                following_wishes.cancel()
                await asyncio.gather(following_wishes, return_exceptions=True)
        except (HostGone, HostRefused) as error:
            logger.warning("Host of session %s: %s", self.session_id, error)
        finally:
            await self._hang_up()
        if not self._stopping:
            await self._after_a_fall()

    async def _begin(self, link: Link, session: LinkedSession) -> None:
        if session.wish is SessionWish.LOG_OUT:
            with suppress(HostRefused):
                await link.do("connect")
                await link.do("logout")
            await self._end()
            await link.close()
        elif session.jid is not None:
            await link.do("connect")
        elif session.phone is not None:
            await link.do("link_code", phone=session.phone)
        else:
            await link.do("link_qr")

    async def _listen(self, link: Link) -> None:
        async for heard in link.events():
            batch = [heard]
            if heard.seq is not None:
                await asyncio.sleep(_GATHER_SECONDS)
                batch += link.take_waiting(_BATCH)
            await self._insist(batch)
            if seqs := [one.seq for one in batch if one.seq is not None]:
                link.acknowledge(max(seqs))
            if await self._is_over():
                return

    async def _insist(self, batch: Sequence[Heard]) -> None:
        """Nothing is acknowledged before the database has it; twice is once there."""
        wait = 0.2
        while not self._stopping:
            try:
                await self._take(batch)
            except EventRefused:
                # Its channel was erased meanwhile: there is nobody whose they could be.
                logger.exception("%d events of session %s belong to nobody", len(batch), self.session_id)
                return
            except (IntakeUnavailable, *TROUBLE):
                logger.warning("%d events of a linked number wait for the database", len(batch))
                await asyncio.sleep(wait)
                wait = min(2 * wait, 5.0)
            else:
                return
        raise HostGone("stopped before everything was stored")

    async def _take(self, batch: Sequence[Heard]) -> None:
        """In its order: what comes after must not be stored before what it builds on."""
        for way, told in groupby(batch, lambda heard: _WAYS.get(heard.name, Way.FOLLOWED)):
            if way is Way.STORED:
                await self._tools.store([row for heard in told for row in self._rows(heard)])
            elif way is Way.NAMED:
                async with self._unit() as uow:
                    await self._fence(uow)
                    await following.follow_names(uow, [heard.data for heard in told])
            else:
                for heard in told:
                    await self._follow(heard)

    async def _follow(self, heard: Heard) -> None:
        async with self._unit() as uow:
            await self._fence(uow)
            session = await self._lock(uow)
            await following.follow(self._tools.engine, uow, session, heard.name, heard.data)
            self._channel_id = session.channel_id
            if self._line is not None:
                self._line.barred_until = session.restricted_until
        await self._connect_line(heard)

    def _rows(self, heard: Heard) -> list[NewEvent]:
        if self._channel_id is None:
            logger.error("Session %s told of a message before its number was known", self.session_id)
            return []
        return [
            NewEvent(
                company_id=self._company_id,
                id=self._tools.ids.next(),
                channel_id=self._channel_id,
                source=EventSource.LINKED,
                kind=kind_of(piece),
                dedupe_key=piece.dedupe_key,
                payload=piece.body,
            )
            for piece in inbound.pieces(heard.name, heard.data)
        ]

    async def _connect_line(self, heard: Heard) -> None:
        if heard.name != EventName.STATE or self._channel_id is None or self._line is None:
            return
        is_open = heard.data["phase"] == Phase.OPEN
        if is_open:
            await self._tools.switchboard.put(str(self._channel_id), self._line)
        await self._tools.switchboard.set_open(self._line, is_open)

    async def _follow_wishes(self, link: Link) -> None:
        while True:
            self._wake.clear()
            with suppress(*TROUBLE):
                session = await self._read()
                if session is not None and session.wish is not SessionWish.RUN:
                    if session.wish is SessionWish.LOG_OUT and session.jid is not None:
                        with suppress(HostRefused, HostGone):
                            await link.do("logout", patience=20)
                    await self._end()
                    await link.close()
                    return
                if self._is_off:
                    await self._say(Phase.FAILED, code=rules.SWITCHED_OFF)
                    await link.close()
                    return
            if self._stopping:
                await link.close()
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), 5)

    async def _after_a_fall(self) -> None:
        """Start again soon, or not at all when it falls again and again."""
        session = await self._read()
        if session is None or session.ended_at is not None:
            return
        if self._is_off or session.state in rules.WAITING_FOR_SOMEBODY:
            return
        now, budget = time.monotonic(), self._tools.budget
        self._falls = [*budget.recent(self._falls, now), now]
        if len(self._falls) >= budget.falls:
            await self._say(Phase.FAILED, code="crashes")
            self._falls.clear()
            return
        await self._say(Phase.BACKOFF)
        await self._rest(budget.wait(len(self._falls), random.random()))  # noqa: S311 - spreads load only

    async def _is_over(self) -> bool:
        session = await self._read()
        return (
            session is None or session.ended_at is not None or (session.state in rules.WAITING_FOR_SOMEBODY)
        )

    async def _say(self, phase: Phase, **detail: str) -> None:
        async with self._unit() as uow:
            await self._fence(uow)
            await following.move(uow, await self._lock(uow), phase, **detail)

    async def _end(self) -> None:
        async with self._unit() as uow:
            await self._fence(uow)
            session = await self._lock(uow)
            if session.ended_at is None:
                if session.channel_id is not None:
                    await following.move(uow, session, Phase.LOGGED_OUT)
                else:
                    session.state = Phase.EXPIRED.value
                    await following.end(uow, session)

    async def _hang_up(self) -> None:
        if self._line is not None and self._channel_id is not None:
            await self._tools.switchboard.set_open(self._line, False)
            await self._tools.switchboard.remove(str(self._channel_id), self._line)
        if self._link is not None:
            await self._link.close()
        self._link = self._line = None

    async def _let_go(self) -> None:
        with suppress(*TROUBLE):
            session = await self._read()
            if session is None or session.ended_at is not None:
                await asyncio.to_thread(shutil.rmtree, self.folder, True)
                async with self._unit() as uow:
                    await queries.forget_records(uow.session, self._company_id, self.session_id)
            async with self._tools.engine.machine_work() as uow:
                await leases.release(uow.session, self._lease)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(leases.RENEW_SECONDS)
            with suppress(*TROUBLE):
                async with self._tools.engine.machine_work() as uow:
                    if not await leases.renew(uow.session, self._lease):
                        self.stop()
                        return

    async def _rest(self, seconds: float) -> None:
        self._wake.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)

    async def _hello(self, session: LinkedSession) -> Hello:
        keys = await self._tools.engine.keys(self._company_id)
        key = keys.open(keys.place("linked_session", "key", session.id), session.key)
        await asyncio.to_thread(self.folder.mkdir, 0o700, True, True)
        return Hello(
            session_id=str(session.id),
            engine=EngineName(session.engine),
            folder=str(self.folder),
            epoch=self._lease.epoch,
            key=key.hex(),
        )

    def _records(self) -> SessionRecords:
        return SessionRecords(self._tools.engine, self._company_id, self.session_id)

    def _unit(self) -> UnitOfWork:
        return self._tools.engine.unit_of_work(self._company_id)

    async def _read(self) -> LinkedSession | None:
        async with self._unit() as uow:
            session = await queries.find(uow.session, self.session_id)
            channel_id = session.channel_id if session is not None else None
            self._is_off = channel_id is not None and await queries.is_disabled(uow.session, channel_id)
            return session

    async def _lock(self, uow: UnitOfWork) -> LinkedSession:
        session = await queries.find(uow.session, self.session_id, lock=True)
        if session is None:
            raise LostHold
        return session

    async def _fence(self, uow: UnitOfWork) -> None:
        if not await leases.holds(uow.session, self._lease):
            raise LostHold
