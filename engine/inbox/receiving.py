"""Messages that come in become timelines: whole batches in a handful of statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from engine import clock, contacts
from engine.db.unit_of_work import UnitOfWork
from engine.ids import natural_id, new_id
from engine.inbox import arrival_queries as queries
from engine.inbox import changes, rules, telling
from engine.inbox.filing import file_people
from engine.inbox.telling import Placed
from engine.models import ChannelKind, Direction, IdentityKind, Provider
from engine.providers.inbound import UNDECRYPTABLE, InboundMedia, InboundMessage

_MICROSECOND = timedelta(microseconds=1)
#: Looks at who somebody is, when contacts become one at the same time.
_TRIES = 3


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
    #: None means one of those that keep to the rules of WhatsApp's platform.
    provider: Provider | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """Where a message went. ``is_new`` is False for one that was there already and changed nothing.

    What our own side wrote on the phone is among them, marked ``from_me`` in ``message``.
    """

    message: InboundMessage = field(repr=False)
    message_id: UUID
    conversation_id: UUID
    contact_id: UUID
    is_new: bool


async def receive(uow: UnitOfWork, arrivals: Arrivals) -> list[Received]:
    """Put messages into their timelines, each exactly once however often it is delivered.

    Unknown people become contacts. Counters, the 24-hour window (from the vendor's timestamp, only ever
    extended), files to fetch, and reactions, edits and revocations of earlier messages follow in the same
    transaction. A change whose message is not here stays in the timeline as an entry of its own.

    What our own side wrote on another device is an outgoing entry; when it was sent from here it is known and
    left out. Neither that nor a message from before the number was linked counts, opens or rings anything.
    """
    messages = await _without_echoes(uow, arrivals)
    if not messages:
        return []
    placed = await _place(uow, arrivals.channel_id, messages)
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
    telling.announce(uow, arrivals.channel_id, new)
    return [
        Received(p.message, p.message_id, p.conversation_id, p.contact_id, is_new=p.message_id in fresh)
        for p in entries.values()
    ]


async def _without_echoes(uow: UnitOfWork, arrivals: Arrivals) -> Sequence[InboundMessage]:
    """Nothing new is in what we sent from here and hear back."""
    own = [message.provider_message_id for message in arrivals.messages if message.from_me]
    if not own:
        return arrivals.messages
    known = await queries.echoes(uow.session, uow.company_id, arrivals.channel_id, own)
    return [m for m in arrivals.messages if not (m.from_me and m.provider_message_id in known)]


async def _place(uow: UnitOfWork, channel_id: UUID, messages: Sequence[InboundMessage]) -> list[Placed]:
    people, conversations = await _meet(uow, messages)
    now, channel = clock.now(), str(channel_id)
    return [
        Placed(
            message,
            natural_id(message.sent_at, channel, message.provider_message_id),
            conversations[contact_id],
            contact_id,
            now + position * _MICROSECOND,
        )
        for position, (contact_id, message) in enumerate(zip(people, messages, strict=True))
    ]


async def _meet(uow: UnitOfWork, messages: Sequence[InboundMessage]) -> tuple[list[UUID], dict[UUID, UUID]]:
    """Who wrote, and the conversation of each, held until we are done."""
    sightings = [_person(message) for message in messages]
    for _ in range(_TRIES):
        people = await contacts.resolve_many(uow, sightings)
        newest: dict[UUID, datetime] = {}
        for contact_id, message in zip(people, messages, strict=True):
            newest[contact_id] = max(message.sent_at, newest.get(contact_id, message.sent_at))
        conversations = await _conversations(uow, newest)
        if conversations.keys() >= newest.keys():
            return people, conversations
        # Somebody became another contact between our statements; the next look finds whom.
    raise LookupError("people who become others again and again")


async def _conversations(uow: UnitOfWork, newest: dict[UUID, datetime]) -> dict[UUID, UUID]:
    """The one conversation of each person, made where there is none, and locked.

    Contacts are held before conversations, here as where two contacts become one.
    """
    # Whoever answers a campaign finds it in the timeline, however far behind the filing is.
    await file_people(uow, list(newest))
    known = await queries.talking(uow.session, uow.company_id, list(newest))
    missing = [contact_id for contact_id in newest if contact_id not in known]
    if missing:
        columns = {
            "ids": [new_id() for _ in missing],
            "contacts": missing,
            "moments": [newest[contact_id] for contact_id in missing],
        }
        await queries.open_conversations(uow.session, uow.company_id, columns)
    return await queries.lock_conversations(uow.session, uow.company_id, list(newest))


async def _add(uow: UnitOfWork, arrivals: Arrivals, entries: Sequence[Placed]) -> set[UUID]:
    if not entries:
        return set()
    shown = [arrivals.can_show and not p.message.payload.get(UNDECRYPTABLE) for p in entries]
    columns = {
        "ids": [p.message_id for p in entries],
        "conversations": [p.conversation_id for p in entries],
        "directions": [_direction(p.message).value for p in entries],
        "kinds": [
            p.message.kind.value if is_shown else rules.UNREADABLE
            for p, is_shown in zip(entries, shown, strict=True)
        ],
        "texts": [p.message.text if is_shown else "" for p, is_shown in zip(entries, shown, strict=True)],
        "payloads": [
            orjson.dumps(p.message.payload).decode() if is_shown else "{}"
            for p, is_shown in zip(entries, shown, strict=True)
        ],
        "provider_ids": [p.message.provider_message_id for p in entries],
        "replies": [p.message.reply_to for p in entries],
        "moments": [p.message.sent_at for p in entries],
        "arrivals": [p.arrived_at for p in entries],
    }
    return await queries.add(uow.session, uow.company_id, arrivals.channel_id, columns)


async def _count(uow: UnitOfWork, new: Sequence[Placed]) -> None:
    if not new:
        return
    newest, counts = telling.by_conversation(new)
    columns = {
        "ids": list(newest),
        "counts": [counts[id_] for id_ in newest],
        "moments": [p.message.sent_at for p in newest.values()],
        "previews": [rules.preview(p.message.kind, p.message.text) for p in newest.values()],
    }
    await queries.count(uow.session, uow.company_id, columns)


async def _note_addresses(uow: UnitOfWork, arrivals: Arrivals, new: Sequence[Placed]) -> None:
    news = [p for p in new if p.is_news]
    if news:
        newest, _ = telling.by_conversation(news)
        now, has_window = clock.now(), rules.has_window(arrivals.channel_kind, arrivals.provider)
        ends = [rules.window_end(p.message.sent_at, now) if has_window else None for p in newest.values()]
        columns = {"ends": ends, **_addresses(newest)}
        await queries.reached(uow.session, uow.company_id, arrivals.channel_id, columns)
    if len(news) < len(new):
        newest, _ = telling.by_conversation([p for p in new if not p.is_news])
        await queries.met(uow.session, uow.company_id, arrivals.channel_id, _addresses(newest))


def _addresses(newest: dict[UUID, Placed]) -> dict[str, list[Any]]:
    found = [_address(p.message) for p in newest.values()]
    return {
        "ids": list(newest),
        "kinds": [kind.value for kind, _ in found],
        "addresses": [value for _, value in found],
    }


async def _note_files(uow: UnitOfWork, arrivals: Arrivals, new: Sequence[Placed]) -> None:
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


def _person(message: InboundMessage) -> contacts.Sighting:
    return contacts.Sighting(
        wa_id=message.sender_wa_id,
        phone=message.sender_phone,
        bsuid=message.bsuid,
        name=message.profile_name,
        lid=message.lid,
        group=message.group,
    )


def _direction(message: InboundMessage) -> Direction:
    return Direction.OUTBOUND if message.from_me else Direction.INBOUND


def _media(message: InboundMessage) -> list[InboundMedia]:
    """Every file of a message: the first one and what Twilio sends along with it."""
    more = message.payload.get("more_media") or ()
    return ([message.media] if message.media else []) + [
        InboundMedia(url=item.get("url"), mime=item.get("mime")) for item in more
    ]


def _address(message: InboundMessage) -> tuple[IdentityKind, str]:
    """The address that wrote: where an answer goes."""
    if message.answer_to is not None:
        return IdentityKind(message.answer_to.kind.value), message.answer_to.value
    if message.sender_wa_id:
        return IdentityKind.WA_ID, message.sender_wa_id
    if message.sender_phone:
        return IdentityKind.PHONE, message.sender_phone
    return IdentityKind.BSUID, message.bsuid or ""
