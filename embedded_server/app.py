"""Builds the private application: knows every room, decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from aiohttp import web

from embedded_server import api, first_run, health, openapi, wire
from embedded_server.auth import Doorkeeper
from embedded_server.dispatch import handler_of
from embedded_server.keys import CLAIMED, ENGINE, THROTTLE
from embedded_server.limits import GuardedRunner, protect
from embedded_server.live import Hub
from embedded_server.problems import problems
from embedded_server.routing import Route
from engine.accounts import Throttle
from engine.context import Engine

#: On every private response (reliability 1.5).
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def all_routes() -> list[Route]:
    """The whole route table of the private listener, live updates apart."""
    return [route for table in (*api.TABLES, health.route) for route in table]


def build(
    engine: Engine, *, routes: list[Route] | None = None, claimed: Callable[[], None] = lambda: None
) -> web.Application:
    """The private application without its guard.

    ``routes`` replaces the product's own table in tests of the framework; ``claimed`` is called once the
    installation has its first owner.
    """
    table = all_routes() if routes is None else routes
    app = web.Application(middlewares=[problems], client_max_size=wire.MAX_JSON)
    app[ENGINE] = engine
    app[THROTTLE] = Throttle()
    app[CLAIMED] = claimed
    doorkeeper = Doorkeeper()
    for route in table:
        app.router.add_route(route.method, route.pattern, handler_of(route, doorkeeper))
    app.router.add_route("GET", openapi.PATH, openapi.handler(table))
    app.on_response_prepare.append(_secure)
    return app


def private(engine: Engine) -> GuardedRunner:
    """The private listener as it runs: the application, live updates, and the guard before both."""
    app = build(engine, claimed=partial(first_run.hide, engine.settings.run_dir))
    hub = Hub(engine)
    hub.attach(app)
    app.on_startup.append(lambda _: hub.start())
    app.on_shutdown.append(lambda _: hub.close())
    uploads = {f"{route.method} {route.path}" for route in all_routes() if route.accepts}
    return protect(app, hosts=engine.settings.allowed_hosts, uploads=uploads)


async def _secure(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
