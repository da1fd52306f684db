"""Everything the internet can reach on this machine."""

from __future__ import annotations

from embedded_server.webhooks.http import HookRequest, HookResponse
from embedded_server.webhooks.meta import MetaHook
from embedded_server.webhooks.routing import FORM, JSON, Route, Routes
from embedded_server.webhooks.twilio import TwilioHook

_ALIVE = HookResponse(200, b"ok")


async def health(_request: HookRequest) -> HookResponse:
    """The tunnel's probe: this listener answers. What else works is nobody's business out there."""
    return _ALIVE


def routes(meta: MetaHook, twilio: TwilioHook) -> Routes:
    json, form = frozenset({JSON}), frozenset({FORM})
    return Routes(
        Route("GET", "/health", health),
        Route("GET", "/hooks/meta", meta.handshake),
        Route("POST", "/hooks/meta", meta.receive, json),
        Route("GET", "/hooks/meta/{id}", meta.handshake),
        Route("POST", "/hooks/meta/{id}", meta.receive, json),
        Route("POST", "/hooks/twilio", twilio.receive, form),
        Route("POST", "/hooks/twilio/{id}", twilio.receive, form),
    )
