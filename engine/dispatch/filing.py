"""Campaign messages find their place in the timelines, a little behind the sending and off its hot path."""

from __future__ import annotations

from uuid import UUID

from engine import inbox
from engine.context import Engine

#: Messages of one transaction.
SLICE = 2_000
FIRST = UUID(int=0)


async def file_rest(engine: Engine, company_id: UUID, campaign_id: UUID) -> None:
    """File everything that is not filed yet, also what was accepted late."""
    after = FIRST
    while (reached := await file_slice(engine, company_id, campaign_id, after)) != after:
        after = reached


async def file_slice(engine: Engine, company_id: UUID, campaign_id: UUID, after: UUID) -> UUID:
    """File the next accepted messages that no timeline has yet; the last one's attempt, or ``after``.

    The entry has its attempt's id, so what is filed is found by key and filing twice changes nothing.
    """
    async with engine.unit_of_work(company_id) as uow:
        return await inbox.file_campaign(uow, campaign_id, after=after, most=SLICE) or after
