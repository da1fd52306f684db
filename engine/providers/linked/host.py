"""The process that holds one linked number: ``python -m engine.providers.linked.host``.

This is its core, which knows no engine: it opens the session's folder, hands commands to the device, sends
what the device says, and beats. All words are those of :mod:`engine.providers.linked.protocol`.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.providers.linked import farewell, whatsmeow
from engine.providers.linked.book import Book
from engine.providers.linked.channel import Channel
from engine.providers.linked.device import Device, Opens, Refusal
from engine.providers.linked.log import Capture
from engine.providers.linked.outbox import Fact, Outbox
from engine.providers.linked.protocol import (
    BEAT_SECONDS,
    EngineName,
    EventName,
    FrameTooLong,
    Hello,
    Json,
    Phase,
    read_frame,
    read_hello,
)
from engine.providers.linked.seal import Seal

logger = logging.getLogger(__name__)

ENGINES: dict[EngineName, Opens] = {EngineName.WHATSMEOW: whatsmeow.open_device}

#: Every call into a library blocks a thread, some for a minute.
_THREADS = 64
#: Kept events on their way that the parent has not acknowledged; more wait on disk.
_WINDOW = 500
_CLEAN_SECONDS = 3_600.0

#: Exit codes, for whoever looks.
ENDED, FAILED = 0, 4

_COMMANDS = (
    "link_qr", "link_code", "connect", "send", "settle", "react", "edit", "revoke", "mark_read", "typing",
    "presence", "resolve", "lid_for", "phone_for", "group", "download", "picture", "logout",
)  # fmt: skip


class Host:
    """A session that is open, and its parent."""

    def __init__(self, hello: Hello, folder: Path, channel: Channel) -> None:
        self._hello, self._folder, self._channel = hello, folder, channel
        self._loop = asyncio.get_running_loop()
        self._seal = Seal(folder, hello.session_id, bytes.fromhex(hello.key))
        self._seal.open()
        self._book = Book(folder / "host.db")
        self._outbox = Outbox(self._book)
        self._sent_up_to = self._acknowledged = self._outbox.start()
        self._tasks: set[asyncio.Task[None]] = set()
        self._device: Device = ENGINES[hello.engine](hello, folder, self._book, self)
        self._commands: dict[str, Callable[..., Awaitable[Any]]] = {
            name: getattr(self._device, name) for name in _COMMANDS
        } | {"health": self._health}

    async def serve(self, reader: asyncio.StreamReader) -> None:
        """Until the parent says ``stop``; without a parent the process ends by itself."""
        traits = self._device.traits
        self._channel.say(
            {"ready": {"engine": traits.engine, "version": traits.version, "repeats": traits.repeats}}
        )
        beating = [asyncio.ensure_future(self._beat()), asyncio.ensure_future(self._clean())]
        self._pump()
        while (said := await read_frame(reader)) is not None:
            if "ack" in said:
                self._acknowledge(int(said["ack"]))
            elif said.get("do") == "stop":
                await self._device.close()
                self._book.close()
                farewell.seal(self._hello, said["id"], self._channel.leave_open())
            elif "do" in said:
                task = asyncio.ensure_future(self._obey(said))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        for task in beating:
            task.cancel()

    def keep(self, facts: Iterable[Fact], *, seen: Sequence[str] = ()) -> None:
        """What cannot be written down must not be confirmed to anybody: then this process ends."""
        try:
            self._outbox.keep(facts, seen=seen)
        except sqlite3.Error:
            logger.exception("The session's folder cannot be written to")
            os._exit(FAILED)
        self._loop.call_soon_threadsafe(self._pump)

    def has_seen(self, message_id: str) -> bool:
        return self._outbox.has_seen(message_id)

    def tell(self, event: EventName, data: Json) -> None:
        self._channel.say({"event": event, "data": data}, may_drop=event is EventName.TYPING)

    def _pump(self) -> None:
        """Kept events leave in order, and only so many at once: a long absence must not fill the memory."""
        room = _WINDOW - (self._sent_up_to - self._acknowledged)
        for kept in self._outbox.after(self._sent_up_to, room) if room > 0 else ():
            self._channel.say({"seq": kept.seq, "event": kept.event, "data": kept.data})
            self._sent_up_to = kept.seq

    def _acknowledge(self, seq: int) -> None:
        self._acknowledged = max(self._acknowledged, seq)
        self._outbox.forget(seq)
        self._pump()

    async def _obey(self, said: Json) -> None:
        self._channel.say({"answer": said["id"], **await self._answer(said["do"], said.get("with") or {})})

    async def _answer(self, name: str, arguments: Json) -> Json:
        command = self._commands.get(name)
        if command is None:
            return _error("unsupported", f"no command {name}")
        try:
            inspect.signature(command).bind(**arguments)
        except TypeError as error:
            return _error("invalid", str(error))
        try:
            return {"result": await command(**arguments)}
        except Refusal as refusal:
            return _error(refusal.code, str(refusal), refusal.wa_code)
        except Exception as error:
            logger.exception("Command %s failed", name)
            return _error("failed", type(error).__name__)

    async def _health(self) -> Json:
        return {**await self._device.health(), "kept": len(self._outbox), "epoch": self._hello.epoch}

    async def _beat(self) -> None:
        number = 0
        while True:
            number += 1
            self._channel.say({"beat": number})
            await asyncio.sleep(BEAT_SECONDS)

    async def _clean(self) -> None:
        while True:
            await asyncio.to_thread(self._outbox.clean)
            await asyncio.sleep(_CLEAN_SECONDS)


def _error(code: str, text: str, wa_code: str | None = None) -> Json:
    return {"error": {"code": code, "text": text, "wa_code": wa_code}}


def _folder(hello: Hello) -> Path:
    folder = Path(hello.folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder


async def live(channel: Channel) -> None:
    """The whole life of a host. Go's threads never end by themselves, so the process is ended here."""
    code = FAILED
    try:
        code = await _run(channel)
    finally:
        os._exit(code)


async def _run(channel: Channel) -> int:
    reader = channel.begin()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS))
    try:
        said = await read_frame(reader)
        hello = read_hello(said or {})
        folder = _folder(hello)
    except (FrameTooLong, KeyError, TypeError, ValueError, OSError):
        return FAILED
    capture = Capture(folder)
    capture.begin()
    try:
        held = farewell.lock(folder)
        logger.info("Host of session %s starts in epoch %d", hello.session_id, hello.epoch)
        await Host(hello, folder, channel).serve(reader)
        held.close()
    except Exception as error:
        logger.exception("The host ends")
        code = error.code if isinstance(error, EngineError) else type(error).__name__
        channel.say({"event": EventName.STATE, "data": {"phase": Phase.FAILED, "code": code, "until": None}})
        return FAILED
    finally:
        channel.flush()
        capture.take(whole=True)
    return ENDED


def main() -> None:
    os.umask(0o077)
    if sys.argv[1:2] == [farewell.WORD]:
        os._exit(farewell.main(sys.argv[2:]))
    asyncio.run(live(Channel.take()))


if __name__ == "__main__":
    main()
