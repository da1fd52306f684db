"""Verbs about stored events: look at those put aside, play them again, tell how far processing is behind."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from engine import clock
from engine.context import Engine
from engine.db.unit_of_work import UnitOfWork
from engine.errors import EngineError, Kind
from engine.intake import queries, rules
from engine.intake.queries import SeenEvent
from engine.models import Track, WebhookState
from engine.vault import CellUnreadable


class EventNotFound(EngineError):
    """No webhook event has this id."""

    kind = Kind.NOT_FOUND


async def replay(uow: UnitOfWork, ids: Sequence[UUID]) -> int:
    """Process events again, done ones too: what already took effect changes nothing. How many there were."""
    return await queries.replay(uow.session, uow.company_id, ids)


async def replay_quarantined(uow: UnitOfWork) -> int:
    """Process everything that was put aside once more. How many there were."""
    return await queries.replay_quarantined(uow.session, uow.company_id)


async def stored_events(
    uow: UnitOfWork, state: WebhookState, *, before: UUID | None = None, limit: int = 50
) -> list[SeenEvent]:
    """Stored events in a state, newest first, without what they say."""
    return await queries.listed(uow.session, uow.company_id, state, before=before, most=limit)


async def find_event(uow: UnitOfWork, event_id: UUID) -> SeenEvent:
    """Raises:
    EventNotFound: no such event in this company, or it was done and is forgotten.
    """
    event = await queries.find(uow.session, uow.company_id, event_id)
    if event is None:
        raise EventNotFound
    return event


async def said(engine: Engine, uow: UnitOfWork, event: SeenEvent) -> str | None:
    """What the vendor sent, for a person to read; None when it cannot be decrypted."""
    keys = await engine.load_keys(uow)
    try:
        body = keys.open(keys.place("webhook_event", "payload", event.id), event.payload or b"")
    except CellUnreadable:
        return None
    return body.decode(errors="replace")


async def inbound_lag(engine: Engine) -> float:
    """Seconds the oldest event that is due has been waiting; 0.0 when none is.

    Events whose next try lies in the future do not count: they wait on purpose.
    """
    async with engine.machine_work() as uow:
        waiting = await queries.pending(uow.session, list(Track), 1, queries.FIRST)
    if not waiting:
        return 0.0
    return max(0.0, clock.now().timestamp() - rules.received_at(waiting[0][1]).timestamp())
