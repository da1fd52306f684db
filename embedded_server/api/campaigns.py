"""/api/v1/campaigns: drafts, flight plan, start to finish, ledger and report."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from embedded_server.contract.base import Page, PageQuery
from embedded_server.contract.campaigns import (
    CampaignIn,
    CampaignOut,
    FlightPlanOut,
    LedgerOut,
    RecipientOut,
    RecipientQuery,
    ResendIn,
    ResendOut,
    SampleOut,
    ScheduleIn,
)
from embedded_server.routing import Call, RouteTable
from embedded_server.wire import page, window
from engine import campaigns
from engine.accounts import Permission
from engine.campaigns import Draft, FlightPlan
from engine.models import Campaign, Misfire

route = RouteTable()

HOME = "/api/v1/campaigns"
READ, WRITE, SEND = Permission.CAMPAIGNS_READ, Permission.CAMPAIGNS_WRITE, Permission.CAMPAIGNS_SEND


@route("GET", HOME, permission=READ, query=PageQuery, returns=Page[CampaignOut])
async def listing(call: Call[None, PageQuery]) -> Page[Campaign]:
    """Campaigns, newest first."""
    asked = window(call.query, tuple[datetime, UUID])
    rows = await campaigns.page(call.uow, before=asked.after, limit=asked.fetch)
    return page(rows, asked, key=lambda campaign: (campaign.created_at, campaign.id))


@route("POST", HOME, permission=WRITE, body=CampaignIn, returns=CampaignOut, status=201)
async def create(call: Call[CampaignIn]) -> Campaign:
    """Draft a campaign. Nothing is sent until it is started or scheduled."""
    return await campaigns.create(call.uow, _draft(call.body), author=call.principal.person_id)


@route("GET", HOME + "/{id}", permission=READ, returns=CampaignOut)
async def one(call: Call) -> Campaign:
    """One campaign."""
    return await campaigns.get(call.uow, call.id)


@route("PUT", HOME + "/{id}", permission=WRITE, body=CampaignIn, returns=CampaignOut)
async def edit(call: Call[CampaignIn]) -> Campaign:
    """Replace a draft."""
    return await campaigns.edit(call.uow, call.id, _draft(call.body))


@route("DELETE", HOME + "/{id}", permission=WRITE, status=204, audits="campaign.remove")
async def remove(call: Call) -> None:
    """Throw a draft away."""
    await campaigns.remove(call.uow, call.id)


@route("GET", HOME + "/{id}/preflight", permission=READ, returns=FlightPlanOut)
async def preflight(call: Call) -> FlightPlanOut:
    """Who will be written to, who not and why, how long it takes and what it costs."""
    return _flight_plan(await campaigns.preflight(call.uow, call.id))


@route("POST", HOME + "/{id}/start", permission=SEND, returns=CampaignOut, audits="campaign.start")
async def start(call: Call) -> Campaign:
    """Start now."""
    return await campaigns.start(call.uow, call.id)


@route(
    "POST",
    HOME + "/{id}/schedule",
    permission=SEND,
    body=ScheduleIn,
    returns=CampaignOut,
    audits="campaign.schedule",
)
async def schedule(call: Call[ScheduleIn]) -> Campaign:
    """Start by itself at a wall time."""
    return await campaigns.schedule(call.uow, call.id, local=call.body.local, timezone=call.body.timezone)


@route("POST", HOME + "/{id}/pause", permission=SEND, returns=CampaignOut, audits="campaign.pause")
async def pause(call: Call) -> Campaign:
    """Stop sending; what already left goes on reporting."""
    return await campaigns.pause(call.uow, call.id)


@route("POST", HOME + "/{id}/resume", permission=SEND, returns=CampaignOut, audits="campaign.resume")
async def resume(call: Call) -> Campaign:
    """Go on where it stopped."""
    return await campaigns.resume(call.uow, call.id)


@route("POST", HOME + "/{id}/cancel", permission=SEND, returns=CampaignOut, audits="campaign.cancel")
async def cancel(call: Call) -> Campaign:
    """End it. Whoever was not written to yet will not be."""
    return await campaigns.cancel(call.uow, call.id)


@route(
    "POST",
    HOME + "/{id}/unconfirmed/resend",
    permission=SEND,
    body=ResendIn,
    returns=ResendOut,
    audits="campaign.resend_unconfirmed",
)
async def resend(call: Call[ResendIn]) -> ResendOut:
    """Send again to recipients in doubt, accepting that some get the message twice."""
    released = await campaigns.resend_unconfirmed(call.uow, call.id, call.body.recipient_ids)
    return ResendOut(released=released)


@route("GET", HOME + "/{id}/ledger", permission=READ, returns=LedgerOut)
async def ledger(call: Call) -> LedgerOut:
    """Where every recipient stands, counted."""
    return LedgerOut.model_validate(await campaigns.ledger(call.uow, call.id))


@route(
    "GET",
    HOME + "/{id}/recipients",
    permission=READ,
    query=RecipientQuery,
    returns=Page[RecipientOut],
)
async def recipients(call: Call[None, RecipientQuery]) -> Page[campaigns.Line]:
    """The report, one line a recipient."""
    asked = window(call.query, UUID)
    rows = await campaigns.lines(call.uow, call.id, after=asked.after, limit=asked.fetch)
    return page(rows, asked, key=lambda line: line.id)


def _draft(body: CampaignIn) -> Draft:
    return Draft(
        name=body.name,
        channel_id=body.channel_id,
        content=body.content.model_dump(mode="json"),
        audience=body.audience.model_dump(mode="json"),
        pace=body.pace,
        timezone=body.timezone,
        quiet_from=body.quiet_from,
        quiet_until=body.quiet_until,
        misfire=Misfire(body.misfire),
    )


def _flight_plan(plan: FlightPlan) -> FlightPlanOut:
    samples = [
        SampleOut(
            contact_id=person.contact_id,
            name=person.name,
            address=person.address,
            body=person.frozen.body if person.frozen else "",
        )
        for person in plan.samples
    ]
    return FlightPlanOut(
        planned=plan.planned,
        sending=plan.sending,
        skipped=dict(plan.skipped),
        rate=plan.rate,
        duration_seconds=plan.duration.total_seconds(),
        finishes_at=plan.finishes_at,
        units=plan.units,
        cost=plan.cost,
        currency=plan.currency,
        samples=samples,
        problems=plan.problems,
    )
