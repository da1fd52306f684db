"""What the library writes to its log, heard before it goes on: the only way to some facts, and to the moment.

The library tells its log of every stanza before it is sent and as it comes in, and waits until it was heard.
So it is here that

- the id of a message that we send is learnt, and written down, before the network has it;
- the receipt for a message that came in is held back until the message is on our disk: whatever dies in
  between, the server still has it;
- the server's word on a message is heard even when the call that waits for it does not live to;
- what the library has no event for is noticed: a bar on writing to new people, the phone having seen a code.

Should another version of the library write otherwise, all of this is silent and nothing else changes:
:class:`Leaving` then says that nobody saw whether a message left.
"""

from __future__ import annotations

import ctypes
import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import orjson

from engine.providers.linked.protocol import Json

logger = logging.getLogger("whatsmeow")

#: Seconds a receipt is held back at most: some messages come to nothing, and the library tells nobody.
_HELD = 5.0
#: Messages that are being taken in; more are never on their way.
_MOST = 2_000

_ATTRIBUTE = re.compile(r'([a-z_]+)="([^"]*)"')
_LISTED = re.compile(r'<item id="([^"]+)"')
_IGNORED = re.compile(r"^Ignoring message (\S+) from ")
_UNSTORED = re.compile(r"^Failed to store message secret key for outgoing message (\S+?):")
_LOCK = re.compile(r'op_name="NotificationUserReachoutTimelockUpdate"[^>]*>(\{.*?\})</update>')

_LEVELS = {"INFO": logging.INFO, "WARN": logging.WARNING, "ERROR": logging.ERROR}


@dataclass(slots=True)
class Leaving:
    """One send on its way through the library. ``is_watched``: it would have been seen if it had left."""

    token: str = field(repr=False)
    is_watched: bool
    message_id: str | None = None


@dataclass(slots=True)
class Arriving:
    """A message that came in and is not on disk yet, by the attributes of its stanza."""

    attributes: dict[str, str] = field(repr=False)

    @property
    def is_offline(self) -> bool:
        """It had waited for this device."""
        return "offline" in self.attributes


class Hears(Protocol):
    """Whoever wants to know. All of it is called on threads of the library, which waits."""

    def leaving(self, token: str, message_id: str) -> None: ...

    def answered(self, message_id: str, code: int) -> None: ...

    def lost(self, message_id: str, arriving: Arriving) -> None:
        """It was decrypted once before and never got to our disk: its content is only on the phone."""
        ...

    def restricted(self, until: int | None) -> None: ...

    def scanned(self) -> None: ...


class Tap:
    def __init__(self, entry: Any, hears: Hears) -> None:
        """``entry`` is the library's shape of a line in its log."""
        self._entry, self._hears = entry, hears
        self._here = threading.local()
        self._arriving: dict[str, Arriving] = {}
        self._settled = threading.Condition()
        self._is_alive = False

    def take(self, address: int, size: int) -> None:
        """The library's own callback. Nothing may be raised into it."""
        try:
            line = self._entry.FromString(ctypes.string_at(address, size))
            if line.Level == "DEBUG":
                self._hear(line.Name, line.Message)
            else:
                self._warn(line.Message)
                logger.log(_LEVELS.get(line.Level, logging.INFO), "%s: %s", line.Name, line.Message)
        except Exception:
            logger.exception("A line of the library's log was not understood")

    @contextmanager
    def sending(self, token: str) -> Iterator[Leaving]:
        """What this thread sends inside is that message."""
        leaving = self._here.leaving = Leaving(token, self._is_alive)
        try:
            yield leaving
        finally:
            self._here.leaving = None

    def arriving(self, message_id: str) -> Arriving | None:
        return self._arriving.get(message_id)

    def settle(self, message_id: str) -> None:
        """A message is on disk, or was none: its receipt may go."""
        with self._settled:
            self._arriving.pop(message_id, None)
            self._settled.notify_all()

    def wait_settled(self, patience: float) -> bool:
        """Whether nothing is on its way in any more."""
        with self._settled:
            return self._settled.wait_for(lambda: not self._arriving, patience)

    def _hear(self, name: str, line: str) -> None:
        if name == "Client/Recv":
            self._is_alive = True
            _pass_on(self, self._COMES, line)
        elif name == "Client/Send":
            _pass_on(self, self._GOES, line)

    def _warn(self, line: str) -> None:
        if ignored := _IGNORED.match(line):
            arriving = self._arriving.get(ignored[1])
            if arriving is not None:
                self._hears.lost(ignored[1], arriving)
            self.settle(ignored[1])
        elif unstored := _UNSTORED.match(line):
            self._leave(unstored[1])

    # What comes in

    def _message_comes(self, line: str) -> None:
        attributes = _attributes(line)
        with self._settled:
            if len(self._arriving) >= _MOST:
                del self._arriving[next(iter(self._arriving))]
            self._arriving[attributes["id"]] = Arriving(attributes)

    def _word_comes(self, line: str) -> None:
        attributes = _attributes(line)
        if attributes.get("class") == "message":
            self._hears.answered(attributes["id"], int(attributes.get("error") or 0))

    def _notice_comes(self, line: str) -> None:
        if found := _LOCK.search(line):
            self._hears.restricted(_lock_end(orjson.loads(found[1])))
        elif 'stage="primary_hello"' in line:
            self._hears.scanned()

    def _query_comes(self, line: str) -> None:
        if "<pair-success" in line:
            self._hears.scanned()

    # What goes out

    def _message_goes(self, line: str) -> None:
        self._leave(_attributes(line)["id"])

    def _leave(self, message_id: str) -> None:
        leaving: Leaving | None = getattr(self._here, "leaving", None)
        if leaving is not None and leaving.message_id is None:
            self._hears.leaving(leaving.token, message_id)
            leaving.message_id = message_id

    def _confirmation_goes(self, line: str) -> None:
        ids = [_attributes(line).get("id", ""), *_LISTED.findall(line)]
        with self._settled:
            if not self._settled.wait_for(lambda: not any(id_ in self._arriving for id_ in ids), _HELD):
                for id_ in ids:
                    self._arriving.pop(id_, None)

    _COMES: ClassVar[dict[str, Callable[[Tap, str], None]]] = {
        "<message ": _message_comes,
        "<ack ": _word_comes,
        "<notification ": _notice_comes,
        "<iq ": _query_comes,
    }
    _GOES: ClassVar[dict[str, Callable[[Tap, str], None]]] = {
        "<message ": _message_goes,
        "<receipt ": _confirmation_goes,
        '<ack class="message"': _confirmation_goes,
    }


def _pass_on(tap: Tap, readers: dict[str, Callable[[Tap, str], None]], line: str) -> None:
    for start, reader in readers.items():
        if line.startswith(start):
            reader(tap, line)


def _attributes(line: str) -> dict[str, str]:
    """Of the outermost tag. The server's own come first; a name people gave themselves may look like more."""
    found: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(line.partition(">")[0]):
        found.setdefault(name, value)
    return found


def _lock_end(said: Json) -> int | None:
    """When a bar on writing to new people ends (Unix time); 0 when it has ended, None when nobody says."""
    lock = (said.get("data") or {}).get("xwa2_notify_account_reachout_timelock") or {}
    if not lock.get("is_active"):
        return 0
    ends = str(lock.get("time_enforcement_ends") or "")
    return int(ends) if ends.isdigit() else None
