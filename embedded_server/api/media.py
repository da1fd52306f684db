"""/api/v1/media: files people sent, for download only."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from embedded_server.routing import Call, RouteTable
from engine import inbox
from engine.accounts import Permission

route = RouteTable()

_ANY = "application/octet-stream"


@route("GET", "/api/v1/media/{id}", permission=Permission.INBOX_READ, streams=_ANY, transaction=False)
async def download(call: Call) -> web.StreamResponse:
    """A file that belongs to a message. A browser saves it and never shows it beside our pages."""
    async with call.engine.unit_of_work(call.principal.company_id) as uow:
        file = await inbox.open_file(call.engine, uow, call.id)
    name = quote(file.name, safe="")
    headers = {
        "Content-Type": file.mime,
        "Content-Disposition": f"attachment; filename=\"{file.fallback}\"; filename*=UTF-8''{name}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return web.FileResponse(file.path, headers=headers)
