"""Tools and peers that are not Python: compiled or installed once, into ``.peers``."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TypeVar

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDER = HERE / ".peers"
_INSTALL_SECONDS = 300
T = TypeVar("T")


class NotAvailable(Exception):
    """A peer or a tool cannot be had on this machine; the message says why."""


def tool(name: str) -> Path:
    """A compiled program of ``tools``, made anew when its source is newer.

    Raises:
        NotAvailable: there is no C compiler, or it refused.
    """
    program, source = FOLDER / name, HERE / "tools" / f"{name}.c"
    newest = max(path.stat().st_mtime for path in source.parent.iterdir())
    if program.exists() and program.stat().st_mtime > newest:
        return program
    compiler = find("cc", "gcc", "clang")
    FOLDER.mkdir(exist_ok=True)
    _run([compiler, "-O2", "-o", str(program), str(source)], what=f"compiling {name}")
    return program


def node_folder() -> Path:
    """The folder with the Node peers and their pinned packages.

    Raises:
        NotAvailable: Node or npm is missing, or the packages cannot be installed.
    """
    find("node")
    npm = find("npm")
    FOLDER.mkdir(exist_ok=True)
    for path in (HERE / "peers").glob("*.mjs"):
        shutil.copyfile(path, FOLDER / path.name)
    wanted = (HERE / "peers" / "package.json").read_text()
    installed = FOLDER / "node_modules" / ".installed.json"
    if not installed.exists() or installed.read_text() != wanted:
        (FOLDER / "package.json").write_text(wanted)
        _run([npm, "install", "--no-audit", "--no-fund", "--silent"], what="npm install", folder=FOLDER)
        installed.write_text(wanted)
    return FOLDER


def available(stack: ExitStack, peer: AbstractContextManager[T]) -> tuple[T | None, str]:
    """Enter a peer, or say why it cannot be had."""
    try:
        return stack.enter_context(peer), ""
    except NotAvailable as reason:
        return None, str(reason)


def find(*names: str) -> str:
    """Raises:
    NotAvailable: none of these programs is installed.
    """
    for name in names:
        if path := shutil.which(name):
            return path
    raise NotAvailable(f"{names[0]} is not installed")


def _run(command: list[str], *, what: str, folder: Path | None = None) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=_INSTALL_SECONDS)
    except subprocess.CalledProcessError as error:
        words = error.stderr.decode(errors="replace").strip()[-200:]
        raise NotAvailable(f"{what} failed: {words}") from error
    except subprocess.TimeoutExpired as error:
        raise NotAvailable(f"{what} took more than {_INSTALL_SECONDS} s") from error
