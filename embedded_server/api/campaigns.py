"""/api/v1/campaigns: drafts, flight plan, start to finish, ledger and report."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from aiohttp import web

from embedded_server.api import campaign_file
from embedded_server.contract.base import Page
from embedded_server.contract.campaigns import (
    CampaignIn,
    CampaignOut,
    CampaignQuery,
    FlightPlanOut,
    LedgerOut,
    ListedCampaignOut,
    MissingOut,
    RecipientOut,
    RecipientQuery,
    ReportQuery,
    ResendIn,
    ResendOut,
    SampleOut,
    ScheduleIn,
    StandingName,
)
from embedded_server.routing import Call, RouteTable
from embedded_server.wire import page, part, window
from engine import accounts, campaigns
from engine.accounts import Permission
from engine.campaigns import Draft, FlightPlan, Line, Progress, Standing, Wanted
from engine.models import Campaign, CampaignState, Misfire

route = RouteTable()

HOME = "/api/v1/campaigns"
READ, WRITE, SEND = Permission.CAMPAIGNS_READ, Permission.CAMPAIGNS_WRITE, Permission.CAMPAIGNS_SEND


@route("GET", HOME, permission=READ, query=CampaignQuery, returns=Page[ListedCampaignOut])
async def listing(call: Call[None, CampaignQuery]) -> Page[ListedCampaignOut]:
    """Campaigns, newest first, and how far each is."""
    asked = window(call.query, tuple[datetime, UUID])
    state = CampaignState(call.query.state) if call.query.state else None
    rows = await campaigns.page(call.uow, state=state, before=asked.after, limit=asked.fetch)
    far = await campaigns.progress(call.uow, rows)
    listed = [_listed(row, far.get(row.id, Progress())) for row in rows]
    return page(listed, asked, key=lambda campaign: (campaign.created_at, campaign.id))


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
async def recipients(call: Call[None, RecipientQuery]) -> Page[Line]:
    """The report, one line a recipient."""
    asked = window(call.query, UUID)
    wanted = _wanted(call.query.status, call.query.q)
    found = await campaigns.sheet(call.uow, call.id, wanted, after=asked.after, limit=asked.limit)
    return part(found.lines, found.following)


@route(
    "GET",
    HOME + "/{id}/report.csv",
    permission=Permission.CONTACTS_EXPORT,
    query=ReportQuery,
    streams="text/csv",
    transaction=False,
)
async def report(call: Call[None, ReportQuery]) -> web.StreamResponse:
    """The report as a file for spreadsheets."""
    who, asked = call.principal, call.query
    async with call.engine.unit_of_work(who.company_id, who.person_id) as uow:
        campaign = await campaigns.get(uow, call.id)
        await accounts.audit(uow, who, "campaign.export", str(call.id), {"status": asked.status})
        form = campaign_file.Form(asked.language, campaign.timezone)
    wanted = _wanted(asked.status, asked.q)
    slices = campaigns.all_lines(call.engine, who.company_id, call.id, wanted)
    return await campaign_file.stream(call.request, form, campaign.name, slices)


def _listed(campaign: Campaign, progress: Progress) -> ListedCampaignOut:
    columns: dict[str, Any] = {name: getattr(campaign, name) for name in CampaignOut.model_fields}
    return ListedCampaignOut(**columns, total=progress.total, done=progress.done)


def _wanted(status: StandingName | None, number: str) -> Wanted:
    return Wanted(Standing(status) if status else None, number)


def _draft(body: CampaignIn) -> Draft:
    return Draft(
        name=body.name,
        channel_id=body.channel_id,
        content=body.content.model_dump(mode="json") if body.content else {},
        audience=body.audience.model_dump(mode="json"),
        pace=body.pace,
        timezone=body.timezone,
        quiet_from=body.quiet_from,
        quiet_until=body.quiet_until,
        misfire=Misfire(body.misfire),
        scheduled_local=body.scheduled_local,
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
        missing=[
            MissingOut(variable=name, people=lack.people, names=lack.names)
            for name, lack in plan.missing.items()
        ],
        problems=plan.problems,
        warnings=dict(plan.warnings),
    )
