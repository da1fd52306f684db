"""Sending so that a doubt can be settled: what is planted in a message, and where it is looked for.

The library takes no id for a message: it makes one up. But a message that brings a secret of its own (which
WhatsApp uses for polls and reactions) has chat, id and secret written to the library's store before anything
leaves (``SendMessage`` in whatsmeow's ``send.go``). So each message gets a secret that is made of its token:

- the secret is not in the store: the message never left, and may be sent;
- it is: there is its id, and the message may have left. Only the server's word, or a receipt, decides.

When the library goes on although it could not write the secret (its store is full, damaged or locked for five
seconds; it only warns), or when the store forgot it (the device was logged out: all that belongs to it is
deleted), nothing found would prove nothing. Against the first, :mod:`.whatsmeow_tap` notes each message as it
leaves, and the warning itself counts as leaving. Against the second, each send remembers its device: without
that device in the store, what is not found is unknown. A store that lost its last writes with the power
cannot know either; it flushes every one of them, so that takes a disk that lies.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from engine.providers.linked.device import Refusal
from engine.providers.linked.protocol import Fate, Json
from engine.providers.linked.sent import AlreadySent, Outcome, Send, Sent
from engine.providers.linked.whatsmeow_calls import Calls, LibraryError
from engine.providers.linked.whatsmeow_tap import Leaving, Tap

logger = logging.getLogger(__name__)

#: 500 ms per lock and try, in the library's own store.
_BUSY_SECONDS = 5.0

#: How the library words the server's no.
NACK = re.compile(r"server returned error (\d+)")


class Store:
    """The library's own database, read beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def device(self) -> str | None:
        """The linked device, if there is one."""
        rows = self._rows("SELECT jid FROM whatsmeow_device LIMIT 1", ())
        return rows[0][0] if rows else None

    def has_device(self, jid: str) -> bool:
        return bool(self._rows("SELECT 1 FROM whatsmeow_device WHERE jid = ?", (jid,)))

    def message_id(self, secret: bytes) -> str | None:
        query = "SELECT message_id FROM whatsmeow_message_secrets WHERE key = ?"
        rows = self._rows(query, (secret,))
        return rows[0][0] if rows else None

    def _rows(self, query: str, values: tuple[Any, ...]) -> list[Any]:
        if not self._path.exists():
            return []
        with closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS)) as db:
            db.execute("PRAGMA query_only = 1")
            try:
                return db.execute(query, values).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):
                    return []
                raise


class Sending:
    """All of it blocks."""

    def __init__(self, calls: Calls, sent: Sent, store: Store, tap: Tap) -> None:
        self._calls, self._sent, self._store, self._tap = calls, sent, store, tap
        self._under_way: set[str] = set()
        #: The linked device that sends; part of what is written down of each.
        self.device = ""

    def begin(self, token: str, chat: str, content: Json) -> Send | Json:
        """Write it down; or the answer it already has.

        Raises:
            Refusal: ``lost``: it was sent before, and nobody knows what became of it.
        """
        try:
            return self._sent.begin(token, device=self.device, chat=chat, content=content)
        except AlreadySent as already:
            if already.send.outcome is Outcome.ACCEPTED:
                return {"message_id": already.send.message_id}
            raise Refusal("lost", "this message may have been sent already") from None

    def send(self, send: Send, chat: str, message: Any) -> Any:
        """Until the server has it. ``chat`` is the address that the library is told.

        Raises:
            Refusal: ``nack`` with the server's number, ``timeout``: in doubt; anything else: it never left.
        """
        message.messageContextInfo.messageSecret = send.secret
        self._under_way.add(send.token)
        try:
            with self._tap.sending(send.token) as leaving:
                answer = self._calls.send(chat, message)
        except LibraryError as error:
            raise self._failed(send, leaving, str(error)) from error
        finally:
            self._under_way.discard(send.token)
        self._sent.ended(send.token, Outcome.ACCEPTED, message_id=answer.ID, code=None)
        return answer

    def give_up(self, send: Send, code: str) -> None:
        """It never got as far as the library."""
        self._sent.ended(send.token, Outcome.ABSENT, message_id=None, code=code)

    def settle(self, token: str, since: float | None = None) -> Json:
        """What became of a send, by all that is known.

        A token that nobody heard of was never sent, unless these records are younger than it (``since``).
        """
        send = self._sent.of_token(token)
        if send is None:
            is_ours = since is None or self._sent.knows_since(since)
            return _fate(Fate.ABSENT if is_ours else Fate.UNKNOWN, None)
        if send.outcome is Outcome.ACCEPTED:
            return _fate(Fate.ACCEPTED, send.message_id)
        if send.outcome is not None:
            return _fate(Fate.ABSENT, send.message_id, send.code)
        message_id = send.message_id or self._store.message_id(send.secret)
        if message_id is not None:
            self._sent.leaving(token, message_id)
        if message_id or send.may_have_left or token in self._under_way or not self._remembers(send):
            return _fate(Fate.UNKNOWN, message_id)
        self._sent.ended(token, Outcome.ABSENT, message_id=None, code=None)
        return _fate(Fate.ABSENT, None)

    def tokens(self, message_ids: list[str]) -> list[str | None]:
        """Whose messages somebody got, even those of a process that died before it knew their ids."""
        found = self._sent.tokens(message_ids, prove=True)
        if None in found and self._name_the_nameless():
            found = self._sent.tokens(message_ids, prove=True)
        return found

    def _remembers(self, send: Send) -> bool:
        return bool(send.device) and self._store.has_device(send.device)

    def _name_the_nameless(self) -> bool:
        named = False
        for send in self._sent.nameless():
            if send.token not in self._under_way and (id_ := self._store.message_id(send.secret)):
                self._sent.leaving(send.token, id_)
                named = True
        return named

    def _failed(self, send: Send, leaving: Leaving, text: str) -> Refusal:
        if refused := NACK.search(text):
            self._sent.ended(send.token, Outcome.REFUSED, message_id=leaving.message_id, code=refused[1])
            return Refusal("nack", text, refused[1])
        if leaving.message_id is not None or not leaving.is_watched:
            return Refusal("timeout", text)
        logger.warning("A message could not be sent: %s", text)
        code = "not_on_whatsapp" if "no LID found" in text else "not_connected"
        self._sent.ended(send.token, Outcome.ABSENT, message_id=None, code=code)
        return Refusal(code, text)


def _fate(fate: Fate, message_id: str | None, wa_code: str | None = None) -> Json:
    return {"fate": fate, "message_id": message_id, "wa_code": wa_code}
