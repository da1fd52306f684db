"""What each of the commands does once Python will do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping

from installers import checks, system
from installers.environment import HERE, CannotInstall, clean_variables, say

__all__ = ["COMMANDS", "CannotInstall"]

#: As in ``engine.providers.linked.baileys.program``, which the installers cannot import.
_OLDEST_NODE = 20


def run(arguments: list[str]) -> int:
    """Start the desktop, which starts its engine; without a display, or with options, the engine alone."""
    if arguments or not has_display():
        HERE.prepare()
        return become("engine", "up", *arguments)
    if not system.install(system.QT):
        say(f"The desktop may need: sudo apt install {' '.join(system.missing(system.QT))}")
    HERE.prepare({"desktop"} & known_extras())
    return become("desktop")


def test(arguments: list[str]) -> int:
    """Everything that must hold before a change is taken."""
    if not system.install(system.TESTS):
        names = " ".join(system.missing(system.TESTS))
        say(f"Some tests need packages this machine does not have: sudo apt install {names}")
    extras = {"test", "desktop", "linked"} | (set() if has_node() else {"baileys"})
    HERE.prepare(extras & known_extras())
    build_sidecar()
    return checks.run_all(arguments)


def build_sidecar() -> None:
    """The second engine of linked numbers; what it lacks, its own tests say."""
    command = [str(HERE.python), "-m", "engine.providers.linked.baileys", "build"]
    subprocess.run(command, check=False, cwd=HERE.root, env=clean_variables(), stdout=sys.stderr)


def has_node() -> bool:
    """Whether this machine has a Node that is new enough for it."""
    node = shutil.which("node")
    if node is None:
        return False
    told = subprocess.run([node, "--version"], check=False, capture_output=True, text=True).stdout
    major = told.strip().removeprefix("v").split(".")[0]
    return major.isdigit() and int(major) >= _OLDEST_NODE


def demo(arguments: list[str]) -> int:
    """The main job, on simulated providers."""
    HERE.prepare()
    return become("engine", "demo", *arguments)


COMMANDS: Mapping[str, Callable[[list[str]], int]] = {"run": run, "test": test, "demo": demo}


def become(*module: str) -> int:
    """Hand this process, its terminal and its signals over to a module. Returns on Windows only."""
    command = [str(HERE.python), "-m", *module]
    if os.name == "nt":  # where a replaced process loses its console
        return subprocess.call(command, env=clean_variables())
    sys.stdout.flush()
    sys.stderr.flush()
    return os.execve(command[0], command, clean_variables())  # noqa: S606 - our own environment's Python


def has_display() -> bool:
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def known_extras() -> set[str]:
    """The groups of optional dependencies the project declares."""
    project = tomllib.loads((HERE.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return set(project.get("optional-dependencies", {}))
