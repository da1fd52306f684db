"""Messages that come in become timelines: whole batches in a handful of statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from engine import clock, contacts
from engine.db.unit_of_work import UnitOfWork
from engine.ids import natural_id, new_id
from engine.inbox import arrival_queries as queries
from engine.inbox import changes, rules
from engine.inbox.events import MessageReceived
from engine.inbox.filing import file_people
from engine.models import ChannelKind, IdentityKind
from engine.providers.inbound import InboundMedia, InboundMessage

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Messages of one channel, in the order in which they came in.

    Without ``can_show`` each only leaves a mark in its timeline that something came which could not be shown;
    the message itself takes that place when it is received after all.
    """

    channel_id: UUID
    channel_kind: ChannelKind
    messages: Sequence[InboundMessage] = field(repr=False)
    can_show: bool = True


@dataclass(frozen=True, slots=True)
class Received:
    """Where a message went. ``is_new`` is False for one that was there already and changed nothing."""

    message: InboundMessage = field(repr=False)
    message_id: UUID
    conversation_id: UUID
    contact_id: UUID
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Placed:
    """A message whose person and conversation are known."""

    message: InboundMessage
    message_id: UUID
    conversation_id: UUID
    contact_id: UUID
    arrived_at: datetime


async def receive(uow: UnitOfWork, arrivals: Arrivals) -> list[Received]:
    """Put messages into their timelines, each exactly once however often it is delivered.

    Unknown people become contacts. Counters, the 24-hour window (from the vendor's timestamp, only ever
    extended), files to fetch, and reactions, edits and revocations of earlier messages follow in the same
    transaction. A change whose message is not here stays in the timeline as an entry of its own.
    """
    if not arrivals.messages:
        return []
    placed = await _place(uow, arrivals)
    entries = {p.message_id: p for p in placed if changes.target_of(p.message) is None}
    fresh = await _add(uow, arrivals, list(entries.values()))
    about_others = [p for p in placed if p.message_id not in entries]
    if about_others:
        # After their targets, which may have come in the same batch.
        kept = await changes.apply(uow, [(p.conversation_id, p.contact_id, p.message) for p in about_others])
        left = {about_others[i].message_id: about_others[i] for i in sorted(kept)}
        fresh |= await _add(uow, arrivals, list(left.values()))
        entries |= left
    new = [p for p in entries.values() if p.message_id in fresh]
    await _count(uow, new)
    await _note_addresses(uow, arrivals, new)
    await _note_files(uow, arrivals, new)
    _announce(uow, arrivals.channel_id, new)
    return [
        Received(p.message, p.message_id, p.conversation_id, p.contact_id, is_new=p.message_id in fresh)
        for p in entries.values()
    ]


async def _place(uow: UnitOfWork, arrivals: Arrivals) -> list[_Placed]:
    messages = arrivals.messages
    people = await contacts.resolve_many(uow, [_person(message) for message in messages])
    newest: dict[UUID, datetime] = {}
    for contact_id, message in zip(people, messages, strict=True):
        newest[contact_id] = max(message.sent_at, newest.get(contact_id, message.sent_at))
    conversations = await _conversations(uow, newest)
    now, channel = clock.now(), str(arrivals.channel_id)
    return [
        _Placed(
            message,
            natural_id(message.sent_at, channel, message.provider_message_id),
            conversations[contact_id],
            contact_id,
            now + position * _MICROSECOND,
        )
        for position, (contact_id, message) in enumerate(zip(people, messages, strict=True))
    ]


async def _conversations(uow: UnitOfWork, newest: dict[UUID, datetime]) -> dict[UUID, UUID]:
    """The one conversation of each person, made where there is none, and locked."""
    # Whoever answers a campaign finds it in the timeline, however far behind the filing is.
    await file_people(uow, list(newest))
    known = await queries.lock_conversations(uow.session, uow.company_id, list(newest))
    missing = [contact_id for contact_id in newest if contact_id not in known]
    if not missing:
        return known
    columns = {
        "ids": [new_id() for _ in missing],
        "contacts": missing,
        "moments": [newest[contact_id] for contact_id in missing],
    }
    known |= await queries.open_conversations(uow.session, uow.company_id, "open", columns)
    if len(known) < len(newest):
        # Somebody else opened one between our two statements.
        known |= await queries.lock_conversations(uow.session, uow.company_id, missing)
    return known


