"""The simulator on a free port, and a receiver that keeps every webhook it was posted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
from aiohttp import web

from embedded_server.simulator import Behavior, SimulatorConfig, serving

QUICK = Behavior(
    sent_after=(0.0, 0.0), delivered_after=(0.01, 0.01), read_after=(0.01, 0.01), reply_after=(0.01, 0.01),
    read=1.0, reply=0.0, retry_after=0.05, retry_cap=0.2, reorder_by=(0.05, 0.1),
)  # fmt: skip


@dataclass(slots=True)
class Receiver:
    """Answers each post with the next of ``answers``, then with 200, and the handshake with ``token``."""

    url: str = ""
    token: str = "our-token"
    posts: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            if request.query["hub.verify_token"] != self.token:
                return web.Response(status=403)
            return web.Response(text=request.query["hub.challenge"])
        self.posts.append((str(request.rel_url), dict(request.headers), await request.read()))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    async def listen(self, port: int = 0) -> web.AppRunner:
        app = web.Application()
        app.router.add_route("*", "/hooks/{rest:.*}", self.take)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks"
        return runner

    def values(self) -> list[dict[str, Any]]:
        """The ``value`` of every Meta post, in the order of arrival."""
        return [orjson.loads(body)["entry"][0]["changes"][0]["value"] for _, _, body in self.posts]

    def statuses(self) -> list[str]:
        return [status["status"] for value in self.values() for status in value.get("statuses", [])]


@dataclass(slots=True)
class Simulated:
    """A running simulator and what surrounds it."""

    url: str
    receiver: Receiver
    http: aiohttp.ClientSession

    async def send(self, to: str = "+5511999998888", **more: Any) -> aiohttp.ClientResponse:
        """Send a text over the Meta stand-in; ``headers`` go along, the rest goes into the message."""
        headers = {"Authorization": "Bearer a-token", **more.pop("headers", {})}
        message = {"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": "Oi"}, **more}
        return await self._settled("POST", "/v26.0/573542517421694/messages", json=message, headers=headers)

    async def graph(self, path: str, method: str = "GET", **more: Any) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": "Bearer a-token"}
        response = await self._settled(method, f"/v26.0/{path}", headers=headers, **more)
        return response.status, await response.json()

    async def control(self, path: str, body: Any = None, method: str = "POST") -> Any:
        response = await self._settled(method, f"/simulator/{path}", json=body)
        return await response.json() if response.content_type == "application/json" else response.status

    async def ledger(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.control("ledger", method="GET"))["entries"]
        return found

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.005)

    async def quiet(self) -> dict[str, Any]:
        """Wait until no webhook is planned, queued or in flight, and return the delivery counts."""
        async with asyncio.timeout(10):
            while (report := await self.control("webhooks", method="GET"))["pending"]:
                await asyncio.sleep(0.005)
        counts: dict[str, Any] = report
        return counts

    async def _settled(self, method: str, path: str, **more: Any) -> aiohttp.ClientResponse:
        async with self.http.request(method, self.url + path, **more) as response:
            await response.read()
        return response


@asynccontextmanager
async def simulated(**behavior: Any) -> AsyncIterator[Simulated]:
    """Both ends of the network; ``behavior`` turns knobs of :data:`QUICK`."""
    receiver = Receiver()
    runner = await receiver.listen()
    config = SimulatorConfig(
        meta_webhook_url=f"{receiver.url}/meta",
        twilio_webhook_url=f"{receiver.url}/twilio",
        behavior=QUICK,
        seed=1,
    )
    async with serving(config) as url, aiohttp.ClientSession() as http:
        network = Simulated(url, receiver, http)
        if behavior:
            await network.control("config", behavior)
        yield network
    await runner.cleanup()
