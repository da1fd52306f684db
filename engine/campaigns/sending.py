"""A campaign as a source of parcels: claims for a lane, and what each outcome means for the recipient."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from engine import clock
from engine.campaigns import claims, content, firsts, queries, rules, service
from engine.campaigns.content import Frozen, Letter
from engine.db.unit_of_work import UnitOfWork
from engine.delivery import Applied, Parcel, Settled, may_try_again, wait_before_retry
from engine.events import CampaignProgressed
from engine.models import CampaignState, Provider, RecipientState
from engine.providers.port import Action, Address, AddressKind, Outcome
from engine.queue.lease import Lease

_FIRST = UUID(int=0)


@dataclass(slots=True)
class Cursor:
    """One campaign's place in a lane's memory: how far the claims walked, and its letter."""

    campaign_id: UUID
    after: UUID = _FIRST
    letter: Letter | None = None
    timezone: str = "America/Sao_Paulo"
    zones: list[str] = field(default_factory=list)
    quiet: rules.QuietHours | None = None
    pace: float | None = None
    #: The number is a linked one, which may not write to many new people a day.
    is_linked: bool = False
    #: The walk came to the end: nothing due was left behind it, or only people who must wait.
    exhausted: bool = False

    def rewind(self) -> None:
        """Begin again at the first recipient, for those who were put back since."""
        self.after, self.exhausted = _FIRST, False


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one claim took: parcels to send, and whom it met besides: opted out, or told to wait."""

    parcels: list[Parcel]
    suppressed: int
    held: int = 0


async def open_cursor(uow: UnitOfWork, campaign_id: UUID) -> Cursor | None:
    """Load what the claims of one sending campaign need; None when it does not send (any more)."""
    campaign = await queries.find(uow.session, campaign_id)
    if campaign is None or campaign.state is not CampaignState.SENDING:
        return None
    channel = await queries.channel_of(uow.session, campaign.channel_id)
    return Cursor(
        campaign_id,
        letter=content.read(campaign.content),
        timezone=campaign.timezone,
        zones=await queries.zones(uow.session, campaign_id, campaign.timezone),
        quiet=rules.quiet_hours(campaign.quiet_from, campaign.quiet_until),
        pace=campaign.pace,
        is_linked=channel is not None and channel.provider is Provider.LINKED,
    )


async def claim(
    uow: UnitOfWork, cursor: Cursor, lease: Lease, *, channel_id: UUID, ids: Sequence[UUID]
) -> Claimed:
    """Take at most ``len(ids)`` people out of the queue and write their intents under those ids."""
    zones = rules.open_zones(cursor.zones, cursor.quiet, clock.now())
    if not zones:
        cursor.exhausted = True
        return Claimed([], 0)
    values = {
        "company": uow.company_id,
        "campaign": cursor.campaign_id,
        "channel": channel_id,
        "lease": lease.name,
        "epoch": lease.epoch,
        "after": cursor.after,
        "timezone": cursor.timezone,
        "open_zones": zones,
        "limit": len(ids),
        "ids": list(ids),
    }
    if cursor.is_linked:
        rows, held = await _claim_linked(uow, values)
    else:
        rows, held = await claims.claim(uow.session, values), 0
    cursor.exhausted = len(rows) < len(ids)
    if rows:
        cursor.after = rows[-1].id
    counts = {"suppressed": sum(row.suppressed for row in rows), "held": held}
    if any(counts.values()):
        _progress(uow, cursor.campaign_id, {word: people for word, people in counts.items() if people})
    taken = [row for row in rows if not (row.suppressed or row.held)]
    parcels = [_parcel(uow, cursor, lease, channel_id, row) for row in taken]
    return Claimed(parcels, **counts)


async def _claim_linked(uow: UnitOfWork, values: dict[str, Any]) -> tuple[Sequence[Any], int]:
    """The rows, and how many people wait because the number's day has no room for new ones.

    Claims of one number stand in line from here to their commit, so that no two of them use the same room.
    """
    room = await firsts.take_stock(uow, values["channel"])
    until, reason = room.wait
    told = {"room": room.left, "until": until, "waits": reason}
    rows = await claims.claim_linked(uow.session, values | told)
    held = sum(row.held for row in rows)
    if room.left <= sum(row.is_first and not row.suppressed for row in rows):
        place = {"channel_id": values["channel"], "campaign_id": values["campaign"]}
        after = rows[-1].id if rows else values["after"]
        held += await firsts.hold(uow, room, after=after, **place)
    return rows, held


