"""``coldstart``: ``python -m engine up`` on an installation that exists, until ``/ready`` says yes."""

from __future__ import annotations

import http.client
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from engine.appliance import plan
from engine.settings import Settings
from tests.benchmarks import kit, machine, report
from tests.benchmarks.report import Figure
from tests.benchmarks.services import Options, Say

ROUNDS = 5
MOST_SECONDS = 4.0
_POLL_SECONDS = 0.01


def run(options: Options, say: Say) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="masteria-bench-") as folder:
        settings = Settings(
            data_dir=Path(folder) / "data",
            private_port=machine.free_port(),
            public_port=machine.free_port(),
            log_level="WARNING",
        )
        environment = plan.environment(settings)
        say("coldstart: making an installation")
        first = _start_once(environment, settings.private_port)
        rounds = options.rounds or options.pick(ROUNDS, 1)
        times = [_start_once(environment, settings.private_port) for _ in range(rounds)]
    return [
        report.at_most("start of an installation that exists, to /ready", median(times), "s", MOST_SECONDS),
        report.shown("slowest of these starts", max(times), "s"),
        report.shown("very first start, with initdb and migrations", first, "s"),
    ]


def _start_once(environment: Mapping[str, str], port: int) -> float:
    """Seconds from the command to ``/ready``; then everything is stopped."""
    began = time.perf_counter()
    process = machine.start([sys.executable, "-m", "engine", "up"], environment=environment, folder=kit.ROOT)
    try:
        machine.wait_until(lambda: _is_ready(port), seconds=90, what="/ready", every=_POLL_SECONDS)
        return time.perf_counter() - began
    finally:
        machine.stop(process, by=signal.SIGINT)


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
