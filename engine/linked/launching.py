"""How the hosts of this machine are started: with which program, and seeing how little of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable

from engine.models import LinkedSession
from engine.providers.linked.baileys import program
from engine.providers.linked.link import Start
from engine.providers.linked.protocol import EngineName

#: Gives the program of a session's host.
Launch = Callable[[LinkedSession], Awaitable[Start]]

#: What any program needs of this machine; a host sees neither the database's address nor a key.
_NEEDED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "USERPROFILE", "HOME")


async def launch(session: LinkedSession) -> Start:
    """The product's own host on this Python, or the second engine's on Node.

    Raises:
        NodeMissing, BundleMissing: the second engine cannot run here; they say what helps.
    """
    if session.engine == EngineName.BAILEYS:
        return Start(await program.command(), environment())
    return Start((sys.executable, "-m", "engine.providers.linked.host"), environment())


def environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _NEEDED if name in os.environ} | {"PYTHONUTF8": "1"}
