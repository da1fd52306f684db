"""Meta's stand-in: uploading, looking up and downloading media."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import BodyPartReader, web

from embedded_server.simulator.media import MEGABYTE, Medium, limit_of
from embedded_server.simulator.meta import NODE, VERSION, graph, node
from embedded_server.simulator.meta_errors import MetaRefusal
from embedded_server.simulator.world import WORLD
from engine import clock

LARGEST_UPLOAD = 100 * MEGABYTE
DOWNLOAD = "/whatsapp_business/attachments/"
_LINK_SECONDS = 300
_RANGE = re.compile(r"^bytes=(\d+)-(\d*)$")

routes = web.RouteTableDef()


@routes.post(VERSION + "/{number:" + NODE + "}/media")
@node
async def upload(request: web.Request) -> web.StreamResponse:
    world = request.app[WORLD]
    world.accounts.number(request.match_info["number"])
    fields, content, filename = await _read_form(request)
    if fields.get("messaging_product") != "whatsapp":
        raise MetaRefusal(100, "messaging_product must be one of {WHATSAPP}")
    if content is None:
        raise MetaRefusal(100, "The parameter file is required.")
    mime_type = fields.get("type", "")
    most = limit_of(mime_type)
    if most is None:
        raise MetaRefusal(100, f"Param file must be a file with one of the known types, got {mime_type!r}")
    if len(content) > most:
        raise MetaRefusal(131053, f"The file is larger than {most} bytes")
    return graph({"id": world.media.put(mime_type, content, filename).id})


@routes.get(DOWNLOAD)
@node
async def download(request: web.Request) -> web.StreamResponse:
    medium = request.app[WORLD].media.find(request.query.get("mid", ""))
    expires = request.query.get("ext", "")
    if medium is None or (expires.isdecimal() and int(expires) < clock.now().timestamp()):
        raise web.HTTPNotFound(text="")
    return content_of(request, medium)


def content_of(request: web.Request, medium: Medium) -> web.Response:
    """The file, or the part of it that ``Range`` asks for."""
    content, headers = medium.content, {"Content-Type": medium.mime_type, "Accept-Ranges": "bytes"}
    found = _RANGE.match(request.headers.get("Range", ""))
    if found is None:
        return web.Response(body=content, headers=headers)
    first = int(found[1])
    last = min(int(found[2] or len(content)), len(content) - 1)
    if first > last:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return web.Response(status=206, body=content[first : last + 1], headers=headers)


def node_of(request: web.Request, medium: Medium) -> dict[str, Any]:
    """What ``GET /{media-id}`` tells; the link works for five minutes."""
    expires = int(clock.now().timestamp()) + _LINK_SECONDS
    return {
        "messaging_product": "whatsapp",
        "url": f"{request.url.origin()}{DOWNLOAD}?mid={medium.id}&ext={expires}",
        "mime_type": medium.mime_type,
        "sha256": medium.sha256.hex(),
        "file_size": len(medium.content),
        "id": medium.id,
    }


async def _read_form(request: web.Request) -> tuple[dict[str, str], bytes | None, str | None]:
    if not request.content_type.startswith("multipart/"):
        raise MetaRefusal(100, "The body must be multipart/form-data")
    fields: dict[str, str] = {}
    content, filename = None, None
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        value = bytes(await part.read())
        if len(value) > LARGEST_UPLOAD:
            raise MetaRefusal(131053, "The file is larger than 100 MB")
        if part.name == "file":
            content, filename = value, part.filename
            fields.setdefault("type", part.headers.get("Content-Type", ""))
        elif part.name:
            fields[part.name] = value.decode("utf-8", "replace")
    return fields, content, filename
