"""/api/v1/webhook-events: what vendors told us, and what was put aside."""

from __future__ import annotations

from uuid import UUID

from embedded_server.contract.base import Page
from embedded_server.contract.webhook_events import (
    ReplayIn,
    ReplayOut,
    WebhookEventDetailOut,
    WebhookEventOut,
    WebhookEventQuery,
)
from embedded_server.routing import Call, RouteTable
from embedded_server.wire import page, window
from engine import intake
from engine.accounts import Permission
from engine.models import WebhookState

route = RouteTable()

HOME = "/api/v1/webhook-events"
READ, REPLAY = Permission.WEBHOOKS_READ, Permission.WEBHOOKS_REPLAY


@route("GET", HOME, permission=READ, query=WebhookEventQuery, returns=Page[WebhookEventOut])
async def listing(call: Call[None, WebhookEventQuery]) -> Page[intake.SeenEvent]:
    """Events in a state, newest first."""
    asked, state = window(call.query, UUID), WebhookState(call.query.state)
    rows = await intake.stored_events(call.uow, state, before=asked.after, limit=asked.fetch)
    return page(rows, asked, key=lambda event: event.id)


@route("GET", HOME + "/{id}", permission=READ, returns=WebhookEventDetailOut, audits="webhook_event.read")
async def one(call: Call) -> WebhookEventDetailOut:
    """One event with what the vendor sent."""
    event = await intake.find_event(call.uow, call.id)
    payload = await intake.said(call.engine, call.uow, event)
    known = WebhookEventOut.model_validate(event).model_dump()
    return WebhookEventDetailOut(**known, payload=payload)


@route(
    "POST",
    HOME + "/replay",
    permission=REPLAY,
    body=ReplayIn,
    returns=ReplayOut,
    audits="webhook_event.replay",
)
async def replay(call: Call[ReplayIn]) -> ReplayOut:
    """Process events again; what already took effect does not take effect twice."""
    ids = call.body.ids
    count = await (intake.replay_quarantined(call.uow) if ids is None else intake.replay(call.uow, ids))
    call.details = {"all_quarantined": call.body.all_quarantined, "replayed": count}
    return ReplayOut(replayed=count)
