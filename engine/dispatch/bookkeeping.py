"""What happens around the sending: starts, filing of messages into timelines, and the end of campaigns."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from engine import clock
from engine.campaigns import finish_if_settled, is_settled, launch, take_slot
from engine.context import Engine
from engine.dispatch import filing, queries


class Bookkeeper:
    """Each verb is one sweep over every company; what it finds half done it finishes."""

    def __init__(self, engine: Engine, nudge: Callable[[], None]) -> None:
        self._engine, self._nudge = engine, nudge
        #: How far each sending campaign is filed; the pass at its end begins again at the first.
        self._filed: dict[UUID, UUID] = {}

    async def launch_due(self) -> None:
        """Take due slots of schedules, and write down the recipients of what was started."""
        async with self._engine.machine_work() as uow:
            due = await queries.due_campaigns(uow.session, clock.now())
        for row in due:
            if row.state == "scheduled":
                await take_slot(self._engine, row.company_id, row.campaign_id)
            if await launch(self._engine, row.company_id, row.campaign_id):
                self._nudge()

    async def settle_campaigns(self) -> None:
        """File what was accepted, and complete every campaign with nobody waiting, on the way or in doubt."""
        async with self._engine.machine_work() as uow:
            sending = await queries.all_sending(uow.session)
        for row in sending:
            await self._settle(row.company_id, row.campaign_id)

    async def _settle(self, company_id: UUID, campaign_id: UUID) -> None:
        async with self._engine.unit_of_work(company_id) as uow:
            settled = await is_settled(uow, campaign_id)
        if not settled:
            after = self._filed.get(campaign_id, filing.FIRST)
            self._filed[campaign_id] = await filing.file_slice(self._engine, company_id, campaign_id, after)
            return
        await filing.file_rest(self._engine, company_id, campaign_id)
        async with self._engine.unit_of_work(company_id) as uow:
            await finish_if_settled(uow, campaign_id)
        self._filed.pop(campaign_id, None)
