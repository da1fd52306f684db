"""What events do: timelines, receipts, opt-outs, the health of a number. All in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from engine import clock, consent, contacts, inbox
from engine.campaigns import sending, stop_channel
from engine.consent import Intent, Method, Wish
from engine.db.unit_of_work import UnitOfWork
from engine.delivery import Applied, apply_statuses
from engine.events import ChannelChanged
from engine.inbox import Arrivals, Received
from engine.intake import queries
from engine.intake.facts import ChannelFacts
from engine.intake.queries import Sort
from engine.models import ChannelKind
from engine.providers.inbound import InboundMessage, Notice, Preference
from engine.providers.port import Action

#: Fields of Meta about a template, and where each names its new status or category.
_TEMPLATE_FIELDS = {
    "message_template_status_update": "event",
    "template_category_update": "new_category",
}


async def apply(uow: UnitOfWork, channels: dict[UUID, ChannelFacts], sorts: dict[UUID, Sort]) -> None:
    """``sorts`` are those of channels met before: a channel never changes its own, so each is asked once."""
    unknown = [channel_id for channel_id in channels if channel_id not in sorts]
    if unknown:
        sorts |= await queries.channel_sorts(uow.session, uow.company_id, unknown)
    for channel_id, facts in channels.items():
        await _apply_channel(uow, channel_id, sorts[channel_id], facts)


async def leave_mark(uow: UnitOfWork, channel_id: UUID, message: InboundMessage) -> None:
    """Show in its timeline that something came which could not be shown, so that the order is whole."""
    sorts = await queries.channel_sorts(uow.session, uow.company_id, [channel_id])
    kind, provider = sorts[channel_id]
    await inbox.receive(uow, Arrivals(channel_id, kind, [message], can_show=False, provider=provider))


async def _apply_channel(uow: UnitOfWork, channel_id: UUID, sort: Sort, facts: ChannelFacts) -> None:
    kind = sort.kind
    received = await inbox.receive(uow, Arrivals(channel_id, kind, facts.messages, provider=sort.provider))
    await _obey(uow, kind, received)
    if facts.statuses:
        applied = await apply_statuses(uow, channel_id, facts.statuses)
        await sending.follow_statuses(uow, applied)
        await inbox.sending.follow_statuses(uow, applied)
        await inbox.note_receipts(uow, channel_id, applied.strangers)
        await consent.opt_out_many(uow, list(_refusals(kind, applied)))
        await _stop(uow, channel_id, applied)
    if facts.preferences:
        await _prefer(uow, kind, facts.preferences)
    for notice in facts.notices:
        await _note(uow, channel_id, notice)


async def _obey(uow: UnitOfWork, kind: ChannelKind, received: Sequence[Received]) -> None:
    """Stop for those who ask for it, and start again for those who ask for that.

    Each wish carries the time at which it was written, so their order here does not matter. What our own side
    wrote is nobody's wish, and what is said in a group is said to the group.
    """
    theirs = [one for one in received if not (one.message.from_me or one.message.group)]
    said = [(consent.intent(asked.message.text), asked) for asked in theirs if asked.is_new]
    await consent.opt_out_many(uow, [_wish(kind, asked) for intent, asked in said if intent is Intent.STOP])
    for intent, asked in said:
        if intent is Intent.START:
            await consent.record_opt_in(uow, _wish(kind, asked))


def _wish(kind: ChannelKind, asked: Received) -> Wish:
    message = asked.message
    number = message.sender_wa_id or message.sender_phone
    return Wish(
        channel_kind=kind,
        match_key=contacts.match_key(number) if number else message.lid or message.bsuid or "",
        method=Method.KEYWORD,
        contact_id=asked.contact_id,
        evidence={"message_id": str(asked.message_id), "said": message.text[:300]},
        at=message.sent_at,
    )


def _refusals(kind: ChannelKind, applied: Applied) -> Iterator[Wish]:
    """Failures that mean the person does not want to hear from us."""
    for failure in applied.failures:
        if failure.action is Action.OPT_OUT:
            yield Wish(
                channel_kind=kind,
                match_key=contacts.match_key(failure.address),
                method=Method.PROVIDER,
                evidence={"attempt_id": str(failure.attempt_id), "code": failure.code},
            )


async def _stop(uow: UnitOfWork, channel_id: UUID, applied: Applied) -> None:
    """What the vendor took and then failed because of the number itself would befall everybody after."""
    for failure in applied.failures:
        if failure.action is Action.STOP_CHANNEL:
            await stop_channel(uow, channel_id, failure.code or "refused")
            return


async def _prefer(uow: UnitOfWork, kind: ChannelKind, preferences: Sequence[Preference]) -> None:
    sightings = [contacts.Sighting(wa_id=p.wa_id, bsuid=p.bsuid) for p in preferences]
    people = await contacts.resolve_many(uow, sightings)
    for contact_id, preference in zip(people, preferences, strict=True):
        wish = Wish(
            channel_kind=kind,
            match_key=contacts.match_key(preference.wa_id) if preference.wa_id else preference.bsuid or "",
            method=Method.PROVIDER,
            contact_id=contact_id,
            evidence={"source": "user_preferences"},
            at=preference.occurred_at,
        )
        if preference.stop:
            await consent.record_opt_out(uow, wish)
        else:
            await consent.record_opt_in(uow, wish)


async def _note(uow: UnitOfWork, channel_id: UUID, notice: Notice) -> None:
    """Keep the newest word of the vendor about a number, its account or its templates."""
    if notice.field in _TEMPLATE_FIELDS:
        await queries.note_template(uow.session, _template(uow.company_id, channel_id, notice))
        return
    said = {"value": notice.value, "at": _moment(notice.occurred_at)}
    values = {"company": uow.company_id, "channel": channel_id, "field": notice.field}
    row = await queries.note_health(uow.session, values | {"said": orjson.dumps(said).decode()})
    if row is not None:
        uow.announce(
            ChannelChanged(
                company_id=uow.company_id, channel_id=channel_id, state=row.state, reason=row.stop_reason
            )
        )


def _template(company_id: UUID, channel_id: UUID, notice: Notice) -> dict[str, Any]:
    said = notice.value
    word = said.get(_TEMPLATE_FIELDS[notice.field])
    is_status = notice.field == "message_template_status_update"
    return {
        "company": company_id,
        "channel": channel_id,
        "template": str(said.get("message_template_id")),
        "name": str(said.get("message_template_name")),
        "language": str(said.get("message_template_language")),
        "status": str(word) if word and is_status else None,
        "category": str(word) if word and not is_status else None,
        "at": notice.occurred_at or clock.now(),
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
