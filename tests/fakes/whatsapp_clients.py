"""Real WhatsApp clients for tests: neonize in a child process, so that its Go runtime never meets pytest."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

_ROOT = Path(__file__).parents[2]

#: The store's file without a disk write after every one of the 812 pre-keys that linking makes. The library
#: puts its own "?_foreign_keys=on" behind the name; what is here comes first, and counts.
_FAST = "?_foreign_keys=on&_sync=0&_journal=MEMORY&_="

#: Seconds for an event or an answer: far more than any takes.
PATIENCE = 20.0

Json = dict[str, Any]


class Refused(Exception):
    """The library raised; the text says what."""


class Died(Exception):
    """The process of the clients ended."""


class Client:
    """One linked device. ``events`` holds all that happened, as (kind, data)."""

    def __init__(self, process: ClientProcess, name: str) -> None:
        self._process, self._name = process, name
        self.events: list[tuple[str, Any]] = []
        #: The contents of messages as the wire has them, by id.
        self.contents: dict[str, str] = {}
        self._seen = 0
        self._news = asyncio.Event()

    def hear(self, line: Json) -> None:
        self.events.append((line["event"], line["data"]))
        if line.get("raw"):
            self.contents[line["data"]["Info"]["ID"]] = line["raw"]
        self._news.set()

    def stir(self) -> None:
        self._news.set()

    async def event(self, kind: str, where: Callable[[Any], bool] = lambda _: True) -> Any:
        """The next event of this kind after the last that was waited for.

        Raises:
        TimeoutError: there was none.
        Died: nor will there be any.
        """
        async with asyncio.timeout(PATIENCE):
            while True:
                while self._seen < len(self.events):
                    found, data = self.events[self._seen]
                    self._seen += 1
                    if found == kind and where(data):
                        return data
                if self._process.is_over:
                    raise Died
                self._news.clear()
                await self._news.wait()

    async def message(self, text: str) -> Json:
        return await self.event("Message", lambda data: text_of(data) == text)

    def texts(self) -> list[str]:
        """Every text that came in, in order."""
        return [text for kind, data in self.events if kind == "Message" and (text := text_of(data))]

    def count(self, kind: str) -> int:
        return sum(found == kind for found, _ in self.events)

    async def do(self, what: str, **arguments: Any) -> Any:
        """Raises:
        Refused: the library raised.
        Died: the process ended meanwhile.
        """
        return await self._process.order(what, client=self._name, **arguments)


class ClientProcess:
    """``async with ClientProcess(server.environment) as process``: killed when the block ends."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {**os.environ, **environment, "PYTHONPATH": str(_ROOT)}
        self._clients: dict[str, Client] = {}
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._orders = 0
        self.is_over = False

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.fakes.whatsapp_redirect", "tests.fakes.whatsapp_client_child"),
            env=self._environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 24,
        )
        ready = self._answers[0] = asyncio.get_running_loop().create_future()
        self._reading = asyncio.ensure_future(self._read())
        await asyncio.wait_for(ready, 2 * PATIENCE)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    async def kill(self) -> None:
        """As a crash does: nothing is closed."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._reading

    async def open(self, name: str, store: Path) -> Client:
        """A client with the session in this file, connecting."""
        client = self._clients[name] = Client(self, name)
        await client.do("open", store=f"{store}{_FAST}")
        return client

    async def close(self, name: str) -> None:
        """The client hangs up, and its name is free; its session stays in the store."""
        client = self._clients.pop(name, None)
        if client is not None:
            await client.do("close")

    async def order(self, what: str, **arguments: Any) -> Any:
        if self.is_over or self._process.stdin is None:
            raise Died
        self._orders += 1
        answer = self._answers[self._orders] = asyncio.get_running_loop().create_future()
        line = json.dumps({"id": self._orders, "do": what, "with": arguments}) + "\n"
        self._process.stdin.write(line.encode())
        return await asyncio.wait_for(answer, PATIENCE)

    async def _read(self) -> None:
        if self._process.stdout is None:
            return
        async for raw in self._process.stdout:
            line = json.loads(raw)
            if "event" not in line:
                self._answer(line)
            elif line["client"] in self._clients:
                self._clients[line["client"]].hear(line)
        self.is_over = True
        for client in self._clients.values():
            client.stir()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(Died())

    def _answer(self, line: Json) -> None:
        answer = self._answers.pop(line["answer"])
        if answer.done():
            return
        if "error" in line:
            answer.set_exception(Refused(line["error"]))
        else:
            answer.set_result(line.get("result"))


def text_of(message: Json) -> str:
    content = message.get("Message", {})
    return content.get("conversation") or content.get("extendedTextMessage", {}).get("text", "")
