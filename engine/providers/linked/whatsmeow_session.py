"""The library's connection: how it begins, where it stands, and what becomes of it.

The call that connects does not return: it has a thread of its own. On that thread the library hands over its
events, one after the other, and waits for each: so what it tells is on disk before the next thing happens.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import random
import threading
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar

from engine import clock
from engine.providers.linked.device import Refusal, Voice
from engine.providers.linked.native import Library
from engine.providers.linked.protocol import FINAL, EventName, Phase
from engine.providers.linked.whatsmeow_calls import Calls, LibraryError

logger = logging.getLogger(__name__)

#: How the linked device is named on the phone.
DEVICE_NAME = "Master IA"
_CHROME = 1

#: Flushed after every transaction: a ratchet that went back with the power would make messages unreadable for
#: those who get them. The library puts its own question mark behind the name; ours counts.
STORE_OPTIONS = "?_foreign_keys=on&_journal=WAL&_sync=FULL&_busy_timeout=5000&_="

#: A code is shown for a minute, each one after it for twenty seconds, and there are six.
_FIRST_CODE, _NEXT_CODE, _CODES = timedelta(seconds=60), timedelta(seconds=20), 6
_ALL_CODES = _FIRST_CODE + (_CODES - 1) * _NEXT_CODE
#: After the phone saw a code, an account that needs a passkey is silent for so many seconds.
_PASSKEY_SECONDS = 60.0
_LONGEST_WAIT = 60.0
_DRAIN_SECONDS = 2.0
#: A connection that was replaced is let go of when no call can be using it any more.
_REST_SECONDS = 300.0

#: The library's numbers of the events that are wanted.
PAIRED, CONNECTED, SILENT, LOGGED_OUT, REPLACED, BANNED, REFUSED, OUTDATED, STREAM, GONE = (
    2, 3, 4, 6, 7, 8, 9, 10, 11, 12,
)  # fmt: skip
HISTORY, MESSAGE, RECEIPT, TYPING, JOINED, GROUP, IDENTITY, UNREADABLE = 13, 17, 18, 19, 21, 22, 24, 44
WANTED = (
    PAIRED, CONNECTED, SILENT, LOGGED_OUT, REPLACED, BANNED, REFUSED, OUTDATED, STREAM, GONE,
    HISTORY, MESSAGE, RECEIPT, TYPING, JOINED, GROUP, IDENTITY, UNREADABLE,
)  # fmt: skip

#: What the library says when linking ends, and where that leaves the session.
_LOGIN = {
    "passkey-request": (Phase.PASSKEY, None),
    "err-client-outdated": (Phase.OUTDATED, "405"),
    "err-scanned-without-multidevice": (Phase.FAILED, "no_multidevice"),
    "err-unexpected-state": (Phase.FAILED, "unexpected_state"),
    "error": (Phase.FAILED, "pairing_failed"),
}
_LOGOUT_CODES = {"LOGGED_OUT": "401", "MAIN_DEVICE_GONE": "403", "UNKNOWN_LOGOUT": "406"}


_UNDER_WAY = {Phase.CONNECTING, Phase.OPEN, Phase.BACKOFF, Phase.WAITING, Phase.SCANNED}


class Way(Enum):
    """How a connection is wanted."""

    CODE = "code"
    PHONE = "phone"
    LINKED = "linked"


class Session:
    """``heard`` gets all events, on the library's thread; ``opened`` is called before anything is sent."""

    def __init__(self, library: Library, calls: Calls, store: Path, voice: Voice) -> None:
        self._library, self._calls, self._store, self._voice = library, calls, store, voice
        self._loop = asyncio.get_running_loop()
        self.heard: Callable[[int, bytes], None] = lambda _code, _data: None
        self.logged: Callable[[int, int], None] = lambda _address, _size: None
        self.opened: Callable[[], None] = lambda: None
        self.phase = Phase.STARTING
        self.is_linked = False
        self._told: tuple[Phase, str | None] | None = None
        self._way, self._phone = Way.LINKED, ""
        self._generation = self._codes = self._failures = 0
        self._is_alive = self._is_closing = False
        #: Whatever the library may still call must not be collected.
        self._callbacks: list[Any] = []

    @property
    def is_open(self) -> bool:
        return self.phase is Phase.OPEN

    def begin(self, way: Way, phone: str = "") -> None:
        """Connect. A connection that stands or is being made that way is left alone, any other replaced."""
        if self._way is way and self.phase in _UNDER_WAY:
            return
        self._way, self._phone, self._failures = way, phone, 0
        self._launch()

    def need_alive(self) -> None:
        """Raises:
        Refusal: the library cannot be called yet.
        """
        if not self._is_alive or self._is_closing:
            raise Refusal("not_connected", "the number is not connected")

    def need_open(self) -> None:
        """Raises:
        Refusal: nothing can be sent now.
        """
        if not self.is_open or self._is_closing:
            raise Refusal("not_connected", "the number is not connected")

    def hang_up(self) -> None:
        """Blocks. No event comes from this connection any more."""
        if self._is_alive:
            self._calls.disconnect()

    def log_out(self) -> None:
        """On the loop: we gave up the link ourselves, and the library says nothing of that."""
        self.is_linked = False
        self.enter(Phase.LOGGED_OUT)

    def end(self) -> None:
        self._is_closing = True

    def enter(self, phase: Phase, code: str | None = None, until: str | None = None) -> None:
        """On the loop only. A phase that was told is not told again."""
        self.phase = phase
        if self._told == (phase, code) or self._is_closing:
            return
        self._told = (phase, code)
        logger.info("The session is %s%s", phase.value, f" ({code})" if code else "")
        self._voice.tell(EventName.STATE, {"phase": phase, "code": code, "until": until})

    def scanned(self) -> None:
        """On any thread: the phone has seen the code."""
        self._soon(self._on_scanned)

    # The library's thread

    def _launch(self) -> None:
        if self._is_alive:
            self._retire(self._calls.name)
        self._generation += 1
        self._codes, self._is_alive = 0, False
        self._calls.name = f"device-{self._generation}".encode()
        if self._way is Way.LINKED:
            self.enter(Phase.CONNECTING)
        arguments = (self._generation, self._calls.name)
        threading.Thread(target=self._connect, args=arguments, name="whatsmeow", daemon=True).start()

    def _retire(self, name: bytes) -> None:
        """Its connection ends now; its memory is given back when no call can be using it."""
        self._library.go.Disconnect(name)
        self._loop.call_later(
            _REST_SECONDS, lambda: self._loop.run_in_executor(None, self._library.go.Stop, name)
        )

    def _connect(self, generation: int, name: bytes) -> None:
        binder, registration = self._library.binder, self._library.registration
        props = registration.DeviceProps(os=DEVICE_NAME, platformType=_CHROME).SerializeToString()
        wanted = (ctypes.c_char * len(WANTED)).from_buffer(bytearray(WANTED))
        callbacks = (
            binder.func_string(lambda _, code: self._code_came(generation, ctypes.string_at(code))),
            binder.func_string(lambda _, word: self._login_ended(generation, ctypes.string_at(word))),
            binder.func_callback_bytes(
                lambda _, data, size, code: self._event_came(generation, code, ctypes.string_at(data, size))
            ),
            binder.func_callback_bytes2(lambda data, size: self._line_came(generation, data, size)),
        )
        self._callbacks.append((callbacks, wanted))
        store = f"{self._store}{STORE_OPTIONS}".encode()
        error = self._library.go.Neonize(
            store, name, b"", 0, 0, b"DEBUG", *callbacks, wanted, len(WANTED), props, len(props), b"", 0, None
        )
        self._soon(self._on_returned, generation, error.decode(errors="replace"))

    def _line_came(self, generation: int, address: int, size: int) -> None:
        if not self._is_closing:
            self.logged(address, size)

    def _code_came(self, generation: int, code: bytes) -> None:
        self._soon(self._on_code, generation, code.decode())

    def _login_ended(self, generation: int, word: bytes) -> None:
        self._soon(self._on_login, generation, word.decode())

    def _event_came(self, generation: int, code: int, data: bytes) -> None:
        """Nothing may be raised into the library."""
        if self._is_closing or code == 0:
            self._is_alive = True
            return
        try:
            if code == CONNECTED:
                self.opened()
            self.heard(code, data)
        except Exception:
            logger.exception("An event of kind %d was not understood", code)
        if code in self._STATES:
            self._soon(self._on_state, generation, code, data)

    def _soon(self, function: Callable[..., None], *arguments: Any) -> None:
        self._loop.call_soon_threadsafe(function, *arguments)

    # The loop's thread

    def _on_code(self, generation: int, code: str) -> None:
        if generation != self._generation:
            return
        self._is_alive = True
        self._codes += 1
        self.enter(Phase.WAITING)
        if self._way is Way.PHONE:
            if self._codes == 1:
                self._loop.create_task(self._ask_for_code())
            return
        lasts = _FIRST_CODE if self._codes == 1 else _NEXT_CODE
        expires = (clock.now() + lasts).isoformat()
        self._voice.tell(EventName.QR, {"payload": code, "expires_at": expires})

    async def _ask_for_code(self) -> None:
        """The phone's owner types it; the name of a browser is what WhatsApp wants to hear."""
        params = self._library.wire.PairPhoneParams(
            phone=self._phone,
            clientDisplayName="Chrome (Linux)",
            clientType=_CHROME,
            showPushNotification=True,
        )
        expires = (clock.now() + _ALL_CODES).isoformat()
        try:
            code = await asyncio.to_thread(self._calls.pair_phone, params)
        except LibraryError as error:
            logger.warning("No pairing code: %s", error)
            self.enter(Phase.FAILED, "no_pairing_code")
            return
        self._voice.tell(EventName.PAIRING_CODE, {"code": code, "expires_at": expires})

    def _on_login(self, generation: int, word: str) -> None:
        if generation != self._generation:
            return
        self._is_alive = True
        if word == "success":
            self._on_scanned()
        elif word == "timeout":
            if self._codes >= _CODES:
                self.enter(Phase.EXPIRED)
            else:
                self._again()
        elif word in _LOGIN:
            self._give_up(*_LOGIN[word])

    def _on_scanned(self) -> None:
        if self.phase is Phase.WAITING:
            self.enter(Phase.SCANNED)
            self._loop.call_later(_PASSKEY_SECONDS, self._on_silence, self._generation)

    def _on_silence(self, generation: int) -> None:
        if generation == self._generation and self.phase is Phase.SCANNED:
            self._give_up(Phase.PASSKEY, None)

    def _on_state(self, generation: int, code: int, data: bytes) -> None:
        if generation == self._generation:
            self._STATES[code](self, data)

    def _on_returned(self, generation: int, error: str) -> None:
        """The library could not connect, or was told to stop."""
        if generation != self._generation or self._is_closing or self.phase in FINAL:
            return
        logger.warning("The library returned: %s", error or "no error")
        if any(word in error.lower() for word in ("database", "sqlite", "schema")):
            self.enter(Phase.FAILED, "store")
        else:
            self._again()

    def _again(self) -> None:
        """Full jitter: numbers that lost one network together do not come back at one moment."""
        self.enter(Phase.BACKOFF)
        wait = random.uniform(0, min(_LONGEST_WAIT, 2.0**self._failures))  # noqa: S311 - no secret
        self._failures += 1
        generation = self._generation
        self._loop.call_later(wait, lambda: self._launch() if generation == self._generation else None)

    def _give_up(self, phase: Phase, code: str | None, until: str | None = None) -> None:
        self.enter(phase, code, until)
        self._loop.run_in_executor(None, self.hang_up)

    # What the library's states mean

    def _when_paired(self, data: bytes) -> None:
        status = self._library.wire.PairStatus.FromString(data)
        if status.Status == status.ERROR:
            self._give_up(Phase.FAILED, "pairing_failed")
        else:
            self._way, self.is_linked = Way.LINKED, True
            self.enter(Phase.CONNECTING)

    def _when_connected(self, _: bytes) -> None:
        self._way, self._failures, self.is_linked = Way.LINKED, 0, True
        self.enter(Phase.OPEN)

    def _when_silent(self, _: bytes) -> None:
        """The server does not answer any more; the library itself would wait for three minutes."""
        self.enter(Phase.BACKOFF, "silent")
        self._launch()

    def _when_logged_out(self, data: bytes) -> None:
        event = self._library.wire.LoggedOut.FromString(data)
        reason = self._library.wire.ConnectFailureReason.Name(event.Reason)
        self.is_linked = False
        self._give_up(Phase.LOGGED_OUT, _LOGOUT_CODES.get(reason, "401"))

    def _when_banned(self, data: bytes) -> None:
        event = self._library.wire.TemporaryBan.FromString(data)
        until = (clock.now() + timedelta(seconds=event.Expire)).isoformat()
        self._give_up(Phase.BANNED, "402", until)
        self._loop.call_later(event.Expire + 1, self._after_ban, self._generation)

    def _after_ban(self, generation: int) -> None:
        if generation == self._generation and self.phase is Phase.BANNED and not self._is_closing:
            self._launch()

    def _when_refused(self, data: bytes) -> None:
        """Codes that the library does not know: it will not try again by itself."""
        raw = self._library.wire.ConnectFailure.FromString(data).Raw
        code = next((_value(each) for each in raw.Attrs if each.name == "reason"), None)
        self._give_up(Phase.FAILED, code)

    def _when_stream_fails(self, data: bytes) -> None:
        self.enter(Phase.BACKOFF, self._library.wire.StreamError.FromString(data).Code or None)

    def _when_replaced(self, _: bytes) -> None:
        self._give_up(Phase.REPLACED, "440")

    def _when_outdated(self, _: bytes) -> None:
        self._give_up(Phase.OUTDATED, "405")

    def _when_gone(self, _: bytes) -> None:
        self.enter(Phase.BACKOFF)

    _STATES: ClassVar[dict[int, Callable[[Session, bytes], None]]] = {
        PAIRED: _when_paired,
        CONNECTED: _when_connected,
        SILENT: _when_silent,
        LOGGED_OUT: _when_logged_out,
        REPLACED: _when_replaced,
        BANNED: _when_banned,
        REFUSED: _when_refused,
        OUTDATED: _when_outdated,
        STREAM: _when_stream_fails,
        GONE: _when_gone,
    }


def _value(attribute: Any) -> str:
    return str(attribute.text or attribute.integer)
