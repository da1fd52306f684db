"""What people do with linked numbers: link one, look at it, let it go. Whoever holds the hosts follows."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from uuid import UUID

from engine import campaigns, clock
from engine.context import Engine
from engine.db.unit_of_work import UnitOfWork
from engine.errors import EngineError, Kind
from engine.ids import new_id
from engine.linked import queries, rules
from engine.linked.events import LinkedChanged, SessionDue
from engine.models import LinkedSession, SessionWish
from engine.providers.linked.protocol import EngineName, Phase
from engine.vault import CellUnreadable

_TABLE = "linked_session"
#: Sessions that are over, on which a person may look back.
_SHOWN = 50


class SessionNotFound(EngineError):
    """No linked session has this id."""

    kind = Kind.NOT_FOUND


class SessionOver(EngineError):
    """This linking has come to its end; link the number again."""


class SessionBusy(EngineError):
    """The number is connected or being connected already."""


class PhoneUnfit(EngineError):
    """A code is typed on one phone: write its number with country and area code."""

    kind = Kind.INVALID


async def begin(
    engine: Engine,
    uow: UnitOfWork,
    *,
    name: EngineName = EngineName.WHATSMEOW,
    phone: str | None = None,
    simulated: bool = False,
) -> LinkedSession:
    """Begin to link a number: by QR, or by a code that ``phone`` (E.164) types.

    Raises:
        PhoneUnfit: the number is none.
    """
    if phone is not None and not (phone.startswith("+") and phone[1:].isdigit() and 8 <= len(phone) <= 16):
        raise PhoneUnfit
    session_id = new_id()
    keys = await engine.load_keys(uow)
    session = LinkedSession(
        company_id=uow.company_id,
        id=session_id,
        engine=name.value,
        simulated=simulated,
        phone=phone,
        key=keys.seal(keys.place(_TABLE, "key", session_id), secrets.token_bytes(32)),
    )
    uow.session.add(session)
    await uow.session.flush()
    await uow.session.refresh(session)
    _tell(uow, session)
    return session


async def sessions(uow: UnitOfWork) -> Sequence[LinkedSession]:
    """Everyone that is not over, and the last of those that are; the newest first."""
    return await queries.live_and_newest(uow.session, _SHOWN)


async def room_of(uow: UnitOfWork, session: LinkedSession) -> campaigns.Room | None:
    """How many people it never met the number may still write to today; None while it is not linked."""
    if session.channel_id is None or session.ended_at is not None:
        return None
    return await campaigns.room_of(uow, session.channel_id)


async def find(uow: UnitOfWork, session_id: UUID) -> LinkedSession:
    """Raises:
    SessionNotFound: no such session in this company.
    """
    session = await queries.find(uow.session, session_id)
    if session is None:
        raise SessionNotFound
    return session


async def code_of(engine: Engine, uow: UnitOfWork, session: LinkedSession) -> str | None:
    """What the QR code holds, or the characters to type; None when none is valid just now."""
    if session.code is None or session.code_expires_at is None or session.code_expires_at <= clock.now():
        return None
    keys = await engine.load_keys(uow)
    try:
        return keys.open(keys.place(_TABLE, "code", session.id), session.code).decode()
    except CellUnreadable:
        return None


async def cancel(uow: UnitOfWork, session_id: UUID) -> LinkedSession:
    """Give up linking. A number that is linked already is logged out with :func:`log_out` instead."""
    session = await _lock(uow, session_id)
    if session.jid is not None:
        raise SessionBusy
    return await _wish(uow, session, SessionWish.CANCEL)


async def log_out(uow: UnitOfWork, session_id: UUID) -> LinkedSession:
    """Unlink the number, at WhatsApp too. What was said on it stays.

    Raises:
        SessionNotFound, SessionOver: as their names say.
    """
    return await _wish(uow, await _lock(uow, session_id), SessionWish.LOG_OUT)


async def resume(uow: UnitOfWork, session_id: UUID) -> LinkedSession:
    """Hold the number here again: after another client took it, after a bar, after too many falls.

    Raises:
        SessionBusy: it is held.
        SessionOver: it was logged out.
    """
    session = await _lock(uow, session_id)
    if session.state not in rules.WAITING_FOR_SOMEBODY:
        raise SessionBusy
    session.state, session.detail, session.changed_at = Phase.STARTING.value, {}, clock.now()
    return await _wish(uow, session, SessionWish.RUN)


async def _lock(uow: UnitOfWork, session_id: UUID) -> LinkedSession:
    session = await queries.find(uow.session, session_id, lock=True)
    if session is None:
        raise SessionNotFound
    if session.ended_at is not None:
        raise SessionOver
    return session


async def _wish(uow: UnitOfWork, session: LinkedSession, wish: SessionWish) -> LinkedSession:
    session.wish = wish
    await uow.session.flush()
    _tell(uow, session)
    return session


def _tell(uow: UnitOfWork, session: LinkedSession) -> None:
    uow.announce(SessionDue(company_id=uow.company_id, session_id=session.id))
    uow.announce(
        LinkedChanged(
            company_id=uow.company_id,
            session_id=session.id,
            channel_id=session.channel_id,
            state=session.state,
        )
    )
