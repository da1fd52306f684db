"""How an answer leaves, or does not: late, as a 500, or as a reset connection."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys

from aiohttp import web

from embedded_server.simulator.fates import Ending, Fate
from embedded_server.simulator.world import World

#: ``struct linger``, switched on with zero seconds.
_RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


def reset(request: web.Request) -> web.Response:
    """Cut the connection with a TCP reset: the client learns nothing."""
    transport = request.transport
    if transport is not None:
        connection: socket.socket | None = transport.get_extra_info("socket")
        if connection is not None:
            # Closing with a zero linger sends RST instead of FIN.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()
    return web.Response(status=500)


async def deliver(
    world: World, request: web.Request, fate: Fate, response: web.Response, broken: web.Response
) -> web.Response:
    """Answer a send as its fate says; what was accepted stays accepted whatever the client sees."""
    wait = world.behavior.answer_after
    if fate.ending is Ending.ACCEPT_THEN_LATE:
        wait = world.behavior.late_after if fate.late_after is None else fate.late_after
    if wait:
        await asyncio.sleep(wait)
    if fate.ending in {Ending.ACCEPT_THEN_RESET, Ending.RESET}:
        return reset(request)
    if fate.ending in {Ending.ACCEPT_THEN_500, Ending.REFUSE_500}:
        return broken
    return response
