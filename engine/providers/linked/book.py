"""The host's own small database, in the session's folder and under its seal: what must survive a ``kill -9``.

One connection for all threads, one at a time. Every change outlives the process when its call returns. Those
that must outlive a loss of power, too, are flushed to the disk, and with them all that were made before.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, data BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS sent (
    token TEXT PRIMARY KEY, attempt INTEGER NOT NULL, secret BLOB NOT NULL UNIQUE, device TEXT NOT NULL,
    chat TEXT NOT NULL, content TEXT NOT NULL, at REAL NOT NULL,
    may_have_left INTEGER NOT NULL DEFAULT 0, message_id TEXT, outcome TEXT, code TEXT
);
CREATE INDEX IF NOT EXISTS sent_by_message ON sent (message_id);
CREATE TABLE IF NOT EXISTS seen (message_id TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS groups (jid TEXT PRIMARY KEY, subject TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class Book:
    """``change`` is one transaction; ``rows`` reads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, timeout=10)
        for pragma in ("journal_mode=WAL", "cache_size=-512", "wal_autocheckpoint=400"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_SCHEMA)

    @contextmanager
    def change(self, *, flushed: bool = False) -> Iterator[sqlite3.Connection]:
        """All of it or nothing; ``flushed``: on the disk, too, for what follows may be seen by others."""
        with self._lock:
            self._db.execute(f"PRAGMA synchronous={'FULL' if flushed else 'NORMAL'}")
            with self._db:
                yield self._db

    def rows(self, query: str, values: Iterable[Any] = ()) -> list[Any]:
        with self._lock, closing(self._db.execute(query, tuple(values))) as cursor:
            return cursor.fetchall()

    def fact(self, name: str) -> str | None:
        found = self.rows("SELECT value FROM facts WHERE name = ?", [name])
        return found[0][0] if found else None

    def note(self, name: str, value: str) -> None:
        with self.change() as db:
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def close(self) -> None:
        with self._lock:
            self._db.close()
