"""A dispatcher in a process of its own that dies by SIGKILL at one exact point of a send or a launch.

``python -m tests.fakes.deadly_worker POINT COUNT``: at the COUNT-th POINT, which is "before" (the intent
is committed, no byte has left), "after" (the vendor accepted, nothing is written down) or "launch" (in the
middle of writing recipients down). Settings come by the environment.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import replace
from typing import Any, NoReturn

from engine.cache.buckets import LocalBuckets
from engine.campaigns import queries
from engine.context import Engine
from engine.dispatch import Dispatcher
from engine.providers.port import Account, Outgoing, Sender, SendResult
from engine.runtime import Part, open_engine
from engine.settings import Settings


class Deadly:
    """Keeps :class:`engine.providers.port.Sender`'s promises until it dies."""

    def __init__(self, inner: Sender, point: str, count: int) -> None:
        self._inner, self._point, self._left = inner, point, count

    async def send(self, account: Account, message: Outgoing) -> SendResult:
        self._left -= 1
        if self._point == "before" and self._left <= 0:
            die()
        result = await self._inner.send(account, message)
        if self._point == "after" and self._left <= 0:
            die()
        return result

    async def find(self, *arguments: Any) -> Any:
        return await self._inner.find(*arguments)  # type: ignore[attr-defined]

    async def close(self) -> None:
        await self._inner.close()


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("SIGKILL does not return")


def die_in_launch(count: int) -> None:
    freeze, left = queries.freeze, count

    async def deadly(*arguments: Any) -> int:
        nonlocal left
        written = await freeze(*arguments)
        left -= 1
        if left <= 0:
            die()
        return written

    queries.freeze = deadly


async def main(point: str, count: int) -> None:
    engine: Engine = await open_engine(Settings(), Part.WORKER)
    senders = {name: Deadly(sender, point, count) for name, sender in engine.senders.items()}
    if point == "launch":
        die_in_launch(count)
    await Dispatcher(replace(engine, senders=senders), LocalBuckets()).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
