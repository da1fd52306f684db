"""WhatsApp numbers as linked devices: linking them, holding them, and letting them go."""

from __future__ import annotations

from engine.linked.events import LinkedChanged, SessionDue
from engine.linked.files import LinkedFiles
from engine.linked.holder import Tools
from engine.linked.keeper import Keeper
from engine.linked.launching import Launch, launch
from engine.linked.rules import Budget
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
    "Budget",
    "Keeper",
    "Launch",
    "LinkedChanged",
    "LinkedFiles",
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
