"""What the library tells of conversations, written down as events; on the library's own threads."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any, ClassVar

from engine.providers.linked import contents, history
from engine.providers.linked import whatsmeow_session as session
from engine.providers.linked.book import Book
from engine.providers.linked.device import Voice
from engine.providers.linked.jids import HIDDEN, PHONES, server_of, text_of
from engine.providers.linked.native import Library
from engine.providers.linked.protocol import EventName, Hello
from engine.providers.linked.sent import Sent
from engine.providers.linked.whatsmeow_calls import Calls, LibraryError
from engine.providers.linked.whatsmeow_groups import Groups
from engine.providers.linked.whatsmeow_reading import Reading, moment
from engine.providers.linked.whatsmeow_sending import Sending
from engine.providers.linked.whatsmeow_session import Session
from engine.providers.linked.whatsmeow_tap import Arriving, Tap

#: The device that the engine was told of; a number that was linked anew has another one.
_LINKED = "linked"
#: Addresses whose other form is remembered.
_REMEMBERED = 20_000


class Hearing:
    """Keeps :class:`.whatsmeow_tap.Hears`; ``join`` gives it the parts that were made after it."""

    def __init__(self, hello: Hello, book: Book, voice: Voice, library: Library, calls: Calls) -> None:
        self._hello, self._book, self._voice = hello, book, voice
        self._wire, self._calls = library.wire, calls
        self.groups = Groups(book, calls, voice)
        self._bar_ends: int | None = None
        self._others: dict[str, str] = {}

    def join(self, of: Session, sending: Sending, sent: Sent, tap: Tap) -> None:
        self._session, self._sending, self._sent, self._tap = of, sending, sent, tap
        self._reading = Reading(self._other, self.groups.subject, sending.tokens)
        of.heard, of.logged, of.opened = self.hear, tap.take, self.opened

    def hear(self, code: int, data: bytes) -> None:
        reader = self._EVENTS.get(code)
        if reader is not None:
            reader(self, data)

    def opened(self) -> None:
        """Before anything is sent: which device this is, and, once, that it was linked."""
        me = self._calls.me()
        self._sending.device = f"{me.JID.User}:{me.JID.Device}@{me.JID.Server}"
        jid, lid = text_of(me.JID), text_of(me.LID)
        if self._sending.device == self._book.fact(_LINKED):
            return
        name = contents.clean(me.PushName or me.BussinessName) or None
        data = {"jid": jid, "lid": lid, "name": name, "platform": me.Platform or None}
        self._voice.keep([(EventName.LINKED, data)])
        self._book.note(_LINKED, self._sending.device)

    def bar_reach_out(self) -> None:
        """The server refused a message to somebody new."""
        ends = self._bar_ends if self._bar_ends and self._bar_ends > time.time() else None
        self._bar(moment(ends) if ends else None)

    # What the tap hears

    def leaving(self, token: str, message_id: str) -> None:
        self._sent.leaving(token, message_id)

    def answered(self, message_id: str, code: int) -> None:
        self._sent.answered(message_id, code)

    def lost(self, message_id: str, arriving: Arriving) -> None:
        if not self._voice.has_seen(message_id):
            self._voice.keep(self._reading.lost(message_id, arriving.attributes), seen=[message_id])

    def restricted(self, until: int | None) -> None:
        self._bar_ends = until
        self._bar(None if until is None else moment(until or time.time()))

    def scanned(self) -> None:
        self._session.scanned()

    # What the library has events for

    def _message(self, data: bytes) -> None:
        event = self._wire.Message.FromString(data)
        arriving = self._tap.arriving(event.Info.ID)
        origin = "offline" if arriving is not None and arriving.is_offline else "live"
        try:
            self._voice.keep(self._reading.message(event, origin=origin), seen=[event.Info.ID])
        finally:
            self._tap.settle(event.Info.ID)

    def _unreadable(self, data: bytes) -> None:
        event = self._wire.UndecryptableMessage.FromString(data)
        try:
            self._voice.keep(self._reading.unreadable(event))
        finally:
            self._tap.settle(event.Info.ID)

    def _receipt(self, data: bytes) -> None:
        self._voice.keep(self._reading.receipt(self._wire.Receipt.FromString(data)))

    def _typing(self, data: bytes) -> None:
        told = self._reading.typing(self._wire.ChatPresence.FromString(data))
        if told is not None:
            self._voice.tell(EventName.TYPING, told)

    def _joined(self, data: bytes) -> None:
        info = self._wire.JoinedGroup.FromString(data).GroupInfo
        self.groups.rename(text_of(info.JID) or "", info.GroupName.Name)

    def _group(self, data: bytes) -> None:
        event = self._wire.GroupInfoEvent.FromString(data)
        if event.HasField("Name"):
            self.groups.rename(text_of(event.JID) or "", event.Name.Name)

    def _identity(self, data: bytes) -> None:
        jid = text_of(self._wire.IdentityChange.FromString(data).JID)
        if jid:
            self._voice.keep([(EventName.IDENTITY, {"jid": jid})])

    def _history(self, data: bytes) -> None:
        past = self._wire.HistorySync.FromString(data).Data
        if self._hello.history:
            own = text_of(self._calls.me().JID) or ""
            facts = history.facts(past, own=own)
            while batch := list(itertools.islice(facts, history.BATCH)):
                self._voice.keep(batch)
        if past.progress:
            self._voice.tell(EventName.HISTORY, {"progress": past.progress})

    def _bar(self, until: str | None) -> None:
        self._voice.keep([(EventName.RESTRICTION, {"kind": "reachout", "until": until})])

    def _other(self, jid: str) -> str | None:
        """A person's other address, from the library's own table."""
        if jid not in self._others:
            finders: dict[str, Callable[[str], Any]] = {
                PHONES: self._calls.lid_for,
                HIDDEN: self._calls.phone_for,
            }
            finder = finders.get(server_of(jid))
            try:
                found = text_of(finder(jid)) if finder else None
            except LibraryError:
                found = None
            if found is None:
                return None
            if len(self._others) >= _REMEMBERED:
                del self._others[next(iter(self._others))]
            self._others[jid] = found
        return self._others[jid]

    _EVENTS: ClassVar[dict[int, Callable[[Hearing, bytes], None]]] = {
        session.MESSAGE: _message,
        session.UNREADABLE: _unreadable,
        session.RECEIPT: _receipt,
        session.TYPING: _typing,
        session.JOINED: _joined,
        session.GROUP: _group,
        session.IDENTITY: _identity,
        session.HISTORY: _history,
    }
