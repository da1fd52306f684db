"""The flight plan shown before every start: who, who not and why, how long, what it costs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from engine import clock
from engine.campaigns import audience, queries, rules
from engine.campaigns.audience import Person
from engine.campaigns.errors import CampaignNotFound, ChannelMissing
from engine.db.unit_of_work import UnitOfWork
from engine.models import Campaign, Channel, ChannelKind

SAMPLES = 5


@dataclass(slots=True)
class FlightPlan:
    """``planned`` is everyone in the audience; ``sending`` those who will be written to."""

    planned: int = 0
    sending: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    #: Messages per second at which it will go.
    rate: float = 0.0
    duration: timedelta = timedelta()
    finishes_at: datetime | None = None
    #: Units a provider bills: messages, or segments of SMS.
    units: int = 0
    cost: Decimal | None = None
    currency: str | None = None
    samples: list[Person] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


async def preflight(uow: UnitOfWork, campaign_id: UUID) -> FlightPlan:
    """Look at the whole audience without changing anything.

    Raises:
        CampaignNotFound: no campaign has this id.
    """
    campaign = await queries.find(uow.session, campaign_id)
    if campaign is None:
        raise CampaignNotFound
    channel = await queries.channel_of(uow.session, campaign.channel_id)
    if channel is None:
        raise ChannelMissing
    plan = FlightPlan(rate=min(campaign.pace or channel.rate, channel.rate))
    async for people in audience.judged(uow, campaign, channel):
        for person in people:
            _count(plan, person, channel.kind)
    _finish(plan, campaign, channel)
    return plan


def _count(plan: FlightPlan, person: Person, kind: ChannelKind) -> None:
    plan.planned += 1
    if person.frozen is None:
        plan.skipped[person.left or "unknown"] += 1
        return
    plan.sending += 1
    plan.units += rules.sms_segments(person.frozen.body) if kind is ChannelKind.SMS else 1
    if len(plan.samples) < SAMPLES:
        plan.samples.append(person)


def _finish(plan: FlightPlan, campaign: Campaign, channel: Channel) -> None:
    plan.duration = rules.duration(plan.sending, plan.rate)
    begins = max(campaign.due_at or clock.now(), clock.now())
    plan.finishes_at = begins + plan.duration
    if price := channel.settings.get("price"):
        plan.cost = Decimal(str(price["amount"])) * plan.units
        plan.currency = str(price["currency"])
    if plan.sending == 0:
        plan.problems.append("nobody_to_write_to")
    if channel.state != "active":
        plan.problems.append("channel_stopped")
