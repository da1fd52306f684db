"""Which numbers are connected in this process, and by which host."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from engine.providers.linked.link import Link
from engine.providers.linked.protocol import Traits

#: Phones of one number whose WhatsApp address is remembered; the library keeps its own table beside.
_REMEMBERED = 20_000
#: Sends of one number that its host has at a time: enough that it never waits for us.
_AT_ONCE = 3


@dataclass(slots=True)
class Line:
    """A number that is held here. ``is_open`` is False while its connection is made again."""

    link: Link
    traits: Traits
    is_open: bool = False
    #: Phone to WhatsApp address, of those that were looked up; None has no WhatsApp.
    known: dict[str, str | None] = field(default_factory=dict, repr=False)
    #: WhatsApp lets the number write to nobody new until then.
    barred_until: datetime | None = None
    #: The library sends one after the other: what waits here, and not in the host, dies with no host.
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    def remember(self, phone: str, jid: str | None) -> None:
        if len(self.known) >= _REMEMBERED:
            del self.known[next(iter(self.known))]
        self.known[phone] = jid


class Switchboard:
    """Lines by channel. Whoever needs one that is being connected may wait for it."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}
        self._changed = asyncio.Condition()

    def find(self, channel_id: str) -> Line | None:
        """The line of a channel, open or not."""
        return self._lines.get(channel_id)

    def lines(self) -> Iterable[Line]:
        return tuple(self._lines.values())

    async def put(self, channel_id: str, line: Line) -> None:
        async with self._changed:
            self._lines[channel_id] = line
            self._changed.notify_all()

    async def remove(self, channel_id: str, line: Line) -> None:
        """Unless another line has taken the place."""
        async with self._changed:
            if self._lines.get(channel_id) is line:
                del self._lines[channel_id]
            self._changed.notify_all()

    async def set_open(self, line: Line, is_open: bool) -> None:
        async with self._changed:
            line.is_open = is_open
            self._changed.notify_all()

    async def wait_open(self, channel_id: str, patience: float) -> Line | None:
        """The line as soon as it is open; None when it is not within ``patience`` seconds."""

        def is_open() -> bool:
            line = self._lines.get(channel_id)
            return line is not None and line.is_open

        async with self._changed:
            try:
                await asyncio.wait_for(self._changed.wait_for(is_open), patience)
            except TimeoutError:
                return None
            return self._lines.get(channel_id)
