"""Writes a started campaign's recipients down, all or none, and opens the sending."""

from __future__ import annotations

from uuid import UUID

from engine import clock
from engine.campaigns import audience, content, queries
from engine.campaigns.audience import Person
from engine.context import Engine
from engine.db.unit_of_work import UnitOfWork
from engine.events import CampaignChanged, LaneDue
from engine.models import Campaign, CampaignState, RecipientState


async def launch(engine: Engine, company_id: UUID, campaign_id: UUID) -> bool:
    """Freeze the audience and move the campaign from queued to sending, in one transaction.

    A kill in the middle leaves a queued campaign without recipients, which the sweeper launches again; two
    launches take turns on the campaign's row and the second finds nothing to do. Returns whether it did it.
    """
    async with engine.unit_of_work(company_id) as uow:
        campaign = await queries.lock(uow.session, campaign_id)
        if campaign is None or campaign.state is not CampaignState.QUEUED:
            return False
        channel = await queries.channel_of(uow.session, campaign.channel_id)
        if channel is None:
            return False
        planned = sending = 0
        letter = content.read(campaign.content)
        async for people in audience.judged(uow, campaign, channel, letter):
            planned += len(people)
            sending += sum(person.state is RecipientState.PENDING for person in people)
            await _freeze(uow, campaign_id, people)
        _open(uow, campaign, planned=planned, sending=sending)
    return True


async def _freeze(uow: UnitOfWork, campaign_id: UUID, people: list[Person]) -> None:
    await queries.freeze(uow.session, uow.company_id, campaign_id, audience.columns(people))


def _open(uow: UnitOfWork, campaign: Campaign, *, planned: int, sending: int) -> None:
    campaign.planned = planned
    if sending:
        campaign.state = CampaignState.SENDING
        uow.announce(LaneDue(company_id=uow.company_id, channel_id=campaign.channel_id))
    else:
        campaign.state, campaign.finished_at = CampaignState.COMPLETED, clock.now()
        campaign.stop_reason = "nobody_to_write_to"
    uow.announce(
        CampaignChanged(
            company_id=uow.company_id,
            campaign_id=campaign.id,
            state=campaign.state.value,
            reason=campaign.stop_reason,
        )
    )
