"""What goes wrong on purpose: refusals, lost acknowledgements, and a bad way from the server to a device."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from embedded_server.simulator.whatsapp.connection import Closed
from embedded_server.simulator.whatsapp.node import Node
from embedded_server.simulator.whatsapp.people import Companion, Person

#: Codes of a refused message: a new chat that the account may not open now, and too many messages.
REACH_OUT_LOCKED, TOO_MANY = 463, 429


@dataclass
class Faults:
    """Everything is well until a test sets something here."""

    #: Whom nobody can write to, and the code it is refused with.
    refused: dict[Person, int] = field(default_factory=dict)
    #: Who can write to nobody they have not heard from, and the code.
    locked: dict[Person, int] = field(default_factory=dict)
    #: So many messages are accepted and passed on, and their sender never hears of it.
    unacknowledged: int = 0

    def clear(self) -> None:
        self.refused.clear()
        self.locked.clear()
        self.unacknowledged = 0

    def swallows_acknowledgement(self) -> bool:
        if self.unacknowledged == 0:
            return False
        self.unacknowledged -= 1
        return True


@dataclass
class Way:
    """The way from the server to the devices: ``delay`` in seconds, each stanza ``copies`` times, and
    ``shuffled``: so many are gathered, and then come last first.
    """

    delay: float = 0.0
    copies: int = 1
    shuffled: int = 1
    _gathered: list[tuple[Companion, Node]] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def clear(self) -> None:
        self.delay, self.copies, self.shuffled = 0.0, 1, 1
        self._gathered.clear()

    async def carry(self, companion: Companion, node: Node) -> None:
        self._gathered.append((companion, node))
        if len(self._gathered) < self.shuffled:
            return
        batch, self._gathered = self._gathered[::-1], []
        for target, stanza in batch:
            for _ in range(self.copies):
                await self._pass_on(target, stanza)

    async def _pass_on(self, companion: Companion, node: Node) -> None:
        if not self.delay:
            await send(companion, node)
            return
        task = asyncio.ensure_future(_send_later(self.delay, companion, node))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _send_later(seconds: float, companion: Companion, node: Node) -> None:
    await asyncio.sleep(seconds)
    await send(companion, node)


async def send(companion: Companion, node: Node) -> None:
    """To a device that is gone nothing is sent: what it must get waits for its next log-in."""
    if companion.connection is None or not companion.connection.is_open:
        return
    try:
        await companion.connection.send(node)
    except Closed:
        companion.is_listening = False
