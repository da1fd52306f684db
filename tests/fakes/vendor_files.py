"""A vendor's file server that can be told to lie, fail and forget."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class VendorFiles:
    """Answers Meta's media look-up and download, and Twilio's media address with its redirect."""

    content: bytes = b""
    #: Answers to give before the right ones: (status, JSON).
    refusals: list[tuple[int, dict[str, object]]] = field(default_factory=list)
    port: int = 0
    #: The Authorization header of every request, by path.
    logins: dict[str, str | None] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.logins[request.path] = request.headers.get("Authorization")
        if self.refusals:
            status, said = self.refusals.pop(0)
            return web.json_response(said, status=status)
        if request.path.startswith("/bytes"):
            return web.Response(body=self.content)
        if request.path.startswith("/2010-04-01"):
            raise web.HTTPTemporaryRedirect("/bytes/twilio")
        return web.json_response({"url": f"{self.url}/bytes/meta", "id": "1037"})


@asynccontextmanager
async def vendor_files() -> AsyncIterator[VendorFiles]:
    files = VendorFiles()
    app = web.Application()
    app.router.add_get("/{path:.*}", files.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        files.port = runner.addresses[0][1]
        yield files
    finally:
        await runner.cleanup()
