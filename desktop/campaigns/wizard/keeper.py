"""A plan and its draft at the appliance: the plan may change while it is being kept, and none is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

from desktop.campaigns.wizard.plan import Plan
from embedded_server.contract.campaigns import CampaignIn, CampaignOut

#: Makes a draft under a key, or replaces the one of an id.
Make = Callable[[CampaignIn, str], Awaitable[CampaignOut]]
Replace = Callable[[UUID, CampaignIn], Awaitable[CampaignOut]]


class Keeper:
    """One wizard's way: ``campaign_id`` is there once the appliance has the draft."""

    def __init__(self, plan: Plan, campaign_id: UUID | None = None) -> None:
        self.plan, self.campaign_id = plan, campaign_id
        self._kept = plan.draft() if campaign_id else None
        self._first: CampaignIn | None = None
        self._key = str(uuid4())
        self._turn = asyncio.Lock()

    @property
    def is_due(self) -> bool:
        """Whether the plan is another than the appliance has."""
        return (draft := self.plan.draft()) is not None and draft != self._kept

    async def keep(self, make: Make, replace: Replace) -> None:
        """Bring the draft to where the plan is now. What fails is tried with the next change."""
        async with self._turn:
            draft = self.plan.draft()
            if draft is None or draft == self._kept:
                return
            if self.campaign_id is None:
                # An answer that got lost must not make a second draft: the key is asked again with the body
                # it stood for, and what was decided since follows.
                self._first = self._first or draft
                self.campaign_id = (await make(self._first, self._key)).id
                self._kept = self._first
            if draft != self._kept:
                await replace(self.campaign_id, draft)
                self._kept = draft

    def forget_try(self) -> None:
        """The appliance refused to make the draft: nothing stands behind the key."""
        self._first, self._key = None, str(uuid4())
