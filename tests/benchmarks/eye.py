"""Watches from outside when the effects of single events become visible."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Sequence
from typing import Any

import psycopg

#: Between two looks, and how many times longer a pause is than a look: watching must cost little.
SHORTEST_PAUSE, PAUSE_PER_LOOK = 0.01, 9
_SPARE = 10


class Eye(threading.Thread):
    """A reader on a connection of its own that notes when it first sees each of some keys.

    ``query`` returns those of ``%(keys)s`` whose effect is committed. Keys become due at ``rate`` a second in
    their order; only those that may be due are looked for.
    """

    def __init__(self, dsn: str, query: str, keys: Sequence[Hashable], rate: float) -> None:
        super().__init__(daemon=True)
        self._dsn, self._query, self._rate = dsn, query, rate
        self._waiting = list(keys)
        self._count = len(keys)
        self._stopping = threading.Event()
        #: Seconds of the system's clock by key.
        self.seen: dict[Any, float] = {}

    @property
    def missing(self) -> int:
        return self._count - len(self.seen)

    def run(self) -> None:
        began = time.monotonic()
        with (
            psycopg.connect(self._dsn, autocommit=True) as connection,
            connection.cursor(binary=True) as cursor,
        ):
            while self._waiting and not self._stopping.is_set():
                due = int((time.monotonic() - began) * self._rate) + _SPARE - len(self.seen)
                looked = time.monotonic()
                self._look(cursor, self._waiting[:due])
                pause = PAUSE_PER_LOOK * (time.monotonic() - looked)
                self._stopping.wait(max(SHORTEST_PAUSE, pause))

    def close(self) -> None:
        self._stopping.set()
        self.join()

    def _look(self, cursor: psycopg.Cursor[Any], keys: list[Hashable]) -> None:
        found = {row[0] for row in cursor.execute(self._query, {"keys": keys}, prepare=True)}
        now = time.time()
        if found:
            self.seen |= dict.fromkeys(found, now)
            self._waiting = [key for key in self._waiting if key not in found]
