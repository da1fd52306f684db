"""The parent's end of one host: starts its process, asks it, hears it, and knows when it is dead."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.providers.linked.protocol import (
    SILENCE_SECONDS,
    EngineName,
    FrameTooLong,
    Hello,
    HostGone,
    HostRefused,
    Json,
    Traits,
    hello_frame,
    pack,
    read_frame,
)

logger = logging.getLogger(__name__)

#: Loading the library takes two seconds on an idle machine and ten on a busy one.
START_SECONDS = 60.0
#: WhatsApp's own clients wait a minute for the server's word on a message.
ANSWER_SECONDS = 75.0
#: Between a polite request and a kill.
_GRACE_SECONDS = 5.0


class Records(Protocol):
    """Where a host keeps records that it sealed itself; only engines without a file of their own ask."""

    async def read(self, names: Sequence[str]) -> dict[str, str | None]: ...

    async def write(self, values: Mapping[str, str | None]) -> None:
        """All of them or none, and durable when this returns; None removes."""
        ...


@dataclass(frozen=True, slots=True)
class Start:
    """How a host is started: its command line, and what its environment has beside the bare necessities."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """One event; ``seq`` is None when the host does not wait for an acknowledgement."""

    name: str
    data: Json = field(repr=False)
    seq: int | None = None


class Link:
    """Opened, asked with :meth:`do`, heard by :meth:`events`; over by :meth:`close` or the host's own end."""

    def __init__(self, start: Start, hello: Hello, records: Records | None = None) -> None:
        self._start, self._hello, self._records = start, hello, records
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._asked = 0
        self._events: asyncio.Queue[Heard | None] = asyncio.Queue()
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._ready: asyncio.Future[Traits] = asyncio.get_running_loop().create_future()
        self._last_beat = time.monotonic()
        self.is_over = False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    async def open(self) -> Traits:
        """Start the process and wait for its first word.

        Raises:
            HostGone: it ended, or said nothing for a minute; its log tells why.
        """
        command = self._start.command
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                env=dict(self._start.environment),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=1 << 20,
            )
        except OSError as error:
            raise HostGone(f"The host could not be started: {error.strerror}") from error
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._watch())]
        try:
            self._write(hello_frame(self._hello))
            return await asyncio.wait_for(asyncio.shield(self._ready), START_SECONDS)
        except TimeoutError:
            await self.close(polite=False)
            raise HostGone("The host did not start in time") from None

    async def do(self, command: str, *, patience: float = ANSWER_SECONDS, **arguments: Any) -> Any:
        """Raises:
        HostRefused: the host said why not.
        HostGone: it ended or said nothing; what was asked may have been done.
        """
        if self.is_over:
            raise HostGone
        self._asked += 1
        number, answer = self._asked, asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            self._write(pack({"id": number, "do": command, "with": arguments}))
            return await asyncio.wait_for(answer, patience)
        except TimeoutError:
            raise HostGone("The host did not answer in time") from None
        finally:
            self._answers.pop(number, None)

    def acknowledge(self, seq: int) -> None:
        """Everything up to this number is safe with us."""
        with contextlib.suppress(HostGone):
            self._write(pack({"ack": seq}))

    async def events(self) -> AsyncIterator[Heard]:
        """What happens, in order, until the host is gone."""
        while (heard := await self._events.get()) is not None:
            yield heard

    def take_waiting(self, most: int) -> list[Heard]:
        """What has come by now and nobody took yet."""
        taken: list[Heard] = []
        while len(taken) < most and not self._events.empty():
            heard = self._events.get_nowait()
            if heard is None:
                self._events.put_nowait(None)
                break
            taken.append(heard)
        return taken

    async def close(self, *, polite: bool = True) -> None:
        """End the process: asked first, killed if it does not listen."""
        process = self._process
        if process is not None and process.returncode is None:
            if polite:
                with contextlib.suppress(HostGone, HostRefused):
                    await self.do("stop", patience=_GRACE_SECONDS)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), _GRACE_SECONDS)
            self.kill()
            await process.wait()
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        self._end()

    def kill(self) -> None:
        """As a crash does."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                # Not by the process object: it would take the exit code away from who waits for it.
                os.kill(self._process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))

    async def _see_off(self) -> None:
        """A host that says nothing more ends by itself, with a code of its own, or else is made to."""
        if self._process is None:
            return
        try:
            await asyncio.wait_for(self._process.wait(), _GRACE_SECONDS)
        except TimeoutError:
            self.kill()

    def _write(self, frame: bytes) -> None:
        stdin = self._process.stdin if self._process is not None else None
        if stdin is None or stdin.is_closing():
            raise HostGone
        try:
            stdin.write(frame)
        except OSError as error:
            raise HostGone from error

    async def _read(self) -> None:
        reader = self._process.stdout if self._process is not None else None
        try:
            while reader is not None and (said := await read_frame(reader)) is not None:
                self._last_beat = time.monotonic()
                await self._take(said)
        except (FrameTooLong, ValueError, KeyError, TypeError) as error:
            logger.warning("Host %s said what is no frame (%s)", self._hello.session_id, type(error).__name__)
        finally:
            self._end()
            await self._see_off()

    async def _take(self, said: Json) -> None:
        if "answer" in said:
            self._answer(said)
        elif "event" in said:
            self._events.put_nowait(Heard(said["event"], said["data"], said.get("seq")))
        elif "ready" in said:
            ready = said["ready"]
            traits = Traits(EngineName(ready["engine"]), str(ready["version"]), bool(ready["repeats"]))
            if not self._ready.done():
                self._ready.set_result(traits)
        elif "store" in said:
            self._tasks.append(asyncio.create_task(self._keep(said)))
            self._tasks[2:] = [task for task in self._tasks[2:] if not task.done()]

    def _answer(self, said: Json) -> None:
        answer = self._answers.get(said["answer"])
        if answer is None or answer.done():
            return
        if error := said.get("error"):
            reason, wa_code = str(error.get("code") or "refused"), error.get("wa_code")
            answer.set_exception(HostRefused(str(error.get("text") or ""), wa_code, reason))
        else:
            answer.set_result(said.get("result"))

    async def _keep(self, said: Json) -> None:
        """A record it wants kept or back. What cannot be kept is not answered: the host then waits."""
        if self._records is None:
            return
        values: Json = {}
        if "set" in said:
            await self._records.write(said["set"])
        else:
            values = dict(await self._records.read(said["get"]))
        with contextlib.suppress(HostGone):
            self._write(pack({"stored": said["store"], "values": values}))

    async def _watch(self) -> None:
        """A process that lives and says nothing is dead."""
        while True:
            await asyncio.sleep(1.0)
            if self._ready.done() and time.monotonic() - self._last_beat > SILENCE_SECONDS:
                logger.warning("Host %s is silent and is ended", self._hello.session_id)
                self.kill()
                return

    def _end(self) -> None:
        if self.is_over:
            return
        self.is_over = True
        for answer in list(self._answers.values()):
            if not answer.done():
                answer.set_exception(HostGone())
        if not self._ready.done():
            self._ready.set_exception(HostGone("The host ended before it was ready"))
            self._ready.exception()
        self._events.put_nowait(None)
