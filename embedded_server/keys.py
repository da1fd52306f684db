"""Typed keys for what an application carries."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from engine.accounts import Throttle
from engine.context import Engine

ENGINE = web.AppKey("engine", Engine)
#: Failed sign-ins of this process.
THROTTLE = web.AppKey("throttle", Throttle)
#: Called once the installation has an owner: the console's secret is of no use any more.
CLAIMED: web.AppKey[Callable[[], None]] = web.AppKey("claimed")
