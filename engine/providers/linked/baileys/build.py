"""Makes the sidecar's bundle: the exact packages of its lock file and its sources, in one file.

What npm installs is kept as long as the lock file is the same; the bundle is made anew when anything of it
changed. Nothing is downloaded at run time.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Iterable
from pathlib import Path

from engine.errors import EngineError, Kind
from engine.providers.linked.baileys.program import (
    BUNDLE,
    OLDEST_NODE,
    SIDECAR,
    find_node,
    find_npm,
)

logger = logging.getLogger(__name__)

_LIBRARY = "@whiskeysockets/baileys"
_STAMP = BUNDLE.with_name("built.json")
_MODULES = SIDECAR / "node_modules"
#: Some of the bundled packages are written for the older kind of modules, and call ``require``.
_BANNER = "import { createRequire as of } from 'node:module'; const require = of(import.meta.url);"
_SECONDS = 600.0


class BuildFailed(EngineError):
    """The sidecar could not be built."""

    kind = Kind.UNAVAILABLE


async def build() -> bool:
    """Whether there was anything to do.

    Raises:
        NodeMissing: there is no Node, or only an older one.
        BuildFailed: npm or esbuild failed; the message says why.
    """
    stamp, had = _stamp(), _read_stamp()
    if BUNDLE.is_file() and had == stamp:
        return False
    node = await find_node()
    if not _MODULES.is_dir() or had.get("lock") != stamp["lock"]:
        await _install(node)
    await _bundle(node)
    _STAMP.write_text(json.dumps(stamp), encoding="utf-8")
    return True


def library_version() -> str:
    """The library's version, as the lock file pins it."""
    lock = json.loads((SIDECAR / "package-lock.json").read_text(encoding="utf-8"))
    return str(lock["packages"][f"node_modules/{_LIBRARY}"]["version"])


async def _install(node: Path) -> None:
    npm = find_npm(node)
    if npm is None:
        raise BuildFailed("npm is missing; it comes with Node")
    logger.info("Fetching the packages of the lock file")
    # Scripts of packages never run here: none of ours needs one.
    await _run(*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps")


async def _bundle(node: Path) -> None:
    logger.info("Bundling the sidecar")
    fresh = BUNDLE.with_suffix(".new")
    await _run(
        *(str(node), str(_MODULES / "esbuild" / "bin" / "esbuild"), "src/main.mjs", "--bundle"),
        *("--platform=node", f"--target=node{OLDEST_NODE}", "--format=esm", "--log-level=warning"),
        *(f"--banner:js={_BANNER}", f'--define:LIBRARY_VERSION="{library_version()}"'),
        *("--minify-whitespace", "--legal-comments=eof", f"--outfile={fresh}"),
    )
    fresh.replace(BUNDLE)


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=SIDECAR,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        told, _ = await asyncio.wait_for(process.communicate(), _SECONDS)
    except TimeoutError:
        process.kill()
        raise BuildFailed("It took longer than ten minutes and was ended") from None
    if process.returncode != 0:
        raise BuildFailed(told.decode(errors="replace").strip()[-2000:])


def _stamp() -> dict[str, str]:
    lock = SIDECAR / "package-lock.json"
    sources = [Path(__file__), lock, *sorted((SIDECAR / "src").glob("*.mjs"))]
    return {"lock": _digest([lock]), "all": _digest(sources)}


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _read_stamp() -> dict[str, str]:
    try:
        stamp: dict[str, str] = json.loads(_STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp
