"""The control API of the linked devices' lane: what is done with a pretend phone."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from embedded_server.simulator.control import read, reply
from embedded_server.simulator.world import WORLD

routes = web.RouteTableDef()

Number = Annotated[str, Field(pattern=r"^\d{7,15}$")]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ScanIn(_Shape):
    """A code to scan, or to type. ``owner`` is whose pretend phone it is: nobody else may use it then."""

    code: str = Field(min_length=8, max_length=2_000, repr=False)
    number: Number
    owner: str = Field(min_length=1, max_length=64)


class PasskeyIn(_Shape):
    code: str = Field(min_length=8, max_length=2_000, repr=False)


class WrittenIn(_Shape):
    """``sender`` writes to ``to``; one of them is a pretend phone. ``name`` is the sender's."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    sender: Number = Field(alias="from")
    to: Number
    text: str = Field(min_length=1, max_length=60_000, repr=False)
    name: str | None = None


class PhoneIn(_Shape):
    number: Number


@routes.get("/linked")
async def state(request: web.Request) -> web.Response:
    """Whether it runs, and which pretend phones there are."""
    lane = request.app[WORLD].linked.lane
    return reply({"is_running": lane is not None, "numbers": lane.numbers() if lane else []})


@routes.post("/linked")
async def begin(request: web.Request) -> web.Response:
    """Start it if need be, and say how a host comes here."""
    lane = await request.app[WORLD].linked.open()
    return reply(lane.way)


@routes.post("/linked/scan")
async def scan(request: web.Request) -> web.Response:
    wish = await read(request, ScanIn)
    lane = await request.app[WORLD].linked.open()
    await lane.scan(wish.code, wish.number, wish.owner)
    return web.Response(status=204)


@routes.post("/linked/enter")
async def enter(request: web.Request) -> web.Response:
    wish = await read(request, ScanIn)
    lane = await request.app[WORLD].linked.open()
    await lane.enter(wish.code, wish.number, wish.owner)
    return web.Response(status=204)


@routes.post("/linked/passkey")
async def demand_passkey(request: web.Request) -> web.Response:
    wish = await read(request, PasskeyIn)
    lane = await request.app[WORLD].linked.open()
    await lane.demand_passkey(wish.code)
    return web.Response(status=204)


@routes.post("/linked/inbound")
async def write_to_us(request: web.Request) -> web.Response:
    """A customer writes to a pretend phone."""
    wish = await read(request, WrittenIn)
    lane = await request.app[WORLD].linked.open()
    return reply({"id": await lane.receive(wish.to, wish.sender, wish.text, wish.name)}, 201)


@routes.post("/linked/own")
async def write_from_phone(request: web.Request) -> web.Response:
    """The pretend phone itself writes to a customer."""
    wish = await read(request, WrittenIn)
    lane = await request.app[WORLD].linked.open()
    return reply({"id": await lane.write(wish.sender, wish.to, wish.text)}, 201)


@routes.post("/linked/unlink")
async def unlink(request: web.Request) -> web.Response:
    """The user removes the linked devices at the pretend phone."""
    wish = await read(request, PhoneIn)
    lane = await request.app[WORLD].linked.open()
    await lane.unlink(wish.number)
    return web.Response(status=204)
