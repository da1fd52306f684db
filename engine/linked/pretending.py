"""Pretend phones of the simulator, which link a number so that everything can be tried without a real one."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from uuid import UUID

from engine.channels import SimulatorRefused, ask_simulator, require_simulator
from engine.context import Engine
from engine.errors import EngineError
from engine.linked import service
from engine.models import LinkedSession
from engine.providers.linked.inbound import PHONES, user_of
from engine.providers.linked.pretend import require

#: São Paulo mobiles, as the simulator's customers have them.
_AREA = "55119"


class SessionNotSimulated(EngineError):
    """This is a real number: its code is scanned with the phone that has it."""


class NoCodeToScan(EngineError):
    """There is no code to scan just now. Wait for the next one."""


class ScanRefused(EngineError):
    """The pretend phone could not link: the code ran out meanwhile. Wait for the next one."""


class PretendPhoneTaken(EngineError):
    """This number is a pretend phone of somebody else on this machine: take another one."""


async def scan(engine: Engine, company_id: UUID, session_id: UUID, *, passkey: bool = False) -> None:
    """A pretend phone scans the session's code, or types it. ``passkey``: its account asks for one instead.

    Raises:
        SessionNotFound, SessionNotSimulated: there is no such session, or WhatsApp itself serves it.
        NoCodeToScan, ScanRefused, PretendPhoneTaken: as their names say.
        SimulatorOff, SimulatorUnreachable: nobody plays WhatsApp.
    """
    async with engine.unit_of_work(company_id) as uow:
        session = await service.find(uow, session_id)
        code = await service.code_of(engine, uow, session) if session.simulated else None
        number = (session.phone or "")[1:] or number_for(await service.sessions(uow))
    if not session.simulated:
        raise SessionNotSimulated
    require_pretend_phones(engine)
    if code is None:
        raise NoCodeToScan
    how = "passkey" if passkey else "enter" if session.phone else "scan"
    who = {} if passkey else {"number": number, "owner": str(company_id)}
    try:
        await ask_simulator(engine.settings, f"linked/{how}", {"code": code, **who})
    except SimulatorRefused as error:
        raise (PretendPhoneTaken if error.reason == "phone_taken" else ScanRefused) from error


def require_pretend_phones(engine: Engine) -> None:
    """Raises:
    SimulatorOff: nobody would play WhatsApp.
    NoPretendedWay: pretend phones do not work on this system.
    """
    require_simulator(engine)
    require()


def number_for(sessions: Sequence[LinkedSession]) -> str:
    """The company's pretend phone that is not linked just now, or a new one; ``sessions`` newest first."""
    phones = [
        (number, session.ended_at is None)
        for session in sessions
        if session.simulated and (number := user_of(session.jid or "", PHONES)) is not None
    ]
    held = {number for number, is_held in phones if is_held}
    fresh = _AREA + "".join(secrets.choice("0123456789") for _ in range(8))
    return next((number for number, _ in phones if number not in held), fresh)
