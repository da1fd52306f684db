"""A display nobody sees, a throw-away home, and the desktop as a process of its own in it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[3]
SCREENS = ROOT / "tests" / "desktop" / "screens"

#: Seconds a story may take on a machine with other work.
PATIENCE = 150.0


class StoryFailed(AssertionError):
    """The text is what the desktop's process said before it ended."""


@contextmanager
def display(size: str = "1400x900x24") -> Iterator[str]:
    """An X server of our own, on the first free number."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp"]
    with subprocess.Popen(
        command, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        os.close(write)
        try:
            with os.fdopen(read) as told:
                yield f":{told.readline().strip()}"
        finally:
            server.terminate()


@contextmanager
def home(shown_on: str) -> Iterator[Home]:
    """A data folder and a desktop folder; whatever still runs on them is stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="master-ia-desk-", ignore_cleanup_errors=True) as scratch:
        # The embedded database may run as a user of its own, who must reach its folder.
        Path(scratch).chmod(0o755)
        house = Home(Path(scratch), shown_on)
        try:
            yield house
        finally:
            house.stop_engine()


@dataclass(frozen=True, slots=True)
class Home:
    """Where the desktop lives for a while."""

    folder: Path
    shown_on: str

    @property
    def report(self) -> Path:
        return self.folder / "report.json"

    def told(self) -> dict[str, Any]:
        """What the stories have written down so far."""
        try:
            told: dict[str, Any] = json.loads(self.report.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return told

    def start(self, story: str) -> subprocess.Popen[bytes]:
        """The desktop, with somebody at it who follows this story."""
        output = (self.folder / f"{story}.log").open("wb")
        with output:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.desktop.xvfb.driver", story, str(self.folder)],
                cwd=ROOT,
                env=self.variables(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def variables(self) -> dict[str, str]:
        ports = {f"MASTERIA_{name}_PORT": "0" for name in ("PRIVATE", "PUBLIC", "SIMULATOR")}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MASTERIA_")}
        ours = {
            "MASTERIA_DATA_DIR": str(self.folder / "data"),
            "MASTERIA_DESKTOP_DIR": str(self.folder / "desktop"),
            "MASTERIA_DESKTOP_KEYRING": "false",
            "MASTERIA_LANGUAGE": "pt_BR",
            "DISPLAY": self.shown_on,
            "QT_QPA_PLATFORM": "xcb",
        }
        return kept | ports | ours

    def follow(
        self, story: str, process: subprocess.Popen[bytes], until: str = "", patience: float = PATIENCE
    ) -> None:
        """Wait until the process ends well, or until the story has written ``until`` down.

        Raises:
            StoryFailed: it ended badly or took too long.
        """
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if until and until in self.told():
                return
            if process.poll() is not None:
                break
            time.sleep(0.05)
        if until or process.poll() != 0:
            process.kill()
            raise StoryFailed(f"{story}: {self._last_words(story)}")

    def engine_pid(self) -> int | None:
        """The appliance's, if it runs."""
        try:
            pid = int(json.loads((self.folder / "data" / "run" / "appliance.json").read_text("utf-8"))["pid"])
        except (OSError, ValueError, KeyError):
            return None
        return pid if psutil.pid_exists(pid) else None

    def stop_engine(self) -> None:
        if (pid := self.engine_pid()) is not None:
            process = psutil.Process(pid)
            process.send_signal(signal.SIGINT)
            try:
                process.wait(45)
            except psutil.TimeoutExpired:
                process.kill()

    def _last_words(self, story: str) -> str:
        files = (self.folder / f"{story}.log", self.folder / "desktop" / "desktop.log")
        return "\n".join(file.read_text("utf-8", "replace")[-3000:] for file in files if file.exists())
