"""Everything a person decides on the way to a campaign, and the draft it is at the appliance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from desktop.campaigns.copying import content_of
from desktop.campaigns.wizard import forms
from embedded_server.contract.campaigns import (
    Audience,
    CampaignIn,
    CampaignOut,
    MisfireName,
    TemplateContent,
    TextContent,
)
from embedded_server.contract.channels import ChannelKindName, ChannelOut
from embedded_server.contract.templates import TemplateOut

LONGEST_TEXT = 4096
LONGEST_NAME = 200
USUAL_QUIET = ("20:00", "08:00")


class Reach(StrEnum):
    """How the audience is chosen."""

    EVERYONE = "everyone"
    TAGS = "tags"
    SEGMENT = "segment"
    PEOPLE = "people"


@dataclass(slots=True)
class Plan:
    """Kept whole while the steps change parts of it, so that no step back loses anything.

    ``pace`` is messages a minute, None for the number's own; ``starts`` a wall time in ``timezone``, None for
    now. ``kept`` is a template of the draft that the appliance no longer lists.
    """

    name: str
    timezone: str
    channel: ChannelOut | None = None
    reach: Reach = Reach.EVERYONE
    tags: set[UUID] = field(default_factory=set)
    segment_id: UUID | None = None
    people: dict[UUID, str] = field(default_factory=dict, repr=False)
    uses_template: bool = False
    text: str = field(default="", repr=False)
    template: TemplateOut | None = None
    values: dict[str, str] = field(default_factory=dict, repr=False)
    kept: TemplateContent | None = None
    pace: int | None = None
    starts: datetime | None = None
    quiet: tuple[str, str] | None = USUAL_QUIET
    misfire: MisfireName = MisfireName.ASK

    @property
    def is_sms(self) -> bool:
        return self.channel is not None and self.channel.kind is ChannelKindName.SMS

    @property
    def most_a_minute(self) -> int:
        """The number's own rate."""
        return max(1, round(self.channel.rate * 60)) if self.channel else 60

    def content(self) -> TextContent | TemplateContent | None:
        """The message as far as it is written."""
        if not self.uses_template or self.is_sms:
            body = self.text[:LONGEST_TEXT].strip()
            return TextContent(type="text", body=body) if body else None
        if self.template is None:
            return self.kept
        return TemplateContent(
            type="template",
            name=self.template.name,
            language=self.template.language,
            body=forms.shown(self.template, self.values)[:LONGEST_TEXT],
            components=forms.components(self.template, self.values),
        )

    def audience(self) -> Audience | None:
        """None while it names nobody."""
        match self.reach:
            case Reach.EVERYONE:
                return Audience(everyone=True)
            case Reach.TAGS:
                return Audience(tags=sorted(self.tags)) if self.tags else None
            case Reach.SEGMENT:
                return Audience(segment_id=self.segment_id) if self.segment_id else None
            case Reach.PEOPLE:
                return Audience(contact_ids=list(self.people)) if self.people else None

    def draft(self) -> CampaignIn | None:
        """What the appliance keeps; None while there is no number or nobody to write to."""
        audience, channel = self.audience(), self.channel
        if audience is None or channel is None:
            return None
        quiet_from, quiet_until = self.quiet or (None, None)
        return CampaignIn(
            name=self.name.strip()[:LONGEST_NAME] or channel.name,
            channel_id=channel.id,
            content=self.content(),
            audience=audience,
            pace=None if self.pace is None else min(self.pace / 60, channel.rate),
            timezone=self.timezone,
            quiet_from=quiet_from,
            quiet_until=quiet_until,
            misfire=self.misfire,
            scheduled_local=self.local_start(),
        )

    def local_start(self) -> str | None:
        return f"{self.starts:%Y-%m-%dT%H:%M}" if self.starts else None

    def open_slots(self) -> list[forms.Slot]:
        """What the chosen template still needs."""
        if not self.uses_template or self.template is None:
            return []
        return [slot for slot in forms.slots(self.template) if not self.values.get(slot.key, "").strip()]

    def gaps(self) -> Iterator[str]:
        """Codes of what the appliance cannot see is missing."""
        if self.channel is None:
            yield "no_channel"
        if self.audience() is None:
            yield "no_audience"
        if self.open_slots():
            yield "template_open"


def plan_of(campaign: CampaignOut, channel: ChannelOut | None) -> Plan:
    """A draft as it was left. Its template and the names of its people are found by who reads it."""
    audience = Audience.model_validate(campaign.audience)
    plan = Plan(campaign.name, campaign.timezone, channel, _reach_of(audience))
    plan.tags, plan.segment_id = set(audience.tags), audience.segment_id
    plan.people = dict.fromkeys(audience.contact_ids, "")
    content = content_of(campaign)
    if isinstance(content, TextContent):
        plan.text = content.body
    elif content is not None:
        plan.kept = content
    is_whatsapp = channel is not None and channel.kind is ChannelKindName.WHATSAPP
    plan.uses_template = plan.kept is not None or (content is None and is_whatsapp)
    plan.pace = None if campaign.pace is None else max(1, round(campaign.pace * 60))
    plan.starts = datetime.fromisoformat(campaign.scheduled_local) if campaign.scheduled_local else None
    plan.quiet = _quiet_of(campaign)
    plan.misfire = campaign.misfire
    return plan


def take_template(plan: Plan, listed: list[TemplateOut]) -> None:
    """Find the draft's template among those the appliance knows now."""
    kept = plan.kept
    if kept is None or plan.channel is None:
        return
    for template in listed:
        if (template.name, template.language) == (kept.name, kept.language) and forms.is_fillable(template):
            plan.template, plan.kept = template, None
            plan.values = forms.values_in(template, kept.components)
            return


def first_start(now: datetime) -> datetime:
    """What is offered when somebody wants a later start: the next nine o'clock, on the wall ``now`` is of."""
    morning = datetime.combine(now.date(), time(9))
    return morning if now < morning else morning + timedelta(days=1)


def _reach_of(audience: Audience) -> Reach:
    if audience.everyone:
        return Reach.EVERYONE
    if audience.tags:
        return Reach.TAGS
    return Reach.SEGMENT if audience.segment_id else Reach.PEOPLE


def _quiet_of(campaign: CampaignOut) -> tuple[str, str] | None:
    if campaign.quiet_from and campaign.quiet_until:
        return campaign.quiet_from, campaign.quiet_until
    return None
