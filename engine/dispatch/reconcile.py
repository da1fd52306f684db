"""Sends in doubt: looked up where the vendor can be asked, waited for where it cannot, never guessed.

The rules are reliability 2.4: a status decides at once (that is the intake's work); Twilio's list decides
both ways; Meta has no list, so silence counts only while our inbound path is provably healthy, and in the end
a person decides.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from engine import channels, clock, delivery, inbox
from engine.campaigns import claims
from engine.context import Engine
from engine.db.trouble import TROUBLE
from engine.db.unit_of_work import UnitOfWork
from engine.delivery import Freed
from engine.dispatch import queries
from engine.dispatch.policy import Policy
from engine.events import CampaignProgressed, LaneDue
from engine.models import Provider
from engine.providers.port import LooksUp, LookupFailed, Trace
from engine.queue.lease import Lease

logger = logging.getLogger(__name__)

#: Other sends this much older than a doubtful one can still be what a look-up finds.
LOOKUP_REACH = timedelta(minutes=20)
#: Where nobody can be asked, or an answer may never decide: a person does in the end.
_SILENT = (Provider.META, Provider.LINKED)


@dataclass(slots=True)
class Reconciler:
    engine: Engine
    policy: Policy
    holding: Callable[[], Lease | None]
    #: Since when inbound events have come through without a backlog; None while they do not.
    _healthy_since: datetime | None = field(default=None)

    async def run(self, lease: Lease) -> None:
        while self.holding() == lease:
            try:
                await self._round()
            except TROUBLE:
                self._healthy_since = None
                logger.warning("The database does not answer; doubts wait")
            await asyncio.sleep(self.policy.reconcile_seconds)

    async def _round(self) -> None:
        await self._watch_inbound()
        async with self.engine.machine_work() as uow:
            doubtful = await queries.companies_in_doubt(uow.session, 0)
        for company_id in {row.company_id for row in doubtful}:
            await self._look_up(company_id)
            await self._give_up(company_id)

    async def _watch_inbound(self) -> None:
        async with self.engine.machine_work() as uow:
            lag = await queries.inbound_lag(uow.session)
        if lag > self.policy.healthy_lag:
            self._healthy_since = None
        elif self._healthy_since is None:
            self._healthy_since = clock.now()

    async def _look_up(self, company_id: UUID) -> None:
        before = clock.now() - self.policy.lookup_gap
        async with self.engine.unit_of_work(company_id) as uow:
            rows = await delivery.in_doubt(uow, checked_before=before)
        for row in rows:
            sender: Any = self.engine.senders.get(row.provider)
            if hasattr(sender, "find"):
                await self._ask(company_id, row, sender)

    async def _ask(self, company_id: UUID, row: Any, sender: LooksUp) -> None:
        async with self.engine.unit_of_work(company_id) as uow:
            channel = await channels.find(uow, row.channel_id)
            since = row.dispatched_at - LOOKUP_REACH
            taken = await delivery.provider_ids_to(uow, row.channel_id, row.address, since=since)
        trace = Trace(str(row.id), row.address, row.body, row.dispatched_at, taken=frozenset(taken))
        account = await channels.account_of(self.engine, channel)
        try:
            found = await sender.find(account, trace)
        except LookupFailed:
            async with self.engine.unit_of_work(company_id) as uow:
                await delivery.note_silence(uow, row.id)
            return
        async with self.engine.unit_of_work(company_id) as uow:
            if found is not None:
                if await delivery.prove_accepted(uow, row.id, found.provider_message_id):
                    await inbox.sending.follow_proof(uow, row.id, found.provider_message_id)
                return
            freed = await delivery.note_absence(uow, row.id, needed=self.policy.lookups_needed)
            if freed is not None:
                await self._put_back(uow, row, freed)

    async def _put_back(self, uow: UnitOfWork, row: Any, freed: Freed) -> None:
        """What was proved not to have left goes again: a recipient of a campaign, or an answer."""
        if freed.recipient_id is not None:
            columns: dict[str, list[Any]] = {"ids": [freed.recipient_id], "states": ["pending"]}
            columns |= {"reasons": [None], "due": [None]}
            await claims.give_back(uow.session, uow.company_id, columns)
        if freed.message_id is not None:
            await inbox.sending.put_back(uow, row.id)
        uow.announce(LaneDue(company_id=uow.company_id, channel_id=row.channel_id))

    async def _give_up(self, company_id: UUID) -> None:
        """Silence becomes "unconfirmed" once it has lasted through a healthy quarter of an hour."""
        since = self._healthy_since
        if since is None or clock.now() - since < self.policy.patience:
            return
        before = clock.now() - self.policy.patience
        async with self.engine.unit_of_work(company_id) as uow:
            campaigns: list[UUID] = []
            for provider in _SILENT:
                campaigns += await claims.unconfirm(uow.session, company_id, provider.value, before)
            for campaign_id in set(campaigns):
                people = sum(1 for id_ in campaigns if id_ == campaign_id)
                uow.announce(
                    CampaignProgressed(
                        company_id=company_id, campaign_id=campaign_id, counts={"unconfirmed": people}
                    )
                )
