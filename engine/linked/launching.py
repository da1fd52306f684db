"""How the hosts of this machine are started: with which program, and seeing how little of it."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable

from engine.channels import SimulatorOff, SimulatorUnreachable, ask_simulator
from engine.models import LinkedSession
from engine.providers.linked.baileys import program
from engine.providers.linked.link import Start
from engine.providers.linked.pretend import Way, lead
from engine.providers.linked.protocol import EngineName
from engine.settings import Settings

#: Gives the program of a session's host.
Launch = Callable[[LinkedSession], Awaitable[Start]]

#: What any program needs of this machine; a host sees neither the database's address nor a key.
_NEEDED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "USERPROFILE", "HOME")
#: A simulator that fell is started again within this time.
_PATIENCE_SECONDS = 20.0
_AGAIN_SECONDS = 1.0


class Launcher:
    """Keeps :data:`Launch` for the product's own programs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def __call__(self, session: LinkedSession) -> Start:
        """The product's own host on this Python, or the second engine's on Node.

        A session that is simulated is led to the simulator, and this is the only place where any is: a real
        one never gets here, and neither does whoever has no simulator.

        Raises:
            NodeMissing, BundleMissing: the second engine cannot run here; they say what helps.
            SimulatorOff, SimulatorUnreachable: nobody plays WhatsApp for a pretend phone.
        """
        engine = EngineName(session.engine)
        start = await _program(engine)
        return lead(start, engine, await self._way()) if session.simulated else start

    async def _way(self) -> Way:
        if not self._settings.simulator:
            raise SimulatorOff
        end = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return Way(**await ask_simulator(self._settings, "linked", {}))
            except SimulatorUnreachable:
                if time.monotonic() > end:
                    raise
            await asyncio.sleep(_AGAIN_SECONDS)


async def _program(engine: EngineName) -> Start:
    if engine is EngineName.BAILEYS:
        return Start(await program.command(), environment())
    return Start((sys.executable, "-m", "engine.providers.linked.host"), environment())


def environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _NEEDED if name in os.environ} | {"PYTHONUTF8": "1"}
