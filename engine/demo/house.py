"""A whole appliance in a throw-away folder, as a child process, with the simulator beside it."""

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
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import EngineError, Kind

STARTING_TAKES = 90.0


class HouseNotReady(EngineError):
    """The demonstration's appliance did not start. Its log says why."""

    kind = Kind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class House:
    """A running appliance. ``secret`` founds its first company."""

    folder: Path
    private_url: str
    simulator_url: str
    secret: str = field(repr=False)
    started_in: float


@contextmanager
def house(folder: Path | None = None) -> Iterator[House]:
    """Start, and stop and remove at the end. A folder that was given stays."""
    with tempfile.TemporaryDirectory(prefix="master-ia-demo-", ignore_cleanup_errors=True) as scratch:
        data = folder or Path(scratch)
        # The embedded server may run as a user of its own, who must be able to reach its folder.
        Path(scratch).chmod(0o755)
        log = data / "demo.log"
        data.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "engine", "up", "--simulator"],
                env=_environment(data),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield _await_ready(process, data, log)
        finally:
            _stop(process)


def _environment(data: Path) -> dict[str, str]:
    ports = {f"MASTERIA_{name}_PORT": "0" for name in ("PRIVATE", "PUBLIC", "SIMULATOR")}
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MASTERIA_")}
    return kept | ports | {"MASTERIA_DATA_DIR": str(data), "MASTERIA_SIMULATOR": "1"}


def _await_ready(process: subprocess.Popen[bytes], data: Path, log: Path) -> House:
    began = time.monotonic()
    while time.monotonic() - began < STARTING_TAKES:
        if process.poll() is not None:
            break
        facts = _facts(data)
        if facts.get("state") in ("ready", "degraded"):
            secret = (data / "run" / "first-run-secret").read_text("utf-8").strip()
            took = time.monotonic() - began
            return House(data, facts["private_url"], facts["simulator_url"], secret, took)
        time.sleep(0.1)
    last = "\n".join(log.read_text("utf-8", "replace").splitlines()[-15:])
    raise HouseNotReady(f"The demonstration's appliance did not start. Its last words:\n{last}")


def _facts(data: Path) -> dict[str, str]:
    try:
        facts: dict[str, str] = json.loads((data / "run" / "appliance.json").read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return facts


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(45)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
