"""A number held by the Baileys sidecar, led to the stand-in, with its records in the real database."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from embedded_server.simulator.whatsapp.people import Companion, Person
from embedded_server.simulator.whatsapp.server import WhatsAppServer
from engine.context import Engine
from engine.linked import service
from engine.linked.launching import environment
from engine.linked.records import SessionRecords
from engine.providers.linked.baileys import program
from engine.providers.linked.baileys.build import build
from engine.providers.linked.link import Link, Start
from engine.providers.linked.protocol import EngineName, Hello, Json

_PRELOAD = Path(__file__).with_name("whatsapp_redirect.mjs")
#: Seconds for an event: far more than any takes.
PATIENCE = 20.0


class Number:
    """One session: ``start`` and ``kill`` its host as often as wanted. ``events`` holds all that was told."""

    def __init__(
        self, engine: Engine, company_id: UUID, session_id: UUID, server: WhatsAppServer, folder: Path
    ) -> None:
        self._engine, self._company_id, self._session_id = engine, company_id, session_id
        self.records = SessionRecords(engine, company_id, session_id)
        self.server, self.folder, self.key = server, folder, secrets.token_hex(32)
        self.events: list[tuple[str, Json]] = []
        self.numbers: list[int] = []
        #: Whether kept events are acknowledged as they come.
        self.acknowledges = True
        self._seen = 0
        self._news = asyncio.Event()
        self._hearing: asyncio.Task[None] | None = None

    async def start(self, extra: Mapping[str, str] | None = None, *, history: bool = True) -> None:
        await build()
        node, *rest = await program.command()
        variables = {**environment(), **self.server.environment, **(extra or {})}
        start = Start((node, "--import", _PRELOAD.as_uri(), *rest), variables)
        session = str(self._session_id)
        hello = Hello(session, EngineName.BAILEYS, str(self.folder), 1, history=history, key=self.key)
        self.link = Link(start, hello, self.records)
        self.traits = await self.link.open()
        self._hearing = asyncio.create_task(self._hear())

    async def link_by_qr(self, person: Person) -> Companion:
        await self.link.do("link_qr")
        device = await self.server.scan((await self.event("qr"))["payload"], person)
        await self.phase("open")
        return device

    async def connect(self) -> None:
        await self.link.do("connect")
        await self.phase("open")

    async def kill(self) -> None:
        """As a crash does."""
        self.link.kill()
        await self.end()

    async def end(self) -> None:
        await self.link.close()
        if self._hearing:
            await self._hearing

    async def event(self, name: str, where: Callable[[Any], bool] = lambda _: True) -> Any:
        """The next event of this name after the last that was waited for.

        Raises:
        TimeoutError: there was none.
        """
        async with asyncio.timeout(PATIENCE):
            while True:
                while self._seen < len(self.events):
                    found, data = self.events[self._seen]
                    self._seen += 1
                    if found == name and where(data):
                        return data
                self._news.clear()
                await self._news.wait()

    async def phase(self, phase: str) -> Json:
        state: Json = await self.event("state", lambda data: data["phase"] == phase)
        return state

    async def message(self, text: str) -> Json:
        message: Json = await self.event("message", lambda data: data["text"] == text)
        return message

    def texts(self) -> list[str]:
        return [data["text"] for name, data in self.events if name == "message"]

    def count(self, name: str) -> int:
        return sum(found == name for found, _ in self.events)

    async def send(self, token: str, to: str, body: str, **more: Any) -> Json:
        content = {"kind": "text", "body": body}
        return await self.send_content(token, to, content, **more)

    async def send_content(self, token: str, to: str, content: Json, **more: Any) -> Json:
        arguments = {"message_id": None, "reply_to": None, **more}
        sent: Json = await self.link.do("send", token=token, to=to, content=content, **arguments)
        return sent

    async def record_names(self, table: str) -> list[str]:
        """Of the records that are durable now."""
        query = text("SELECT name FROM linked_record WHERE session_id = :session AND name LIKE :table")
        async with self._engine.unit_of_work(self._company_id) as uow:
            found = await uow.session.scalars(query, {"session": self._session_id, "table": f"{table}/%"})
            return list(found)

    async def _hear(self) -> None:
        async for heard in self.link.events():
            self.events.append((heard.name, heard.data))
            if heard.seq is not None:
                self.numbers.append(heard.seq)
                if self.acknowledges:
                    self.link.acknowledge(heard.seq)
            self._news.set()


async def make_number(engine: Engine, company_id: UUID, server: WhatsAppServer, folder: Path) -> Number:
    async with engine.unit_of_work(company_id) as uow:
        session_id = (await service.begin(engine, uow, name=EngineName.BAILEYS)).id
    return Number(engine, company_id, session_id, server, folder)
