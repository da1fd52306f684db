"""A host of a linked number as tests drive it: the real process, with the real library, at the stand-in."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from embedded_server.simulator.whatsapp.node import PN
from embedded_server.simulator.whatsapp.people import Companion, Person
from embedded_server.simulator.whatsapp.server import WhatsAppServer
from engine.providers.linked.link import Heard, Link, Start
from engine.providers.linked.protocol import EngineName, EventName, Hello, Json, Phase, Traits
from tests.fakes.poll import until

_ROOT = Path(__file__).parents[2]
_HOST = ("-m", "tests.fakes.whatsapp_redirect", "engine.providers.linked.host")

#: Seconds for an event: far more than any takes.
PATIENCE = 20.0


class Host:
    """``async with Host(folder, server.environment) as host``: killed when the block ends.

    It acknowledges nothing by itself unless ``acknowledging``.
    """

    def __init__(
        self, folder: Path, environment: Mapping[str, str], *, key: bytes | None = None, history: bool = True
    ) -> None:
        self.folder, self._environment = folder, environment
        self.key, self._history = key or secrets.token_bytes(32), history
        self.heard: list[Heard] = []
        self.acknowledging = False
        self.traits: Traits | None = None
        self._seen = 0
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    async def start(self) -> Traits:
        """A new process for the same session; what was heard before is forgotten."""
        hello = Hello("session-1", EngineName.WHATSMEOW, str(self.folder), 1, self._history, self.key.hex())
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(_ROOT), **self._environment}
        self.link = Link(Start((sys.executable, *_HOST), environment), hello)
        self.heard, self._seen = [], 0
        self.traits = await self.link.open()
        self._hearing = asyncio.ensure_future(self._hear())
        return self.traits

    async def kill(self) -> None:
        """As a crash does."""
        self.link.kill()
        await self.link.close(polite=False)
        await self._hearing

    async def stop(self) -> None:
        await self.link.close()
        await self._hearing

    async def restart(self) -> None:
        """Killed, and back with its number connected."""
        await self.kill()
        await self.start()
        await self.do("connect")
        await self.phase(Phase.OPEN)

    async def do(self, command: str, **arguments: Any) -> Any:
        return await self.link.do(command, **arguments)

    async def event(self, name: EventName, where: Callable[[Json], bool] = lambda _: True) -> Json:
        """The next event of this kind after the last that was waited for.

        Raises:
        TimeoutError: there was none.
        """
        async with asyncio.timeout(PATIENCE):
            while True:
                while self._seen < len(self.heard):
                    heard = self.heard[self._seen]
                    self._seen += 1
                    if heard.name == name and where(heard.data):
                        return heard.data
                self._news.clear()
                await self._news.wait()

    async def phase(self, phase: Phase) -> Json:
        return await self.event(EventName.STATE, lambda data: data["phase"] == phase)

    async def message(self, text: str) -> Json:
        return await self.event(EventName.MESSAGE, lambda data: data["text"] == text)

    def all(self, name: EventName) -> list[Json]:
        return [heard.data for heard in self.heard if heard.name == name]

    def texts(self) -> list[str]:
        return [data["text"] for data in self.all(EventName.MESSAGE)]

    def acknowledge(self) -> None:
        """Everything heard so far."""
        self.link.acknowledge(max((heard.seq for heard in self.heard if heard.seq), default=0))

    async def _hear(self) -> None:
        async for heard in self.link.events():
            self.heard.append(heard)
            if self.acknowledging and heard.seq:
                self.link.acknowledge(heard.seq)
            self._news.set()


async def link(host: Host, server: WhatsAppServer, person: Person) -> Companion:
    """A started host is linked with this person's phone, and open."""
    await host.do("link_qr")
    code = await host.event(EventName.QR)
    device = await server.scan(code["payload"], person)
    await host.phase(Phase.OPEN)
    await until(lambda: device.is_settled)
    return device


def jid(person: Person, server: str = PN) -> str:
    return str(person.jid(server))


def text(body: str) -> Json:
    return {"kind": "text", "body": body}
