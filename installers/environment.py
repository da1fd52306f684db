"""The project's own Python environment in ``.venv``: made once, and again when the project changes."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from installers import system

#: The caller's own pip settings that would install elsewhere, and variables that would import from elsewhere.
_MISLEADING = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__")


class CannotInstall(Exception):
    """The message tells a person what to do."""


def say(sentence: str) -> None:
    """To the error stream: standard output belongs to the program that is started."""
    print(sentence, file=sys.stderr, flush=True)


def clean_variables() -> dict[str, str]:
    """This process's environment without what would lead Python or pip astray."""
    return {name: value for name, value in os.environ.items() if name not in _MISLEADING}


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with the project and, in ``.venv``, its environment."""

    root: Path

    @property
    def python(self) -> Path:
        return self.script("python")

    @property
    def _venv(self) -> Path:
        return self.root / ".venv"

    @property
    def _stamp_file(self) -> Path:
        return self._venv / "installed.json"

    def script(self, name: str) -> Path:
        """A program of the environment."""
        return self._venv / "Scripts" / f"{name}.exe" if os.name == "nt" else self._venv / "bin" / name

    def prepare(self, extras: Iterable[str] = ()) -> None:
        """Make sure ``.venv`` holds the project and these extras; a few milliseconds when nothing changed.

        Raises:
            CannotInstall: the environment cannot be made here.
        """
        stamp = self._read_stamp()
        wanted = sorted({*stamp["extras"], *extras})
        if self.python.exists() and stamp == self._stamp(wanted):
            return
        if stamp["root"] != str(self.root) or not self._starts("--version"):
            self._create()
        if not self._starts("-m", "pip", "--version"):
            self._starts("-m", "ensurepip")
        say("Installing Master IA into .venv; the first time takes a minute or two")
        self._pip("install", "--editable", f".[{','.join(wanted)}]" if wanted else ".")
        self._stamp_file.write_text(json.dumps(self._stamp(wanted)), encoding="utf-8")

    def _read_stamp(self) -> dict[str, Any]:
        """What is installed. An environment made by hand, without a stamp, counts as being of this place."""
        nothing = {"root": str(self.root), "key": "", "extras": []}
        try:
            stamp = json.loads(self._stamp_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return nothing
        return stamp if isinstance(stamp, dict) and stamp.keys() == nothing.keys() else nothing

    def _stamp(self, extras: list[str]) -> dict[str, Any]:
        """Dependencies and packages decide: an editable install knows only the packages it was made with."""
        packages = sorted(path.parent.name for path in self.root.glob("*/__init__.py"))
        content = (self.root / "pyproject.toml").read_bytes() + "\n".join(packages).encode()
        return {"root": str(self.root), "key": hashlib.sha256(content).hexdigest(), "extras": extras}

    def _starts(self, *arguments: str) -> bool:
        """Whether the environment's Python can do this: an upgrade of the system's may have broken it."""
        command = [str(self.python), *arguments]
        try:
            subprocess.run(command, check=True, capture_output=True, env=clean_variables())
        except (OSError, subprocess.CalledProcessError):
            return False
        return True

    def _create(self) -> None:
        say("Making the Python environment .venv")
        # Debian ships Python without these two: python3-venv brings them.
        if not (importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv")):
            version = f"python3.{sys.version_info.minor}-venv"
            if not system.install(["python3-venv", version]):
                raise CannotInstall(f"Python cannot make environments here. Run: sudo apt install {version}")
        python = getattr(sys, "_base_executable", sys.executable)
        made = subprocess.run(
            [python, "-m", "venv", "--clear", self._venv],
            check=False,
            env=clean_variables(),
            stdout=sys.stderr,
        )
        if made.returncode != 0:
            raise CannotInstall(f"The Python environment {self._venv} could not be made.")

    def _pip(self, *arguments: str) -> None:
        """Name what pip works on; its whole output is shown only when it fails."""
        quiet = ["--disable-pip-version-check", "--no-input", "--root-user-action", "ignore"]
        with subprocess.Popen(
            [str(self.python), "-m", "pip", *arguments, *quiet],
            cwd=self.root,
            env=clean_variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as pip:
            told = [_show_step(line) for line in pip.stdout or ()]
        _show_step("")
        if pip.returncode != 0:
            say("".join(told)[-4000:])
            raise CannotInstall("pip could not install Master IA; its message is above. Is there a network?")


#: The project these installers belong to.
HERE = Project(Path(__file__).resolve().parents[1])


def _show_step(line: str) -> str:
    """One line that changes, on a terminal alone."""
    if sys.stderr.isatty() and not line.startswith(" "):
        print(f"\r\033[K{line.strip()[:78]}", end="", file=sys.stderr, flush=True)
    return line
