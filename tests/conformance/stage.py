"""One engine on a stage: the stand-in for WhatsApp, people with phones, and numbers held by real hosts."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embedded_server.simulator.whatsapp.people import Companion, Person
from embedded_server.simulator.whatsapp.server import WhatsAppServer
from engine.providers.linked.baileys import program
from engine.providers.linked.baileys.build import build
from engine.providers.linked.link import Heard, Link, Start
from engine.providers.linked.protocol import EngineName, EventName, Hello, HostGone, Json, Phase

#: Seconds; far more than anything takes on an idle machine.
PATIENCE = 60.0

Command = Callable[[Mapping[str, str]], Awaitable[Start]]


class MemoryRecords:
    """What a host keeps with its parent, for as long as the run lasts: it outlives every host."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    async def read(self, names: Sequence[str]) -> dict[str, str | None]:
        return {name: self._values.get(name) for name in names}

    async def write(self, values: Mapping[str, str | None]) -> None:
        for name, value in values.items():
            if value is None:
                self._values.pop(name, None)
            else:
                self._values[name] = value


@dataclass
class Number:
    """A linked number, held by one host after another; everything it ever told stays in ``heard``."""

    stage: Stage
    person: Person
    folder: Path
    key: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    heard: list[Heard] = field(default_factory=list)
    records: MemoryRecords = field(default_factory=MemoryRecords)
    device: Companion | None = None
    #: While False, kept events come again at the next start.
    acknowledges: bool = True
    _link: Link | None = None
    _listening: asyncio.Task[None] | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def link(self) -> Link:
        assert self._link is not None
        return self._link

    async def start(self) -> None:
        """A fresh host on the session's folder; it does not connect yet."""
        hello = Hello(
            session_id=self.folder.name,
            engine=self.stage.engine,
            folder=str(self.folder),
            epoch=1,
            key=self.key,
        )
        start = await self.stage.command(self.stage.server.environment)
        self._link = Link(start, hello, self.records)
        await self._link.open()
        self._listening = asyncio.create_task(self._listen(self._link))

    async def connect(self) -> None:
        """Start if need be, and be open."""
        if self._link is None or self._link.is_over:
            await self.start()
        since = len(self.heard)
        await self.link.do("connect")
        await self.state(Phase.OPEN, since)

    async def scan(self) -> Companion:
        """Linked by QR, settled and open."""
        await self.start()
        await self.link.do("link_qr")
        code = await self.event(EventName.QR)
        self.device = await self.stage.server.scan(code["payload"], self.person)
        await self.state(Phase.OPEN)
        await self.settled()
        return self.device

    async def settled(self) -> None:
        await self.until(lambda: self.device is not None and self.device.is_settled)

    async def event(self, name: str, where: Callable[[Json], bool] = lambda _: True, since: int = 0) -> Json:
        """The first such event from ``since`` on."""

        def found() -> Json | None:
            return next(
                (one.data for one in self.heard[since:] if one.name == name and where(one.data)), None
            )

        await self.until(lambda: found() is not None)
        data = found()
        assert data is not None
        return data

    async def state(self, phase: Phase, since: int = 0) -> Json:
        return await self.event(EventName.STATE, lambda data: data["phase"] == phase, since)

    async def message(self, text: str) -> Json:
        return await self.event(EventName.MESSAGE, lambda data: data["text"] == text)

    def messages(self) -> list[Json]:
        """Every message, once for each id, in the order it was first told."""
        told = {
            (one.data["id"], one.data.get("from_me")): one.data
            for one in reversed(self.heard)
            if _is_message(one)
        }
        return list(reversed(told.values()))

    def texts(self) -> list[str]:
        return [data["text"] for data in self.messages() if data["kind"] == "text"]

    async def send(self, to: Person, text: str, token: str = "", **more: Any) -> str:
        """Say something; the id WhatsApp has it under."""
        content = {"kind": "text", "body": text}
        said = await self.link.do(
            "send",
            token=token or secrets.token_hex(8),
            to=f"{to.number}@s.whatsapp.net",
            content=content,
            **more,
        )
        return str(said["message_id"])

    async def until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                self._news.clear()
                try:
                    await asyncio.wait_for(self._news.wait(), 0.05)
                except TimeoutError:
                    continue

    async def kill(self) -> None:
        """As a crash does."""
        self.link.kill()
        await self._end()

    async def stop(self) -> None:
        if self._link is not None:
            await self._link.close()
            await self._end()

    async def _end(self) -> None:
        if self._listening is not None:
            await asyncio.gather(self._listening, return_exceptions=True)
        await self.link.close(polite=False)

    async def _listen(self, link: Link) -> None:
        async for heard in link.events():
            self.heard.append(heard)
            if heard.seq is not None and self.acknowledges:
                link.acknowledge(heard.seq)
            self._news.set()


@dataclass
class Stage:
    """What a scenario plays on: an engine, a server of its own, and as many numbers as it links."""

    engine: EngineName
    command: Command
    server: WhatsAppServer
    folder: Path
    _numbers: list[Number] = field(default_factory=list)

    def number(self, name: str = "Loja Ipê") -> Number:
        """A number that is not linked yet."""
        person = self.server.someone(name)
        folder = self.folder / f"session-{len(self._numbers)}"
        folder.mkdir(mode=0o700)
        self._numbers.append(Number(self, person, folder))
        return self._numbers[-1]

    async def linked(self, name: str = "Loja Ipê") -> Number:
        number = self.number(name)
        await number.scan()
        return number

    async def close(self) -> None:
        for number in self._numbers:
            try:
                await number.stop()
            except (HostGone, AssertionError):
                continue


@asynccontextmanager
async def on_stage(engine: EngineName, command: Command, folder: Path) -> AsyncIterator[Stage]:
    async with WhatsAppServer(folder) as server:
        stage = Stage(engine, command, server, folder)
        try:
            yield stage
        finally:
            await stage.close()


async def baileys(environment: Mapping[str, str]) -> Start:
    """The second engine's sidecar, led to the stand-in by a preload that the product does not have."""
    await build()
    node, *rest = await program.command()
    preload = Path(__file__).parents[1] / "fakes" / "whatsapp_redirect.mjs"
    return Start((node, "--import", preload.as_uri(), *rest), {**os.environ, **environment})


async def whatsmeow(environment: Mapping[str, str]) -> Start:
    """The product's host, led to the stand-in: it believes in nothing else there."""
    program = ("-m", "tests.fakes.whatsapp_redirect", "engine.providers.linked.host")
    root = Path(__file__).parents[2]
    return Start((sys.executable, *program), {**os.environ, **environment, "PYTHONPATH": str(root)})


def _is_message(one: Heard) -> bool:
    return one.name == EventName.MESSAGE
