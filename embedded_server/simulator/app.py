"""Builds the simulator's web application and serves it on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from embedded_server.simulator import control, linked_control, meta, meta_media, meta_nodes, twilio
from embedded_server.simulator.config import SimulatorConfig
from embedded_server.simulator.world import WORLD, World

_HOST = "127.0.0.1"


def create_app(config: SimulatorConfig | None = None) -> web.Application:
    """The stand-ins for Meta and Twilio, and ``/simulator`` to control them."""
    world = World.build(config or SimulatorConfig())
    panel = web.Application(middlewares=[control.guard])
    for routes in (control.routes, linked_control.routes):
        panel.add_routes(routes)
    panel[WORLD] = world

    app = web.Application(client_max_size=meta_media.LARGEST_UPLOAD + 1024 * 1024)
    app[WORLD] = world
    for routes in (meta.routes, meta_media.routes, meta_nodes.routes, twilio.routes):
        app.add_routes(routes)
    app.add_subapp("/simulator", panel)
    app.cleanup_ctx.append(_courier)
    return app


@asynccontextmanager
async def serving(config: SimulatorConfig | None = None, *, port: int = 0) -> AsyncIterator[str]:
    """Serve on loopback, on a free port by default, and give the base URL."""
    runner = web.AppRunner(create_app(config), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        site = web.TCPSite(runner, _HOST, port, backlog=1024)
        await site.start()
        yield f"http://{_HOST}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _courier(app: web.Application) -> AsyncIterator[None]:
    world = app[WORLD]
    yield
    await world.linked.close()
    await world.courier.stop()
    world.ledger.close()