async def _add(uow: UnitOfWork, arrivals: Arrivals, entries: Sequence[_Placed]) -> set[UUID]:
    if not entries:
        return set()
    can_show = arrivals.can_show
    columns = {
        "ids": [p.message_id for p in entries],
        "conversations": [p.conversation_id for p in entries],
        "kinds": [p.message.kind.value if can_show else rules.UNREADABLE for p in entries],
        "texts": [p.message.text if can_show else "" for p in entries],
        "payloads": [orjson.dumps(p.message.payload).decode() if can_show else "{}" for p in entries],
        "provider_ids": [p.message.provider_message_id for p in entries],
        "replies": [p.message.reply_to for p in entries],
        "moments": [p.message.sent_at for p in entries],
        "arrivals": [p.arrived_at for p in entries],
    }
    return await queries.add(uow.session, uow.company_id, arrivals.channel_id, columns)


async def _count(uow: UnitOfWork, new: Sequence[_Placed]) -> None:
    if not new:
        return
    newest, counts = _by_conversation(new)
    columns = {
        "ids": list(newest),
        "counts": [counts[id_] for id_ in newest],
        "moments": [p.message.sent_at for p in newest.values()],
        "previews": [rules.preview(p.message.kind, p.message.text) for p in newest.values()],
    }
    await queries.count(uow.session, uow.company_id, columns)


async def _note_addresses(uow: UnitOfWork, arrivals: Arrivals, new: Sequence[_Placed]) -> None:
    if not new:
        return
    newest, _ = _by_conversation(new)
    addresses = [_address(p.message) for p in newest.values()]
    now, has_window = clock.now(), arrivals.channel_kind is ChannelKind.WHATSAPP
    columns = {
        "ids": list(newest),
        "kinds": [kind.value for kind, _ in addresses],
        "addresses": [value for _, value in addresses],
        "ends": [rules.window_end(p.message.sent_at, now) if has_window else None for p in newest.values()],
    }
    await queries.reached(uow.session, uow.company_id, arrivals.channel_id, columns)


async def _note_files(uow: UnitOfWork, arrivals: Arrivals, new: Sequence[_Placed]) -> None:
    files = [(p, i, media) for p in new for i, media in enumerate(_media(p.message))]
    if not files or not arrivals.can_show:
        return
    columns = {
        "ids": [natural_id(p.message.sent_at, str(p.message_id), str(i)) for p, i, _ in files],
        "messages": [p.message_id for p, _, _ in files],
        "media": [media.provider_media_id for *_, media in files],
        "urls": [media.url for *_, media in files],
        "mimes": [media.mime or "application/octet-stream" for *_, media in files],
        "names": [media.filename for *_, media in files],
        "digests": [media.sha256 for *_, media in files],
    }
    await queries.add_files(uow.session, uow.company_id, arrivals.channel_id, columns)


def _announce(uow: UnitOfWork, channel_id: UUID, new: Sequence[_Placed]) -> None:
    newest, counts = _by_conversation(new)
    for conversation_id, placed in newest.items():
        uow.announce(
            MessageReceived(
                company_id=uow.company_id,
                conversation_id=conversation_id,
                contact_id=placed.contact_id,
                channel_id=channel_id,
                message_id=placed.message_id,
                count=counts[conversation_id],
            )
        )


def _person(message: InboundMessage) -> contacts.Sighting:
    return contacts.Sighting(message.sender_wa_id, message.sender_phone, message.bsuid, message.profile_name)


def _media(message: InboundMessage) -> list[InboundMedia]:
    """Every file of a message: the first one and what Twilio sends along with it."""
    more = message.payload.get("more_media") or ()
    return ([message.media] if message.media else []) + [
        InboundMedia(url=item.get("url"), mime=item.get("mime")) for item in more
    ]


def _address(message: InboundMessage) -> tuple[IdentityKind, str]:
    """The address that wrote: where an answer goes."""
    if message.sender_wa_id:
        return IdentityKind.WA_ID, message.sender_wa_id
    if message.sender_phone:
        return IdentityKind.PHONE, message.sender_phone
    return IdentityKind.BSUID, message.bsuid or ""


def _by_conversation(new: Sequence[_Placed]) -> tuple[dict[UUID, _Placed], dict[UUID, int]]:
    """The newest message of each conversation, in the order of their ids, and how many there are."""
    newest: dict[UUID, _Placed] = {}
    counts: dict[UUID, int] = {}
    for placed in new:
        id_ = placed.conversation_id
        counts[id_] = counts.get(id_, 0) + 1
        if id_ not in newest or placed.message.sent_at >= newest[id_].message.sent_at:
            newest[id_] = placed
    return dict(sorted(newest.items())), counts
