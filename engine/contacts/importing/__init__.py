"""Import of contacts from CSV and XLSX: streamed, checked row by row, resumable to the row."""

from engine.contacts.importing.order import Agreement, Existing, Options
from engine.contacts.importing.reader import Preview
from engine.contacts.importing.runner import ORPHANED, TRY_AGAIN, Runner, carry_on
from engine.contacts.importing.service import (
    ImportBusy,
    ImportEnded,
    ImportNotFound,
    TooManyImports,
    cancel,
    check,
    find,
    jobs,
    preview_of,
    problems,
    start,
)
from engine.contacts.importing.table import FileRefused
from engine.contacts.importing.upload import LARGEST, NoSpaceLeft, Upload, take_in

__all__ = [
    "LARGEST",
    "ORPHANED",
    "TRY_AGAIN",
    "Agreement",
    "Existing",
    "FileRefused",
    "ImportBusy",
    "ImportEnded",
    "ImportNotFound",
    "NoSpaceLeft",
    "Options",
    "Preview",
    "Runner",
    "TooManyImports",
    "Upload",
    "cancel",
    "carry_on",
    "check",
    "find",
    "jobs",
    "preview_of",
    "problems",
    "start",
    "take_in",
]
