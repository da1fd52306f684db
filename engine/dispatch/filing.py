"""Campaign messages find their place in the timelines, a little behind the sending and off its hot path."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from uuid import UUID

from engine import inbox
from engine.campaigns import claims
from engine.context import Engine
from engine.dispatch import queries

#: Messages of one transaction once the sending is over: short enough that a reply never waits long for it.
SLICE = 500
#: Messages a second beside the sending. A slow number is filed at once; a fast one catches up afterwards, and
#: whoever answers is filed first (``inbox.file_people``).
BESIDE = 250
#: An ended campaign with sends in doubt is looked at again this often.
AGAIN_SECONDS = 60.0
FIRST = UUID(int=0)

_UNDER_WAY = frozenset({"sending", "paused"})


@dataclass(slots=True)
class Filer:
    """``sweep`` is one round over every company's campaigns that are not filed to their end."""

    engine: Engine
    #: How far each sending campaign is filed.
    _reached: dict[UUID, UUID] = field(default_factory=dict)
    _waits: dict[UUID, float] = field(default_factory=dict)

    async def sweep(self) -> None:
        async with self.engine.machine_work() as uow:
            unfiled = await queries.unfiled(uow.session)
        for row in unfiled:
            if row.state in _UNDER_WAY:
                after = self._reached.get(row.campaign_id, FIRST)
                self._reached[row.campaign_id] = await file_slice(
                    self.engine, row.company_id, row.campaign_id, after, BESIDE
                )
            elif time.monotonic() >= self._waits.get(row.campaign_id, 0.0):
                await self._finish(row.company_id, row.campaign_id)

    async def _finish(self, company_id: UUID, campaign_id: UUID) -> None:
        await file_rest(self.engine, company_id, campaign_id)
        async with self.engine.unit_of_work(company_id) as uow:
            is_over = await claims.mark_filed(uow.session, company_id, campaign_id)
        self._reached.pop(campaign_id, None)
        if is_over:
            self._waits.pop(campaign_id, None)
        else:
            self._waits[campaign_id] = time.monotonic() + AGAIN_SECONDS


async def file_rest(engine: Engine, company_id: UUID, campaign_id: UUID) -> None:
    """File everything that is not filed yet, also what was accepted late."""
    after = FIRST
    while (reached := await file_slice(engine, company_id, campaign_id, after, SLICE)) != after:
        after = reached


async def file_slice(engine: Engine, company_id: UUID, campaign_id: UUID, after: UUID, most: int) -> UUID:
    """File the next accepted messages that no timeline has yet; the last one's attempt, or ``after``.

    The entry has its attempt's id, so what is filed is found by key and filing twice changes nothing.
    """
    async with engine.unit_of_work(company_id) as uow:
        return await inbox.file_campaign(uow, campaign_id, after=after, most=most) or after
