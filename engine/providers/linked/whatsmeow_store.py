"""The library's own database, read before the library opens it, and never after.

Two copies of SQLite in one process must not open the same file: the locks of a file belong to the process, so
neither sees the other's, and the first to close it takes the locks of both away. (It was tried: the library's
journal disappeared under it, then the process did.) So what is wanted is read at the start, all at once;
later the library is asked, or its log.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.providers.linked.sent import Sent


@dataclass(frozen=True, slots=True)
class Past:
    """What the store held when the host started. ``device`` is the linked device, with its number."""

    device: str | None


def recall(path: Path, sent: Sent) -> Past:
    """Read the store, and write down what it tells of sends whose id is not known yet.

    A secret that is there names the message, which may have left. One that is not there was never about to
    leave, as long as the store still has the device that should have sent it.
    """
    if not path.exists():
        return Past(None)
    with closing(sqlite3.connect(path)) as db:
        devices = [row[0] for row in _rows(db, "SELECT jid FROM whatsmeow_device", ())]
        for send in sent.nameless():
            found = _rows(
                db, "SELECT message_id FROM whatsmeow_message_secrets WHERE key = ?", (send.secret,)
            )
            if found:
                sent.leaving(send.token, found[0][0])
            elif send.device in devices and not send.may_have_left:
                sent.absent(send.token)
            else:
                sent.leaving(send.token)
    return Past(devices[0] if devices else None)


def _rows(db: sqlite3.Connection, query: str, values: tuple[Any, ...]) -> list[Any]:
    try:
        return db.execute(query, values).fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return []
        raise
