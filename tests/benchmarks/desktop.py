"""``desktop``: a window soon, 100,000 conversations and messages that scroll, and a storm it does not feel.

Nobody is compared with here: the limits are what a person feels, and each is of a fresh process.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys

from tests.benchmarks import desktop_rain, desktop_start, kit, machine, product, report
from tests.benchmarks.report import Figure
from tests.benchmarks.services import Options, Say, open_bench

STORM_SECONDS = 60
_PATIENCE = 240
#: Seconds until the screen is ready for the storm.
_STARTING = 30

#: Name in a child's answer, what it is, unit, and the most it may be.
_LIMITS = (
    ("inbox_first_ms", "inbox of 100,000 painted", "ms CPU", 100.0),
    ("inbox_scroll_ms", "inbox scroll frame, p99", "ms CPU", 8.0),
    ("row_insert_ms", "row inserted, slowest of 20", "ms CPU", 10.0),
    ("row_move_ms", "row moved, slowest of 20", "ms CPU", 10.0),
    ("row_update_ms", "row updated, slowest of 20", "ms CPU", 10.0),
    ("chat_scroll_ms", "chat scroll frame, p99", "ms CPU", 10.0),
    ("memory_mb", "memory with both", "MB", 160.0),
)
_SHOWN = (
    ("inbox_jump_ms", "inbox jump anywhere, p99", "ms CPU"),
    ("chat_first_ms", "chat painted", "ms CPU"),
    ("chat_page_ms", "older page of 50 put in, slowest", "ms CPU"),
)


def run(options: Options, say: Say) -> list[Figure]:
    say("desktop: lists of 100,000")
    lists = _told("tests.benchmarks.desktop_lists")
    seconds = options.pick(STORM_SECONDS, 10)
    say(f"desktop: 200 live events a second for {seconds} s")
    storm = _storm(options, say, seconds)
    say("desktop: starts")
    return [
        *(report.at_most(f"desktop: {what}", lists[name], unit, most) for name, what, unit, most in _LIMITS),
        *(report.shown(f"desktop: {what}", lists[name], unit) for name, what, unit in _SHOWN),
        report.at_most("desktop: longest stall in the storm", storm["longest_stall_ms"], "ms", 100),
        report.at_least("desktop: events of the storm", storm["events"], "events", 0.95 * 200 * seconds),
        *desktop_start.run(options, say),
    ]


def _storm(options: Options, say: Say, seconds: int) -> dict[str, float]:
    """A server, somebody who writes all the time, and the screen; each a process of its own."""
    with open_bench(options, say) as bench:
        ours = product.install(bench)
        place = (ours.company_id, ours.channel_id)
        token = asyncio.run(desktop_rain.prepare(ours.settings, *place))
        command = [sys.executable, "-m", "tests.benchmarks.desktop_rain", *place, seconds + _STARTING]
        with (
            ours.server(),
            machine.running(
                command, environment=ours.environment, folder=kit.ROOT, log=bench.folder / "rain"
            ),
        ):
            url = f"http://127.0.0.1:{ours.settings.private_port}"
            return _told("tests.benchmarks.desktop_storm", url, token, str(seconds))


def _told(module: str, *arguments: str) -> dict[str, float]:
    ended = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=kit.ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        check=False,
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    told: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return told
