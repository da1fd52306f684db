"""A real Socket.IO client that remembers what it heard."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Self

import socketio

from embedded_server.contract.live import FRAME, PATH, WELCOME
from tests.fakes.poll import until


@dataclass(slots=True)
class LiveClient:
    sio: socketio.AsyncClient = field(default_factory=lambda: socketio.AsyncClient(reconnection=False))
    welcome: dict[str, Any] | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    frames: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    async def connect(cls, url: str, token: str, seq: int | None = None, **options: Any) -> Self:
        client = cls()
        client.sio.on(WELCOME, client._on_welcome)
        client.sio.on(FRAME, client._on_frame)
        client.sio.on("disconnect", lambda *_: client.closed.set())
        auth = {"token": token} if seq is None else {"token": token, "seq": seq}
        options.setdefault("transports", ["websocket"])
        await client.sio.connect(url, auth=auth, socketio_path=PATH, **options)
        await until(lambda: client.welcome is not None)
        return client

    def topics(self) -> list[str]:
        return [event["topic"] for event in self.events]

    async def heard(self, count: int) -> None:
        await until(lambda: len(self.events) >= count)

    async def close(self) -> None:
        await self.sio.disconnect()

    async def _on_welcome(self, data: dict[str, Any]) -> None:
        self.welcome = data

    async def _on_frame(self, data: dict[str, Any]) -> None:
        self.frames += 1
        self.events += data["events"]
