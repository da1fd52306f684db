"""What a lane sends: messages people wrote first, then the campaigns of its number in turn."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from engine import consent, contacts, inbox
from engine.cache.buckets import Grant
from engine.campaigns import sending, stop_channel
from engine.context import Engine
from engine.db.unit_of_work import UnitOfWork
from engine.delivery import Parcel, Settled, settle
from engine.dispatch import queries
from engine.dispatch.pacing import Allowance
from engine.ids import new_id
from engine.models import ChannelKind
from engine.providers.port import Action, Outcome
from engine.queue.lease import Lease

logger = logging.getLogger(__name__)

Pacer = Callable[[Iterable[sending.Cursor], int], Awaitable[Allowance]]

__all__ = ["Grant", "Sources"]


@dataclass(slots=True)
class Sources:
    """The sources of one lane and their places in them. Every verb is one transaction."""

    company_id: UUID
    channel_id: UUID
    kind: ChannelKind
    cursors: dict[UUID, sending.Cursor] = field(default_factory=dict)
    #: Whether the last claim met anybody, also those it left out: then the next one need not wait.
    met_somebody: bool = False
    #: Seconds until a campaign that its own pace held back may go on; 0 when there was none.
    held: float = 0.0
    _turn: int = 0
    #: Ids of the claim whose commit was not confirmed.
    _unsure: list[UUID] = field(default_factory=list)

    def rewind_exhausted(self) -> None:
        """Walk again where a walk came to its end: somebody may have been put back behind it."""
        for cursor in self.cursors.values():
            if cursor.exhausted:
                cursor.rewind()

    async def claim(self, engine: Engine, lease: Lease, limit: int, pacer: Pacer) -> list[Parcel]:
        """Intents for at most ``limit`` sends, committed when this returns. ``pacer`` holds campaigns back.

        When a commit was not confirmed the next claim first withdraws what it may have written: those
        intents were never handed to a vendor.
        """
        await self._withdraw_unsure(engine, lease)
        allowance = await pacer(self.cursors.values(), limit)
        self._unsure, left_out = [new_id() for _ in range(limit)], 0
        async with engine.unit_of_work(self.company_id) as uow:
            parcels: list[Parcel] = []
            if await queries.has_due_messages(uow.session, self.company_id, self.channel_id):
                parcels = await inbox.sending.claim(uow, self.channel_id, lease, ids=self._unsure)
            for cursor in await self._in_turn(uow):
                if len(parcels) >= limit:
                    break
                most = allowance.of(cursor, limit - len(parcels))
                if most == 0:
                    continue
                fresh = self._unsure[len(parcels) : len(parcels) + most]
                claimed = await sending.claim(uow, cursor, lease, channel_id=self.channel_id, ids=fresh)
                parcels += claimed.parcels
                left_out += claimed.suppressed + claimed.held
                allowance.used(cursor.campaign_id, len(claimed.parcels))
        await allowance.give_back()
        self._unsure, self.met_somebody = [], bool(parcels or left_out)
        self.held = allowance.wait
        return parcels

    async def _withdraw_unsure(self, engine: Engine, lease: Lease) -> None:
        if not self._unsure:
            return
        async with engine.unit_of_work(self.company_id) as uow:
            await queries.withdraw(uow.session, self.company_id, lease.epoch, self._unsure)
        self._unsure = []
        for cursor in self.cursors.values():
            cursor.rewind()

    async def settle(self, engine: Engine, batch: Sequence[Settled]) -> None:
        """Outcomes into the ledger, and what follows from them, together."""
        async with engine.unit_of_work(self.company_id) as uow:
            ours = await settle(uow, batch)
            mine = [s for s in batch if s.parcel.attempt_id in ours]
            await sending.follow(uow, mine)
            await inbox.sending.follow(uow, mine)
            await self._learn(uow, mine)
            await self._stop(uow, mine)

    async def _in_turn(self, uow: UnitOfWork) -> list[sending.Cursor]:
        """The campaigns that send on this number, each time another one first."""
        active = await queries.sending_campaigns(uow.session, self.company_id, self.channel_id)
        for campaign_id in active - self.cursors.keys():
            cursor = await sending.open_cursor(uow, campaign_id)
            if cursor is not None:
                self.cursors[campaign_id] = cursor
        for campaign_id in self.cursors.keys() - active:
            del self.cursors[campaign_id]
        if not self.cursors:
            return []
        order = sorted(self.cursors)
        self._turn = (self._turn + 1) % len(order)
        turned = order[self._turn :] + order[: self._turn]
        return [self.cursors[id_] for id_ in turned if not self.cursors[id_].exhausted]

    async def _learn(self, uow: UnitOfWork, batch: Sequence[Settled]) -> None:
        """The identity WhatsApp resolved an address to, when it is another than the one we used."""
        learnt = [
            (s.parcel.to.value, s.result.wa_id)
            for s in batch
            if s.result.wa_id and s.result.wa_id.lstrip("+") != s.parcel.to.value.lstrip("+")
        ]
        if learnt:
            await contacts.learn_wa_ids(uow, learnt)
        refused = [s for s in batch if s.result.action is Action.OPT_OUT]
        if refused:
            await consent.opt_out_many(uow, [self._wish(s) for s in refused])

    def _wish(self, settled: Settled) -> consent.Wish:
        return consent.Wish(
            channel_kind=self.kind,
            match_key=contacts.match_key(settled.parcel.to.value),
            method=consent.Method.PROVIDER,
            evidence={"code": settled.result.code, "attempt": str(settled.parcel.attempt_id)},
        )

    async def _stop(self, uow: UnitOfWork, batch: Sequence[Settled]) -> None:
        """A refusal that is about the number: everything on it stands still, nobody's turn is burnt."""
        for settled in batch:
            result = settled.result
            if result.outcome is Outcome.REJECTED and result.action is Action.STOP_CHANNEL:
                await stop_channel(uow, self.channel_id, result.code or "refused")
                return
