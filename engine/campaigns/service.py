"""Verbs of campaigns: every change of state is a compare-and-swap in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfoNotFoundError

from engine import channels, clock
from engine.campaigns import claims, content, queries, rules
from engine.campaigns.errors import (
    CampaignNotFound,
    ChannelMissing,
    ChannelStopped,
    InvalidSchedule,
    NotCancellable,
    NotEditable,
    NotPausable,
    NotResumable,
    NotStartable,
)
from engine.db.unit_of_work import UnitOfWork
from engine.errors import EngineError
from engine.events import CampaignChanged, LaneDue, LaunchDue
from engine.models import Campaign, CampaignState, ChannelState, Misfire


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Everything a person decides about a campaign."""

    name: str
    channel_id: UUID
    content: dict[str, Any]
    audience: dict[str, Any]
    pace: float | None = None
    timezone: str = "America/Sao_Paulo"
    quiet_from: str | None = None
    quiet_until: str | None = None
    misfire: Misfire = Misfire.ASK
    #: The wall time its author has in mind; nothing starts by it until the campaign is scheduled.
    scheduled_local: str | None = None


async def create(uow: UnitOfWork, draft: Draft, *, author: UUID | None = None) -> Campaign:
    """Raises:
    ChannelMissing, InvalidContent, InvalidSchedule: the draft could never be sent.
    """
    await _check(uow, draft)
    campaign = Campaign(company_id=uow.company_id, created_by=author, **_values(draft))
    uow.session.add(campaign)
    await uow.session.flush()
    await uow.session.refresh(campaign)
    _announce(uow, campaign)
    return campaign


async def edit(uow: UnitOfWork, campaign_id: UUID, draft: Draft) -> Campaign:
    await _check(uow, draft)
    campaign = await queries.move(uow.session, campaign_id, tuple(rules.EDITABLE), **_values(draft))
    return await _moved(uow, campaign_id, campaign, NotEditable)


async def get(uow: UnitOfWork, campaign_id: UUID) -> Campaign:
    campaign = await queries.find(uow.session, campaign_id)
    if campaign is None:
        raise CampaignNotFound
    return campaign