async def follow(uow: UnitOfWork, batch: Sequence[Settled]) -> None:
    """After the ledger has the outcomes: recipients that were refused wait, fail, or stop their campaign."""
    mine = [s for s in batch if s.parcel.recipient_id is not None]
    refused = [s for s in mine if s.result.outcome in (Outcome.REJECTED, Outcome.NOT_SENT)]
    await _heed_bars(uow, batch)
    if refused:
        await claims.give_back(uow.session, uow.company_id, _fates(refused))
    for campaign_id, reason in _stops(refused).items():
        await service.stop_for(uow, campaign_id, reason)
    for campaign_id, counts in _tally(mine).items():
        _progress(uow, campaign_id, counts)


async def follow_statuses(uow: UnitOfWork, applied: Applied) -> None:
    """After receipts and failures were applied: the recipients' own rows and the live counters."""
    if applied.recipients:
        await claims.proved(uow.session, uow.company_id, sorted(applied.recipients))
    failures = [f for f in applied.failures if f.recipient_id is not None]
    if failures:
        ordered = sorted((f.recipient_id, f.code or "failed") for f in failures if f.recipient_id)
        await claims.fail_later(
            uow.session, uow.company_id, [id_ for id_, _ in ordered], [code for _, code in ordered]
        )
    counts: dict[UUID, dict[str, int]] = {}
    for (campaign_id, word), people in applied.receipts.items():
        if campaign_id is not None:
            counts.setdefault(campaign_id, {})[word] = people
    for failure in failures:
        if failure.campaign_id is not None:
            words = counts.setdefault(failure.campaign_id, {})
            words["failed"] = words.get("failed", 0) + 1
    for campaign_id, words in counts.items():
        _progress(uow, campaign_id, words)


def _parcel(uow: UnitOfWork, cursor: Cursor, lease: Lease, channel_id: UUID, row: Any) -> Parcel:
    assert cursor.letter is not None
    return Parcel(
        attempt_id=row.attempt_id,
        company_id=uow.company_id,
        channel_id=channel_id,
        epoch=lease.epoch,
        to=Address(AddressKind(row.address_kind), row.address),
        content=content.compose(cursor.letter, Frozen(row.body, row.params)),
        campaign_id=cursor.campaign_id,
        recipient_id=row.id,
        tries=row.tries,
        is_first=row.is_first,
    )


async def _heed_bars(uow: UnitOfWork, batch: Iterable[Settled]) -> None:
    """A number that WhatsApp bars from writing to new people stops doing so with the first refusal."""
    refused = (s for s in batch if s.result.outcome is Outcome.REJECTED)
    barred = {s.parcel.channel_id: s.result for s in refused if s.result.action is Action.STOP_FIRST}
    for channel_id, result in barred.items():
        await firsts.bar(uow, channel_id, clock.now() + (result.retry_after or rules.BAR))


def _fates(refused: Iterable[Settled]) -> dict[str, list[Any]]:
    fates = sorted((s.parcel.recipient_id, *_fate(s)) for s in refused if s.parcel.recipient_id)
    return {
        "ids": [f[0] for f in fates],
        "states": [f[1] for f in fates],
        "reasons": [f[2] or None for f in fates],
        "due": [f[3] for f in fates],
    }


def _fate(settled: Settled) -> tuple[str, str, datetime]:
    """State, reason and due time of one refused recipient."""
    result, tries, moment = settled.result, settled.parcel.tries, clock.now()
    if result.action is Action.STOP_FIRST:
        return RecipientState.PENDING.value, firsts.BARRED, moment + (result.retry_after or rules.BAR)
    if result.outcome is Outcome.NOT_SENT:
        wait = result.retry_after or min(timedelta(seconds=2 ** min(tries, 6)), timedelta(seconds=60))
        return RecipientState.PENDING.value, "", moment + wait
    if may_try_again(result.action, tries):
        wait = wait_before_retry(result.action, tries, result.retry_after)
        return RecipientState.PENDING.value, "", moment + wait
    return RecipientState.FAILED.value, result.code or "refused", moment


def _stops(refused: Iterable[Settled]) -> dict[UUID, str]:
    return {
        s.parcel.campaign_id: s.result.code or "content_refused"
        for s in refused
        if s.result.action is Action.STOP_CAMPAIGN and s.parcel.campaign_id
    }


def _tally(batch: Iterable[Settled]) -> dict[UUID, dict[str, int]]:
    counts: dict[UUID, dict[str, int]] = {}
    for settled in batch:
        if settled.parcel.campaign_id is not None:
            words = counts.setdefault(settled.parcel.campaign_id, {})
            word = settled.result.outcome.value
            words[word] = words.get(word, 0) + 1
    return counts


def _progress(uow: UnitOfWork, campaign_id: UUID, counts: dict[str, int]) -> None:
    uow.announce(CampaignProgressed(company_id=uow.company_id, campaign_id=campaign_id, counts=counts))
