"""Loads the public listener: what the load generator is told, and what it answers."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks import kit, machine
from tests.benchmarks.product import APP_SECRET, PHONE_NUMBER_ID

CONNECTIONS = 64


@dataclass(frozen=True, slots=True)
class Load:
    """One stream of webhooks. Without ``rate`` as fast as they are answered, else an open loop."""

    port: int
    path: str
    count: int
    #: Message ids of different series never meet.
    series: int
    connections: int = CONNECTIONS
    rate: float = 0
    statuses: bool = False
    #: Lost connections are made again, and acknowledged ids are listed in this file.
    acknowledged: Path | None = field(default=None)

    def command(self) -> list[str]:
        words = [str(kit.tool("blast")), "-p", str(self.port), "-H", self.path, "-n", str(self.count)]
        words += ["-s", str(self.series), "-c", str(self.connections), "-q", str(self.rate)]
        words += ["-k", APP_SECRET, "-i", PHONE_NUMBER_ID]
        if self.statuses:
            words.append("-S")
        if self.acknowledged is not None:
            words += ["-R", "-A", str(self.acknowledged)]
        return words


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back, latencies in milliseconds. ``started_at`` is in seconds of the system's clock."""

    requests: int
    seconds: float
    rate: float
    p50: float
    p90: float
    p99: float
    max: float
    answered: int
    refused: int
    failures: int
    started_at: float

    @property
    def acknowledged(self) -> int:
        return self.answered - self.refused

    def must_be_clean(self) -> None:
        assert not self.refused, f"{self.refused} of {self.requests} webhooks were refused"
        assert not self.failures, f"{self.failures} of {self.requests} connections were lost"


def post(load: Load) -> Answers:
    """Post a whole load and wait for its last answer."""
    return Answers(**machine.answer_of(load.command()))


def start(load: Load) -> subprocess.Popen[bytes]:
    """The same in the background, for :func:`finish`."""
    return subprocess.Popen(load.command(), stdout=subprocess.PIPE)


def prepare(load: Load) -> subprocess.Popen[bytes]:
    """The same with everything built and signed, held back until :func:`release`."""
    process = subprocess.Popen([*load.command(), "-W"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def release(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.stdin = None


def finish(process: subprocess.Popen[bytes]) -> Answers:
    output, _ = process.communicate(timeout=900)
    return Answers(**machine.parse_answer(output))
