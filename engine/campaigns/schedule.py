"""Scheduled starts: a slot is taken once, and a missed one follows its owner's choice."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from engine import clock
from engine.campaigns import queries, rules
from engine.context import Engine
from engine.db.unit_of_work import UnitOfWork
from engine.events import CampaignChanged, LaunchDue
from engine.models import Campaign, CampaignRun, CampaignState, RunDecision

#: What a campaign shows when its start was missed and its owner is asked.
MISSED = "start_missed"


async def take_slot(engine: Engine, company_id: UUID, campaign_id: UUID) -> RunDecision | None:
    """Decide about a due start, once. None when the slot is not due or was already taken.

    The slot's row and the campaign's new state are one transaction: a kill before it leaves a due slot, a
    kill after it leaves a queued campaign, and both are found again (case SC-07).
    """
    async with engine.unit_of_work(company_id) as uow:
        campaign = await queries.lock(uow.session, campaign_id)
        if campaign is None or campaign.state is not CampaignState.SCHEDULED or not campaign.scheduled_local:
            return None
        # The zone's rules may have changed since the schedule was made, so the instant is worked out again.
        due = rules.instant_of(campaign.scheduled_local, campaign.timezone)
        if due > clock.now():
            campaign.due_at = due
            return None
        decision = rules.decide_run(due, clock.now(), campaign.misfire)
        if not await _take(uow, campaign, decision):
            return None
        _follow(uow, campaign, decision)
        return decision


async def _take(uow: UnitOfWork, campaign: Campaign, decision: RunDecision) -> bool:
    statement = (
        insert(CampaignRun)
        .values(
            company_id=uow.company_id,
            campaign_id=campaign.id,
            local_slot=f"{campaign.scheduled_local}[{campaign.timezone}]",
            decision=decision,
        )
        .on_conflict_do_nothing()
        .returning(CampaignRun.id)
    )
    return await uow.session.scalar(statement) is not None


def _follow(uow: UnitOfWork, campaign: Campaign, decision: RunDecision) -> None:
    match decision:
        case RunDecision.RUN:
            campaign.state, campaign.started_at = CampaignState.QUEUED, clock.now()
            uow.announce(LaunchDue(company_id=uow.company_id, campaign_id=campaign.id))
        case RunDecision.ASKED:
            campaign.state, campaign.stop_reason = CampaignState.PAUSED, MISSED
        case RunDecision.SKIPPED:
            campaign.state, campaign.stop_reason = CampaignState.CANCELLED, MISSED
            campaign.finished_at = clock.now()
    uow.announce(
        CampaignChanged(
            company_id=uow.company_id,
            campaign_id=campaign.id,
            state=campaign.state.value,
            reason=campaign.stop_reason,
        )
    )
