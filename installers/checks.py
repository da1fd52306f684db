"""The checks of the project, all of them every time, with a summary at the end."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass

from installers.environment import HERE, clean_variables, say

_MOST_PROCESSES = 5
#: Seconds; no check takes a tenth of it on a small machine.
_PATIENCE = 3600
_GIVEN_UP = 124


@dataclass(frozen=True, slots=True)
class Check:
    """One program that must end with 0."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """How a check ended."""

    check: Check
    code: int
    seconds: float


def all_checks(pytest_arguments: list[str]) -> list[Check]:
    python = str(HERE.python)
    return [
        Check("lint", (python, "-m", "ruff", "check")),
        Check("format", (python, "-m", "ruff", "format", "--check")),
        Check("types", (python, "-m", "mypy")),
        Check("imports", (str(HERE.script("lint-imports")),)),
        Check("tests", (python, "-m", "pytest", *_workers(pytest_arguments), *pytest_arguments)),
    ]


def _workers(pytest_arguments: list[str]) -> list[str]:
    """One process more than cores, for many tests wait; a file stays in one: what it shares is made once.

    A process that died is not replaced: pytest-xdist 3.8 then leaves the others waiting (its issue 1323).
    """
    if pytest_arguments:
        return []
    processes = min((os.cpu_count() or 1) + 1, _MOST_PROCESSES)
    return ["-n", str(processes), "--dist", "loadfile", "--max-worker-restart", "0"]


def run_all(pytest_arguments: list[str]) -> int:
    """Run every check whatever the others say; the exit code of the first that failed, else 0."""
    return summarize([_run(check) for check in all_checks(pytest_arguments)])


def summarize(results: list[Result]) -> int:
    """Tell how each check ended; see :func:`run_all`."""
    for result in results:
        verdict = "ok" if result.code == 0 else f"FAILED (exit code {result.code})"
        say(f"{result.check.name:>8}  {verdict}  {result.seconds:.1f} s")
    return next((result.code for result in results if result.code != 0), 0)


def variables() -> dict[str, str]:
    """A test must never meet this machine's real database, cache or data folder, nor open a window."""
    ours = {name: value for name, value in clean_variables().items() if not _is_setting(name)}
    return ours | {"QT_QPA_PLATFORM": "offscreen"}


def _run(check: Check) -> Result:
    say(f"\n=== {check.name} ===")
    begun = time.monotonic()
    try:
        code = subprocess.run(
            check.command,
            check=False,
            cwd=HERE.root,
            env=variables(),
            stdin=subprocess.DEVNULL,
            timeout=_PATIENCE,
        ).returncode
    except subprocess.TimeoutExpired:
        say(f"{check.name} did not end within {_PATIENCE // 60} minutes and was stopped")
        code = _GIVEN_UP
    except OSError as error:
        say(f"{check.command[0]} could not be started: {error.strerror}")
        code = 127
    # A signal's number is negative, and -9 must not become an exit code of 0.
    return Result(check, code if code >= 0 else 128 - code, time.monotonic() - begun)


def _is_setting(name: str) -> bool:
    return name.startswith("MASTERIA_") or name in {"DATABASE_URL", "REDIS_URL"}
