"""What happens around the sending: starts, and the end of campaigns."""

from __future__ import annotations

from collections.abc import Callable

from engine import clock
from engine.campaigns import finish_if_settled, is_settled, launch, take_slot
from engine.context import Engine
from engine.dispatch import queries


class Bookkeeper:
    """Each verb is one sweep over every company; what it finds half done it finishes."""

    def __init__(self, engine: Engine, nudge: Callable[[], None]) -> None:
        self._engine, self._nudge = engine, nudge

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
        """Complete every campaign with nobody waiting, on the way or in doubt."""
        async with self._engine.machine_work() as uow:
            sending = await queries.all_sending(uow.session)
        for row in sending:
            async with self._engine.unit_of_work(row.company_id) as uow:
                if await is_settled(uow, row.campaign_id):
                    await finish_if_settled(uow, row.campaign_id)
