"""The way to the simulator's lane of linked devices, which costs nothing before somebody asks for it."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Protocol

from embedded_server.simulator.behavior import Behavior

if TYPE_CHECKING:
    from embedded_server.simulator.linked_lane import LinkedLane


class _Opens(Protocol):
    def __call__(
        self, folder: Path | None, rng: Random, behavior: Callable[[], Behavior]
    ) -> AbstractAsyncContextManager[LinkedLane]: ...


class LinkedGate:
    """``folder`` keeps certificates and phones; None means one that goes with the process."""

    def __init__(self, folder: Path | None, rng: Random, behavior: Callable[[], Behavior]) -> None:
        self._folder, self._rng, self._behavior = folder, rng, behavior
        self._lane: LinkedLane | None = None
        self._opening = asyncio.Lock()
        self._closing = AsyncExitStack()

    @property
    def lane(self) -> LinkedLane | None:
        """None when nobody ever asked for it."""
        return self._lane

    async def open(self) -> LinkedLane:
        """The lane, running from now on."""
        async with self._opening:
            if self._lane is None:
                # Its cryptography is 10 MB, which most simulators never need.
                module = importlib.import_module("embedded_server.simulator.linked_lane")
                opens: _Opens = module.open_lane
                opened = opens(self._folder, self._rng, self._behavior)
                self._lane = await self._closing.enter_async_context(opened)
            return self._lane

    async def close(self) -> None:
        self._lane = None
        await self._closing.aclose()
