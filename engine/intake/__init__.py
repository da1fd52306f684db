"""Webhooks on their way in: stored durably before they are acknowledged, processed in order afterwards."""

from engine.intake.events import EventIds, EventKind, NewEvent, Source, kind_of
from engine.intake.processor import Processor, Rhythm
from engine.intake.queries import SeenEvent
from engine.intake.service import (
    EventNotFound,
    find_event,
    inbound_lag,
    replay,
    replay_quarantined,
    said,
    stored_events,
)
from engine.intake.spool import SpoolFile, SpoolFull, SpoolingStore
from engine.intake.writer import NOTIFY_CHANNEL, EventRefused, IntakeUnavailable, Pace, Writer

__all__ = [
    "NOTIFY_CHANNEL",
    "EventIds",
    "EventKind",
    "EventNotFound",
    "EventRefused",
    "IntakeUnavailable",
    "NewEvent",
    "Pace",
    "Processor",
    "Rhythm",
    "SeenEvent",
    "Source",
    "SpoolFile",
    "SpoolFull",
    "SpoolingStore",
    "Writer",
    "find_event",
    "inbound_lag",
    "kind_of",
    "replay",
    "replay_quarantined",
    "said",
    "stored_events",
]
