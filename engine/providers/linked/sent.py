"""What this host was told to send, and all that is known of each: the memory that a doubt is settled from.

A send is written down before the library is called, with the secret that is planted in the message. The
library names the message itself; its id is learnt as soon as the library shows it, and what the server and
the recipients say of that id afterwards is written down with it.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson

from engine.providers.linked.book import Book
from engine.providers.linked.protocol import Json

#: Seconds that sends are remembered: longer than anything is in doubt, as long as receipts come.
KEPT_SECONDS = 14 * 86_400

_BORN = "sent_since"


class Outcome(StrEnum):
    """How a send ended; none as long as nobody knows."""

    ACCEPTED = "accepted"
    #: The server refused it: nobody saw it.
    REFUSED = "refused"
    #: It never left this machine.
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Send:
    token: str = field(repr=False)
    attempt: int
    secret: bytes = field(repr=False)
    #: The linked device that it was handed to.
    device: str
    chat: str = field(repr=False)
    #: It was seen on its way out, or nobody could have seen it.
    may_have_left: bool
    message_id: str | None
    outcome: Outcome | None
    code: str | None


class AlreadySent(Exception):
    """This token was used: ``send`` says what is known."""

    def __init__(self, send: Send) -> None:
        super().__init__("already sent")
        self.send = send


class Sent:
    """``key`` makes what is planted unguessable."""

    def __init__(self, book: Book, key: bytes) -> None:
        self._book, self._key = book, key
        if book.fact(_BORN) is None:
            book.note(_BORN, str(time.time()))

    def begin(self, token: str, *, device: str, chat: str, content: Json) -> Send:
        """Write a send down. A loss of power may take that back as long as it is not leaving.

        Raises:
            AlreadySent: the token was used, and it is not proven that nobody saw that message.
        """
        known = self.of_token(token)
        if known is not None and known.outcome not in (Outcome.ABSENT, Outcome.REFUSED):
            raise AlreadySent(known)
        # A second try is another message with another id, so it has another secret.
        attempt = known.attempt + 1 if known else 0
        secret = self._secret(token, attempt)
        with self._book.change() as db:
            db.execute(
                "INSERT OR REPLACE INTO sent (token, attempt, secret, device, chat, content, at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (token, attempt, secret, device, chat, orjson.dumps(content).decode(), time.time()),
            )
        return Send(token, attempt, secret, device, chat, False, None, None, None)

    def leaving(self, token: str, message_id: str | None = None) -> None:
        """From here on it may be at the server."""
        with self._book.change(flushed=True) as db:
            db.execute(
                "UPDATE sent SET may_have_left = 1, message_id = coalesce(?, message_id) WHERE token = ?",
                (message_id, token),
            )

    def ended(self, token: str, outcome: Outcome | None, *, message_id: str | None, code: str | None) -> None:
        with self._book.change() as db:
            db.execute(
                "UPDATE sent SET outcome = coalesce(?, outcome), message_id = coalesce(?, message_id), "
                "code = ? WHERE token = ? AND outcome IS NOT ?",
                (outcome, message_id, code, token, Outcome.ACCEPTED),
            )

    def absent(self, token: str, code: str | None = None) -> None:
        """It is proven that it never left."""
        self.ended(token, Outcome.ABSENT, message_id=None, code=code)

    def answered(self, message_id: str, code: int) -> None:
        """The server's word on one id; 0 is its yes. Once it was accepted nothing takes that back."""
        outcome = Outcome.REFUSED if code else Outcome.ACCEPTED
        with self._book.change() as db:
            db.execute(
                "UPDATE sent SET outcome = ?, code = ? WHERE message_id = ? AND outcome IS NULL",
                (outcome, str(code) if code else None, message_id),
            )

    def arrived(self, message_ids: Sequence[str]) -> list[str | None]:
        """Somebody got these, so the server has accepted them. Their tokens; None for what was not ours."""
        found = [
            self._book.rows("SELECT token, outcome FROM sent WHERE message_id = ?", [id_])
            for id_ in message_ids
        ]
        if any(rows and rows[0][1] != Outcome.ACCEPTED for rows in found):
            with self._book.change() as db:
                db.executemany(
                    "UPDATE sent SET outcome = ?, code = NULL WHERE message_id = ?",
                    [(Outcome.ACCEPTED, id_) for id_ in message_ids],
                )
        return [rows[0][0] if rows else None for rows in found]

    def of_token(self, token: str) -> Send | None:
        query = "SELECT * FROM sent WHERE token = ?"
        return next((_send(row) for row in self._book.rows(query, [token])), None)

    def nameless(self) -> list[Send]:
        """Sends that ended nowhere and whose id is not known yet."""
        query = "SELECT * FROM sent WHERE message_id IS NULL AND outcome IS NULL"
        return [_send(row) for row in self._book.rows(query)]

    def knows_since(self, moment: float) -> bool:
        """Whether everything that was sent since then (Unix time) is written down here."""
        return float(self._book.fact(_BORN) or 0) < moment > time.time() - KEPT_SECONDS

    def clean(self) -> None:
        with self._book.change() as db:
            db.execute("DELETE FROM sent WHERE at < ?", (time.time() - KEPT_SECONDS,))

    def _secret(self, token: str, attempt: int) -> bytes:
        planted = token if attempt == 0 else f"{token}|{attempt}"
        return hmac.new(self._key, planted.encode(), hashlib.sha256).digest()


def _send(row: tuple[Any, ...]) -> Send:
    token, attempt, secret, device, chat, _content, _at, left, message_id, outcome, code = row
    ended = Outcome(outcome) if outcome else None
    return Send(token, attempt, secret, device, chat, bool(left), message_id, ended, code)
