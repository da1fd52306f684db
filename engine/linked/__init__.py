"""WhatsApp numbers as linked devices: linking them, holding them, and letting them go."""

from __future__ import annotations

from engine.linked.events import LinkedChanged, SessionDue
from engine.linked.holder import Tools
from engine.linked.keeper import Keeper
from engine.linked.launching import Launch, launch
from engine.linked.service import (
    PhoneUnfit,
    SessionBusy,
    SessionNotFound,
    SessionOver,
    begin,
    cancel,
    code_of,
    find,
    log_out,
    resume,
    sessions,
)

__all__ = [
    "Keeper",
    "Launch",
    "LinkedChanged",
    "PhoneUnfit",
    "SessionBusy",
    "SessionDue",
    "SessionNotFound",
    "SessionOver",
    "Tools",
    "begin",
    "cancel",
    "code_of",
    "find",
    "launch",
    "log_out",
    "resume",
    "sessions",
]
