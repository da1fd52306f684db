"""The flight plan shown before every start: who, who not and why, how long, what it costs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from engine import clock, templates
from engine.campaigns import audience, content, firsts, queries, rules
from engine.campaigns.audience import Person
from engine.campaigns.content import Letter
from engine.campaigns.errors import CampaignNotFound, ChannelMissing
from engine.db.unit_of_work import UnitOfWork
from engine.models import Campaign, CampaignState, Channel, ChannelKind, Provider

SAMPLES = 5


@dataclass(slots=True)
class Lack:
    """How many people have no value for a variable, and who the first of them are."""

    people: int = 0
    names: list[str] = field(default_factory=list, repr=False)


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
    #: By variable.
    missing: dict[str, Lack] = field(default_factory=dict)
    #: Codes of what stands in the way of a start.
    problems: list[str] = field(default_factory=list)
    #: Codes of what should be known before a start, with the number of people it is about.
    warnings: Counter[str] = field(default_factory=Counter)


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
    letter, new = content.draft(campaign.content), 0
    plan = FlightPlan(rate=min(campaign.pace or channel.rate, channel.rate))
    async for people in audience.judged(uow, campaign, channel, letter):
        for person in people:
            _count(plan, person, channel.kind)
        if letter and rules.needs_window(channel.kind, channel.provider, letter.kind):
            plan.warnings["window_closed"] += await _out_of_window(uow, channel, people)
        if channel.provider is Provider.LINKED:
            new += await firsts.count_new(uow, channel.id, [p.contact_id for p in people if p.left is None])
    plan.warnings += Counter()
    plan.problems += [*_problems(plan, channel), *await _letter_problems(uow, channel, letter)]
    _time(plan, campaign)
    if new:
        _wait_for_room(plan, await firsts.look(uow, channel.id), new)
    _price(plan, channel)
    return plan


def _count(plan: FlightPlan, person: Person, kind: ChannelKind) -> None:
    plan.planned += 1
    if person.left is not None:
        plan.skipped[person.left] += 1
        for variable in person.missing:
            _lacks(plan, variable, person)
        return
    plan.sending += 1
    if person.frozen is None:
        return
    plan.units += rules.sms_segments(person.frozen.body) if kind is ChannelKind.SMS else 1
    if len(plan.samples) < SAMPLES:
        plan.samples.append(person)


def _lacks(plan: FlightPlan, variable: str, person: Person) -> None:
    lack = plan.missing.setdefault(variable, Lack())
    lack.people += 1
    if len(lack.names) < SAMPLES:
        lack.names.append(person.name or person.address)


async def _out_of_window(uow: UnitOfWork, channel: Channel, people: list[Person]) -> int:
    """How many of those who would be written to did not write to us in the last 24 hours."""
    ids = [person.contact_id for person in people if person.left is None]
    return len(ids) - await queries.within_window(uow.session, channel.id, ids, clock.now())


def _problems(plan: FlightPlan, channel: Channel) -> list[str]:
    found = []
    if plan.sending == 0:
        found.append("nobody_to_write_to")
    if channel.state != "active":
        found.append("channel_stopped")
    return found


async def _letter_problems(uow: UnitOfWork, channel: Channel, letter: Letter | None) -> list[str]:
    if letter is None:
        return ["no_message"]
    if letter.kind != "template":
        return []
    if channel.kind is not ChannelKind.WHATSAPP:
        return ["template_needs_whatsapp"]
    known = await templates.named(uow, channel.id, letter.name, letter.language)
    if known is None:
        return ["template_unknown"]
    return [] if known.status == templates.APPROVED else ["template_not_approved"]


def _time(plan: FlightPlan, campaign: Campaign) -> None:
    now = clock.now()
    plan.duration = rules.duration(plan.sending, plan.rate)
    due = campaign.due_at if campaign.state in (CampaignState.DRAFT, CampaignState.SCHEDULED) else None
    begins = max(due or now, now)
    if due is not None and due <= now and campaign.state is CampaignState.DRAFT:
        plan.problems.append("start_in_the_past")
    quiet = rules.quiet_hours(campaign.quiet_from, campaign.quiet_until)
    if not rules.open_zones([campaign.timezone], quiet, begins):
        plan.warnings["starts_in_quiet_hours"] = plan.sending
    plan.finishes_at = rules.finish(begins, plan.duration, quiet, campaign.timezone)
    if plan.finishes_at is None:
        plan.problems.append("takes_too_long")


def _wait_for_room(plan: FlightPlan, room: firsts.Room, new: int) -> None:
    """A linked number writes to few new people a day: with many of them it takes that many days."""
    last = firsts.last_morning(room, new)
    if last is not None and plan.finishes_at is not None and last > plan.finishes_at:
        plan.duration += last - plan.finishes_at
        plan.finishes_at = last


def _price(plan: FlightPlan, channel: Channel) -> None:
    if price := channel.settings.get("price"):
        plan.cost = Decimal(str(price["amount"])) * plan.units
        plan.currency = str(price["currency"])
