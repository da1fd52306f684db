"""What each of the commands does once Python will do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from types import FrameType

from installers import checks, system
from installers.environment import HERE, CannotInstall, clean_variables, say

__all__ = ["COMMANDS", "CannotInstall"]


def run(arguments: list[str]) -> int:
    """Start Master IA, and the desktop where there is a display."""
    desktop = has_desktop() and has_display()
    if desktop and not system.install(system.QT):
        say(f"The desktop may need: sudo apt install {' '.join(system.missing(system.QT))}")
    HERE.prepare({"desktop"} & known_extras() if desktop else ())
    if not desktop:
        return become("engine", "up", *arguments)
    with subprocess.Popen([HERE.python, "-m", "desktop"], env=clean_variables()) as window:
        code = attend([str(HERE.python), "-m", "engine", "up", *arguments])
        # A second start only shows the window of what runs already.
        if code != 0:
            window.terminate()
        window.wait()
    return code


def test(arguments: list[str]) -> int:
    """Everything that must hold before a change is taken."""
    if not system.install(system.TESTS):
        names = " ".join(system.missing(system.TESTS))
        say(f"Some tests need packages this machine does not have: sudo apt install {names}")
    HERE.prepare({"test", "desktop"} & known_extras())
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


def attend(command: list[str]) -> int:
    """Run a program that handles Ctrl+C itself, and pass on what only we were sent."""
    with subprocess.Popen(command, env=clean_variables()) as process:

        def pass_on(number: int, _: FrameType | None) -> None:
            process.send_signal(number)

        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, pass_on)
        return process.wait()


def has_desktop() -> bool:
    return (HERE.root / "desktop" / "__main__.py").exists()


def has_display() -> bool:
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def known_extras() -> set[str]:
    """The groups of optional dependencies the project declares."""
    project = tomllib.loads((HERE.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return set(project.get("optional-dependencies", {}))
