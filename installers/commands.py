"""What each of the commands does once Python will do."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping

from installers import checks, system
from installers.environment import HERE, CannotInstall, clean_variables, say

__all__ = ["COMMANDS", "CannotInstall"]


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
    HERE.prepare({"test", "desktop", "linked"} & known_extras())
    return checks.run_all(arguments)


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
