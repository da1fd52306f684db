"""WhatsApp numbers as linked devices: linking them, holding them, and letting them go."""

from __future__ import annotations

from engine.linked.events import LinkedChanged, SessionDue
from engine.linked.files import LinkedFiles
from engine.linked.holder import Tools
from engine.linked.keeper import Keeper
from engine.linked.launching import Launch, Launcher
from engine.linked.pretending import (
    NoCodeToScan,
    PretendPhoneTaken,
    ScanRefused,
    SessionNotSimulated,
    require_pretend_phones,
    scan,
)
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
    room_of,
    sessions,
)

__all__ = [
    "Budget",
    "Keeper",
    "Launch",
    "Launcher",
    "LinkedChanged",
    "LinkedFiles",
    "NoCodeToScan",
    "PhoneUnfit",
    "PretendPhoneTaken",
    "ScanRefused",
    "SessionBusy",
    "SessionDue",
    "SessionNotFound",
    "SessionNotSimulated",
    "SessionOver",
    "Tools",
    "begin",
    "cancel",
    "code_of",
    "find",
    "log_out",
    "require_pretend_phones",
    "resume",
    "room_of",
    "scan",
    "sessions",
]
