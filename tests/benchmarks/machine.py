"""What the machine is doing: CPU of process trees, free ports, programs and their answers."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

_POLL_SECONDS = 0.02


class TimedOut(Exception):
    """Something a benchmark waits for did not come about."""


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, its living descendants, and every child they have already buried."""
    total = 0.0
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    except psutil.Error:
        pass
    return total


class CpuClock:
    """CPU seconds of named process trees between construction and :meth:`used`."""

    def __init__(self, **roots: int | None) -> None:
        self._roots = {name: pid for name, pid in roots.items() if pid}
        self._before = {name: cpu_seconds(pid) for name, pid in self._roots.items()}

    def used(self) -> dict[str, float]:
        return {name: cpu_seconds(pid) - self._before[name] for name, pid in self._roots.items()}


@dataclass(frozen=True, slots=True)
class Measured:
    """How long a job took, and the CPU time it cost by process tree."""

    count: int
    seconds: float
    cpu: dict[str, float]

    @property
    def rate(self) -> float:
        return self.count / self.seconds

    @property
    def cpu_microseconds(self) -> float:
        """CPU of everything involved, per piece."""
        return sum(self.cpu.values()) / self.count * 1e6

    @classmethod
    def of(cls, answer: dict[str, Any], clock: CpuClock) -> Measured:
        """What a program told of itself, beside what its servers used meanwhile."""
        return cls(answer["count"], answer["seconds"], clock.used() | {"program": answer["cpu_seconds"]})


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def wait_for_port(port: int, *, seconds: float = 30.0) -> None:
    wait_until(lambda: is_open(port), seconds=seconds, what=f"port {port} to open")


def wait_until(condition: Any, *, seconds: float, what: str, every: float = _POLL_SECONDS) -> None:
    """Raises:
    TimedOut: ``condition()`` was not true in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimedOut(f"waited {seconds:g} s for {what}")
        time.sleep(every)


def answer_of(
    command: Sequence[object],
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    seconds: float = 900.0,
) -> dict[str, Any]:
    """Run a program to its end and read the JSON object it prints last."""
    result = subprocess.run(
        [str(word) for word in command],
        env=os.environ | dict(environment or {}),
        cwd=folder,
        stdout=subprocess.PIPE,
        check=True,
        timeout=seconds,
    )
    return parse_answer(result.stdout)


def parse_answer(output: bytes) -> dict[str, Any]:
    answer = json.loads(output.splitlines()[-1])
    assert isinstance(answer, dict)
    return answer


@contextmanager
def running(
    command: Sequence[object],
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    log: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A program for the length of a block, stopped politely, then killed. ``log`` gets what it says."""
    process = start(command, environment=environment, folder=folder, log=log)
    try:
        yield process
    finally:
        stop(process)


def start(
    command: Sequence[object],
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    log: Path | None = None,
) -> subprocess.Popen[bytes]:
    with Path(log or os.devnull).open("ab") as output:
        return subprocess.Popen(
            [str(word) for word in command],
            env=os.environ | dict(environment or {}),
            cwd=folder,
            stdout=output,
            stderr=output,
        )


def stop(process: subprocess.Popen[bytes], *, by: signal.Signals = signal.SIGTERM) -> None:
    if process.poll() is None:
        process.send_signal(by)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
