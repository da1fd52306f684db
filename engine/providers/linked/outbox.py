"""Events that wait on disk until the engine has them: at least once, in order, under numbers used once."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import orjson

from engine.providers.linked.book import Book
from engine.providers.linked.protocol import EventName, Json

#: How long, and how many, ids of messages are remembered, to tell what came again from what was lost.
_SEEN_SECONDS = 7 * 86_400
_SEEN_MOST = 50_000

#: One kept event: its name and data.
Fact = tuple[EventName, Json]


@dataclass(frozen=True, slots=True)
class Kept:
    seq: int
    event: str
    data: Json = field(repr=False)


class Outbox:
    def __init__(self, book: Book) -> None:
        self._book = book

    def keep(self, facts: Iterable[Fact], *, seen: Sequence[str] = ()) -> None:
        """All or none; ``seen`` are the ids of messages that are done with.

        On the disk when this returns, for the server forgets what we confirm; only receipts, of which
        another one says as much, can be lost with the power.
        """
        facts = list(facts)
        rows = [(event.value, orjson.dumps(data)) for event, data in facts]
        if not rows and not seen:
            return
        now = time.time()
        with self._book.change(flushed=any(event is not EventName.RECEIPT for event, _ in facts)) as db:
            db.executemany("INSERT INTO outbox (event, data) VALUES (?, ?)", rows)
            db.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?)", [(id_, now) for id_ in seen])

    def after(self, seq: int, limit: int) -> list[Kept]:
        rows = self._book.rows(
            "SELECT seq, event, data FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit)
        )
        return [Kept(number, event, orjson.loads(data)) for number, event, data in rows]

    def forget(self, seq: int) -> None:
        """Everything up to this number is safe elsewhere. Numbers stay used: the highest is remembered."""
        with self._book.change() as db:
            db.execute("DELETE FROM outbox WHERE seq <= ?", (seq,))

    def start(self) -> int:
        """The number before the first that is kept, or the highest there ever was."""
        kept = self.after(0, 1)
        if kept:
            return kept[0].seq - 1
        rows = self._book.rows("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")
        return int(rows[0][0]) if rows else 0

    def has_seen(self, message_id: str) -> bool:
        return bool(self._book.rows("SELECT 1 FROM seen WHERE message_id = ?", [message_id]))

    def __len__(self) -> int:
        return int(self._book.rows("SELECT count(*) FROM outbox")[0][0])

    def clean(self) -> None:
        with self._book.change() as db:
            db.execute("DELETE FROM seen WHERE at < ?", (time.time() - _SEEN_SECONDS,))
            db.execute(
                "DELETE FROM seen WHERE message_id IN "
                "(SELECT message_id FROM seen ORDER BY at DESC LIMIT -1 OFFSET ?)",
                (_SEEN_MOST,),
            )
