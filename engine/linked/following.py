"""What a host tells, written down: states, codes, the channel of a number, and pairs of addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from engine import channels, clock, contacts
from engine.campaigns import BAR, move_bar, stop_channel
from engine.context import Engine
from engine.db.unit_of_work import UnitOfWork
from engine.linked import queries, rules
from engine.linked.events import LinkedChanged, SessionDue
from engine.models import ChannelKind, ChannelMode, ChannelState, LinkedSession, Provider, SessionWish
from engine.providers.linked.inbound import GROUPS, HIDDEN, PHONES, user_of
from engine.providers.linked.protocol import EventName, Json, Phase

_TABLE = "linked_session"


async def follow(engine: Engine, uow: UnitOfWork, session: LinkedSession, name: str, data: Json) -> None:
    """One event that is no message, in the caller's transaction; ``session`` is locked there."""
    match name:
        case EventName.STATE:
            await _move(uow, session, Phase(data["phase"]), data)
        case EventName.QR:
            await _show(engine, uow, session, data["payload"], data["expires_at"])
        case EventName.PAIRING_CODE:
            await _show(engine, uow, session, data["code"], data["expires_at"])
        case EventName.LINKED:
            await _link(engine, uow, session, data)
        case EventName.PAIRS:
            await contacts.learn_pairs(uow, list(_pairs(data["pairs"])))
        case EventName.RESTRICTION:
            await _restrict(uow, session, data)
        case EventName.HISTORY:
            session.history_percent = int(data["progress"])
            tell(uow, session)
        case _:
            return


async def follow_names(uow: UnitOfWork, told: Iterable[Json]) -> None:
    """What the phone calls people and groups, many at once."""
    await contacts.learn_names(uow, [each for each in map(_named, told) if each is not None])


async def move(uow: UnitOfWork, session: LinkedSession, phase: Phase, **detail: Any) -> None:
    """The same for what the holder itself finds out."""
    await _move(uow, session, phase, detail)


async def end(uow: UnitOfWork, session: LinkedSession) -> None:
    """The linking is over; its channel, if it had one, stands still."""
    session.ended_at = session.changed_at = clock.now()
    session.code = session.code_expires_at = None
    tell(uow, session)


def tell(uow: UnitOfWork, session: LinkedSession) -> None:
    uow.announce(
        LinkedChanged(
            company_id=uow.company_id,
            session_id=session.id,
            channel_id=session.channel_id,
            state=session.state,
        )
    )


async def _move(uow: UnitOfWork, session: LinkedSession, phase: Phase, said: Json) -> None:
    session.state = phase.value
    session.detail = {key: value for key, value in said.items() if key != "phase" and value is not None}
    session.changed_at = clock.now()
    if phase is not Phase.WAITING:
        session.code = session.code_expires_at = None
    if phase is Phase.OPEN:
        session.opened_at = session.opened_at or clock.now()
        await _start_channel(uow, session)
    if phase in rules.STOP_REASONS and session.channel_id is not None:
        await stop_channel(uow, session.channel_id, rules.STOP_REASONS[phase])
    if rules.is_over(phase, was_linked=session.jid is not None):
        await end(uow, session)
    else:
        tell(uow, session)


async def _start_channel(uow: UnitOfWork, session: LinkedSession) -> None:
    """A channel that stood still for want of its link may send again; one that a person stopped may not."""
    if session.channel_id is None:
        return
    channel = await channels.lock(uow, session.channel_id)
    if channel.state is ChannelState.STOPPED and (channel.stop_reason or "").startswith("linked_"):
        await channels.resume(uow, channel.id)


async def _show(engine: Engine, uow: UnitOfWork, session: LinkedSession, code: str, until: str) -> None:
    keys = await engine.load_keys(uow)
    session.code = keys.seal(keys.place(_TABLE, "code", session.id), code.encode())
    session.code_expires_at = datetime.fromisoformat(until)
    session.state, session.changed_at = Phase.WAITING.value, clock.now()
    tell(uow, session)


async def _link(engine: Engine, uow: UnitOfWork, session: LinkedSession, data: Json) -> None:
    """The number is known: its channel is found or made, and an older link of the same number goes."""
    number = user_of(data["jid"], PHONES)
    if number is None:
        return
    session.jid = f"{number}@{PHONES}"
    session.lid = user_of(data.get("lid"), HIDDEN)
    channel_id = await _channel(engine, uow, session, f"+{number}", data.get("name") or "")
    for older in await queries.live_of_channel(uow.session, channel_id, but=session.id):
        older.wish, older.channel_id = SessionWish.LOG_OUT, None
        uow.announce(SessionDue(company_id=uow.company_id, session_id=older.id))
    await uow.session.flush()
    session.channel_id = channel_id
    tell(uow, session)


async def _channel(engine: Engine, uow: UnitOfWork, session: LinkedSession, sender: str, name: str) -> UUID:
    known = await queries.channel_of(uow.session, sender)
    if known is not None:
        channel = await channels.lock(uow, known)
        if channel.state is not ChannelState.ACTIVE:
            await channels.resume(uow, known)
        return known
    made = await channels.create(
        engine,
        uow,
        channels.NewChannel(
            kind=ChannelKind.WHATSAPP,
            provider=Provider.LINKED,
            name=name or "WhatsApp",
            sender=sender,
            account=f"{sender[1:]}@{PHONES}",
            mode=ChannelMode.SIMULATOR if session.simulated else ChannelMode.LIVE,
        ),
    )
    return made.id


def _named(told: Json) -> contacts.Sighting | None:
    """A contact's ``jid`` and ``name``, or a group's ``jid`` and ``subject``; None for what is neither."""
    jid = told["jid"]
    if jid.endswith(f"@{GROUPS}"):
        return contacts.Sighting(group=jid, name=told.get("subject"))
    number, lid = user_of(jid, PHONES), user_of(jid, HIDDEN)
    if number is None and lid is None:
        return None
    return contacts.Sighting(wa_id=number, lid=lid, name=told.get("name"))


def _pairs(told: list[list[str]]) -> Iterator[tuple[str, str]]:
    """Hidden identity and phone, both as digits."""
    for hidden, phone in told:
        lid, number = user_of(hidden, HIDDEN), user_of(phone, PHONES)
        if lid and number:
            yield lid, number


async def _restrict(uow: UnitOfWork, session: LinkedSession, data: Json) -> None:
    """People the number never met wait until then; one that WhatsApp names counts more than a guess."""
    until, now = data.get("until"), clock.now()
    if until:
        session.restricted_until = datetime.fromisoformat(until)
    elif session.restricted_until is None or session.restricted_until <= now:
        session.restricted_until = now + BAR
    session.detail = {**session.detail, "restriction": data.get("kind")}
    await uow.session.flush()
    if session.channel_id is not None and session.restricted_until is not None:
        await move_bar(uow, session.channel_id, session.restricted_until)
    tell(uow, session)
