"""How this room starts, finds and ends operating system processes."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

LAUNCHER = Path(__file__).with_name("launch.py")
IS_WINDOWS = os.name == "nt"


@dataclass(frozen=True, slots=True)
class User:
    """A system user that owns files and runs a program."""

    name: str
    uid: int
    gid: int


def tied(program: Sequence[str], *, on_orphaned: signal.Signals, user: User | None = None) -> list[str]:
    """A command line whose process gets ``on_orphaned`` when the thread that started it ends (Linux).

    Elsewhere the program runs as it is, and the next start ends what was left over. ``user`` needs root.
    """
    if IS_WINDOWS:
        return list(program)
    uid, gid = (user.uid, user.gid) if user else (-1, -1)
    facts = [str(int(on_orphaned)), str(os.getpid()), str(uid), str(gid)]
    return [sys.executable, "-I", "-S", str(LAUNCHER), *facts, *program]


def is_alive(pid: int) -> bool:
    """Whether the process runs. A zombie does not: it only waits for its parent to look."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def started_at(pid: int) -> float | None:
    """The system's own time stamp of a process: with the id it names one process for ever."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def wait_gone(pids: Sequence[int], timeout: float) -> bool:
    """Wait up to ``timeout`` seconds until none of these processes runs."""
    _, alive = psutil.wait_procs(_processes(pids), timeout=timeout)
    return not [process for process in alive if is_alive(process.pid)]


def end(pids: Sequence[int], *, grace: float) -> None:
    """Ask these processes to end, and kill those still there after ``grace`` seconds."""
    processes = _processes(pids)
    for process in processes:
        _quietly(process.terminate)
    _, stubborn = psutil.wait_procs(processes, timeout=grace)
    for process in stubborn:
        _quietly(process.kill)
    psutil.wait_procs(stubborn, timeout=5)


def _processes(pids: Sequence[int]) -> list[psutil.Process]:
    found = []
    for pid in pids:
        try:
            found.append(psutil.Process(pid))
        except psutil.Error:
            continue
    return found


def _quietly(action: object) -> None:
    try:
        if callable(action):
            action()
    except psutil.Error:
        return
