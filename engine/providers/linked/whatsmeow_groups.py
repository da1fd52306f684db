"""The groups of a number: what they are called and who is in them."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from engine.providers.linked import contents
from engine.providers.linked.book import Book
from engine.providers.linked.device import Voice
from engine.providers.linked.jids import HIDDEN, PHONES, server_of, text_of
from engine.providers.linked.protocol import EventName, Json
from engine.providers.linked.whatsmeow_calls import Calls, LibraryError
from engine.providers.linked.whatsmeow_reading import pairs_of

logger = logging.getLogger(__name__)

#: Seconds the first message of a group waits for its name; after that it goes on, and the name follows.
_PATIENCE = 3.0


class Groups:
    def __init__(self, book: Book, calls: Calls, voice: Voice) -> None:
        self._book, self._calls, self._voice = book, calls, voice
        self._asking: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="groups")

    def subject(self, jid: str) -> str | None:
        """Asked once in the life of a session; after that the server tells of changes."""
        known = self._known(jid)
        if known is not None:
            return known
        with self._lock:
            asking = self._asking.get(jid)
            if asking is None or asking.done():
                asking = self._asking[jid] = self._threads.submit(self._ask, jid)
        try:
            return str(asking.result(_PATIENCE)["subject"])
        except (TimeoutError, LibraryError):
            return None

    def members(self, jid: str) -> Json:
        """Blocks until the server told. What it says is passed on to the engine, too.

        Raises:
            LibraryError: it did not.
        """
        return self._ask(jid)

    def rename(self, jid: str, subject: str) -> None:
        """The server told of a name."""
        subject = contents.clean(subject)
        if subject and subject != self._known(jid):
            with self._book.change() as db:
                db.execute("INSERT OR REPLACE INTO groups VALUES (?, ?)", (jid, subject))
            self._voice.keep([(EventName.GROUP, {"jid": jid, "subject": subject})])

    def _known(self, jid: str) -> str | None:
        rows = self._book.rows("SELECT subject FROM groups WHERE jid = ?", [jid])
        return rows[0][0] if rows else None

    def _ask(self, jid: str) -> Json:
        try:
            info = self._calls.group(jid)
        except LibraryError as error:
            logger.warning("A group could not be asked for: %s", error)
            raise
        members = [_member(each) for each in info.Participants]
        self.rename(jid, info.GroupName.Name)
        self._voice.keep(pairs_of([(each["lid"], each["phone"]) for each in members]))
        return {"subject": contents.clean(info.GroupName.Name), "members": members}


def _member(participant: Any) -> Json:
    jid, lid, phone = (text_of(each) for each in (participant.JID, participant.LID, participant.PhoneNumber))
    forms = [form for form in (jid, lid, phone) if form]
    return {
        "jid": jid,
        "lid": next((form for form in forms if server_of(form) == HIDDEN), None),
        "phone": next((form for form in forms if server_of(form) == PHONES), None),
        "is_admin": bool(participant.IsAdmin or participant.IsSuperAdmin),
    }
