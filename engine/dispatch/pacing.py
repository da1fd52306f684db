"""The pace a person gave a campaign, below that of its number: tokens are taken before the transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from engine.cache.buckets import Buckets
from engine.campaigns import sending
from engine.dispatch.policy import Policy


@dataclass(slots=True)
class Allowance:
    """How many people of each campaign one claim may take; without a pace of its own, as many as it likes."""

    buckets: Buckets
    granted: dict[UUID, int] = field(default_factory=dict)
    #: Seconds until some campaign that got nothing gets its next; 0 when none was held back.
    wait: float = 0.0

    def of(self, cursor: sending.Cursor, room: int) -> int:
        """For a campaign met inside the transaction nothing was taken yet: its turn is the next claim."""
        return room if cursor.pace is None else min(room, self.granted.get(cursor.campaign_id, 0))

    def used(self, campaign_id: UUID, count: int) -> None:
        if campaign_id in self.granted:
            self.granted[campaign_id] -= count

    async def give_back(self) -> None:
        for campaign_id, left in self.granted.items():
            if left > 0:
                await self.buckets.put_back(_key(campaign_id), left)


async def allow(buckets: Buckets, policy: Policy, cursors: Iterable[sending.Cursor], limit: int) -> Allowance:
    """Ask each campaign's bucket for at most ``limit``."""
    allowance, waits = Allowance(buckets), []
    for cursor in cursors:
        if cursor.pace is None or cursor.exhausted:
            continue
        burst = max(1.0, cursor.pace * policy.catch_up(cursor.pace))
        key = _key(cursor.campaign_id)
        grant = await buckets.take(key, rate=cursor.pace, burst=burst, want=limit)
        allowance.granted[cursor.campaign_id] = grant.granted
        if not grant.granted:
            waits.append(grant.wait)
    allowance.wait = min(waits, default=0.0)
    return allowance


def _key(campaign_id: UUID) -> str:
    return f"campaign {campaign_id}"