async def page(
    uow: UnitOfWork,
    *,
    state: CampaignState | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[Campaign]:
    """Newest first."""
    return await queries.page(uow.session, before, limit, state)


async def remove(uow: UnitOfWork, campaign_id: UUID) -> None:
    """Throw a draft away. Anything that was ever started stays, with its ledger."""
    campaign = await queries.lock(uow.session, campaign_id)
    if campaign is None:
        raise CampaignNotFound
    if campaign.state not in rules.EDITABLE:
        raise NotEditable
    await uow.session.delete(campaign)


async def start(uow: UnitOfWork, campaign_id: UUID) -> Campaign:
    """Start now. A second click, a second browser and a repeated request all find the same one run.

    Raises:
        CampaignNotFound: no campaign has this id.
        NotStartable: it already runs or has ended.
        ChannelStopped: its number needs attention first.
        InvalidContent: its message is not written yet.
    """
    campaign = await get(uow, campaign_id)
    content.read(campaign.content)
    channel = await queries.channel_of(uow.session, campaign.channel_id)
    if channel is None or channel.state is not ChannelState.ACTIVE:
        raise ChannelStopped
    moved = await queries.move(
        uow.session,
        campaign_id,
        tuple(rules.STARTABLE),
        state=CampaignState.QUEUED,
        started_at=clock.now(),
        stop_reason=None,
    )
    campaign = await _moved(uow, campaign_id, moved, NotStartable)
    uow.announce(LaunchDue(company_id=uow.company_id, campaign_id=campaign_id))
    return campaign


async def schedule(uow: UnitOfWork, campaign_id: UUID, *, local: str, timezone: str) -> Campaign:
    """Start by itself at a wall time. What the clocks do until then is looked up again at the time."""
    due = _instant(local, timezone)
    if due <= clock.now():
        raise InvalidSchedule
    content.read((await get(uow, campaign_id)).content)
    moved = await queries.move(
        uow.session,
        campaign_id,
        tuple(rules.STARTABLE),
        state=CampaignState.SCHEDULED,
        scheduled_local=local,
        timezone=timezone,
        due_at=due,
    )
    return await _moved(uow, campaign_id, moved, NotStartable)


async def pause(uow: UnitOfWork, campaign_id: UUID, *, reason: str | None = None) -> Campaign:
    """Stop claiming. The claim holds this row, so no intent is written after the pause is committed."""
    moved = await queries.move(
        uow.session, campaign_id, tuple(rules.PAUSABLE), state=CampaignState.PAUSED, stop_reason=reason
    )
    return await _moved(uow, campaign_id, moved, NotPausable)


async def stop_for(uow: UnitOfWork, campaign_id: UUID, reason: str) -> None:
    """Pause by itself, saying why. A campaign that already stands still keeps its first reason."""
    moved = await queries.move(
        uow.session, campaign_id, tuple(rules.PAUSABLE), state=CampaignState.PAUSED, stop_reason=reason
    )
    if moved is not None:
        _announce(uow, moved)


async def stop_channel(uow: UnitOfWork, channel_id: UUID, reason: str) -> None:
    """The number itself is at fault: it stops, and everything that sends on it stands still."""
    await channels.stop(uow, channel_id, reason)
    for campaign_id in await queries.sending_on(uow.session, channel_id):
        await stop_for(uow, campaign_id, reason)


async def resume(uow: UnitOfWork, campaign_id: UUID) -> Campaign:
    """Go on where it stood: writing the recipients down, or sending."""
    campaign = await get(uow, campaign_id)
    channel = await queries.channel_of(uow.session, campaign.channel_id)
    if channel is None or channel.state is not ChannelState.ACTIVE:
        raise ChannelStopped
    target = CampaignState.SENDING if campaign.planned else CampaignState.QUEUED
    moved = await queries.move(
        uow.session, campaign_id, (CampaignState.PAUSED,), state=target, stop_reason=None
    )
    campaign = await _moved(uow, campaign_id, moved, NotResumable)
    if target is CampaignState.QUEUED:
        uow.announce(LaunchDue(company_id=uow.company_id, campaign_id=campaign_id))
    else:
        uow.announce(LaneDue(company_id=uow.company_id, channel_id=campaign.channel_id))
    return campaign


async def cancel(uow: UnitOfWork, campaign_id: UUID) -> Campaign:
    """End it: whoever was not yet written to will not be. What already left keeps its receipts."""
    moved = await queries.move(
        uow.session,
        campaign_id,
        tuple(rules.CANCELLABLE),
        state=CampaignState.CANCELLED,
        finished_at=clock.now(),
    )
    campaign = await _moved(uow, campaign_id, moved, NotCancellable)
    await queries.cancel_pending(uow.session, campaign_id)
    return campaign


async def resend_unconfirmed(uow: UnitOfWork, campaign_id: UUID, recipients: list[UUID] | None = None) -> int:
    """A person accepts that some may get the message twice, and sends again to those in doubt for good."""
    campaign = await queries.lock(uow.session, campaign_id)
    if campaign is None:
        raise CampaignNotFound
    released = await claims.release(uow.session, uow.company_id, campaign_id, recipients)
    if released:
        if campaign.state is CampaignState.COMPLETED:
            campaign.state, campaign.finished_at = CampaignState.SENDING, None
            _announce(uow, campaign)
        uow.announce(LaneDue(company_id=uow.company_id, channel_id=campaign.channel_id))
    return released


async def is_settled(uow: UnitOfWork, campaign_id: UUID) -> bool:
    """Whether nobody of this campaign is waiting, on the way, or in doubt."""
    return not await queries.unsettled(uow.session, uow.company_id, campaign_id)


async def finish_if_settled(uow: UnitOfWork, campaign_id: UUID) -> bool:
    """Complete a sending campaign once nobody is waiting, on the way, or in doubt."""
    campaign = await queries.lock(uow.session, campaign_id)
    if campaign is None or campaign.state is not CampaignState.SENDING:
        return False
    if not await is_settled(uow, campaign_id):
        return False
    campaign.state, campaign.finished_at = CampaignState.COMPLETED, clock.now()
    _announce(uow, campaign)
    return True


async def _check(uow: UnitOfWork, draft: Draft) -> None:
    content.draft(draft.content)
    try:
        rules.quiet_hours(draft.quiet_from, draft.quiet_until)
        rules.instant_of(draft.scheduled_local or "2026-01-01T00:00", draft.timezone)
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise InvalidSchedule from error
    if await queries.channel_of(uow.session, draft.channel_id) is None:
        raise ChannelMissing


def _instant(local: str, timezone: str) -> datetime:
    try:
        return rules.instant_of(local, timezone)
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise InvalidSchedule from error


def _values(draft: Draft) -> dict[str, Any]:
    local = draft.scheduled_local
    return {
        "name": draft.name,
        "channel_id": draft.channel_id,
        "content": draft.content,
        "audience": draft.audience,
        "pace": draft.pace,
        "timezone": draft.timezone,
        "quiet_from": draft.quiet_from,
        "quiet_until": draft.quiet_until,
        "misfire": draft.misfire,
        "scheduled_local": local,
        "due_at": rules.instant_of(local, draft.timezone) if local else None,
    }


async def _moved(
    uow: UnitOfWork, campaign_id: UUID, campaign: Campaign | None, refusal: type[EngineError]
) -> Campaign:
    if campaign is None:
        await get(uow, campaign_id)
        raise refusal
    _announce(uow, campaign)
    return campaign


def _announce(uow: UnitOfWork, campaign: Campaign) -> None:
    uow.announce(
        CampaignChanged(
            company_id=uow.company_id,
            campaign_id=campaign.id,
            state=campaign.state.value,
            reason=campaign.stop_reason,
        )
    )
