"""The host's end of the pipes to its parent: private descriptors, out of reach of whatever prints.

Both directions have a thread of their own, so that neither a busy event loop nor a parent that does not read
holds up the other. The end of the input is the end of the process, at once: its parent is dead, and the next
host of this number may already be starting.
"""

from __future__ import annotations

import asyncio
import os
import queue
import threading

from engine.providers.linked.protocol import Json, pack

_PIECE = 1 << 16
#: Frames that wait for a parent that does not read; events that are worth nothing later are dropped beyond.
_PATIENT = 1_000
_LAST_WORD = 2.0

#: Why the process ended, for whoever looks at its exit code.
ORPHANED = 3


class Channel:
    """Taken once, before anything prints."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._waiting: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._written = threading.Event()

    @classmethod
    def take(cls) -> Channel:
        """Standard input and output of this process from now on lead nowhere."""
        reading, writing = os.dup(0), os.dup(1)
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 0)
        os.dup2(nowhere, 1)
        os.close(nowhere)
        return cls(reading, writing)

    def begin(self) -> asyncio.StreamReader:
        """Start both threads; what comes in is read from what this returns."""
        loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
        threading.Thread(target=self._read, args=(loop, reader), name="in", daemon=True).start()
        threading.Thread(target=self._write, name="out", daemon=True).start()
        return reader

    def say(self, said: Json, *, may_drop: bool = False) -> None:
        """From any thread; never waits."""
        if not may_drop or self._waiting.qsize() < _PATIENT:
            self._waiting.put(pack(said))

    def leave_open(self) -> int:
        """The descriptor to the parent, for a program that takes this one's place; say nothing any more."""
        self.flush(_LAST_WORD)
        os.set_inheritable(self._writing, True)
        return self._writing

    def flush(self, patience: float = _LAST_WORD) -> None:
        """Wait until everything said was written, and say nothing any more."""
        self._waiting.put(None)
        self._written.wait(patience)

    def _read(self, loop: asyncio.AbstractEventLoop, reader: asyncio.StreamReader) -> None:
        while piece := _read_some(self._reading):
            loop.call_soon_threadsafe(reader.feed_data, piece)
        os._exit(ORPHANED)

    def _write(self) -> None:
        while (frame := self._waiting.get()) is not None:
            try:
                _write_all(self._writing, frame)
            except OSError:
                os._exit(ORPHANED)
        self._written.set()


def _read_some(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _PIECE)
    except OSError:
        return b""


def _write_all(descriptor: int, frame: bytes) -> None:
    left = memoryview(frame)
    while left:
        left = left[os.write(descriptor, left) :]
