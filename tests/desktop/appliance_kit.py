"""Places for a desktop and its appliance, and facts an appliance might have left there."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil

from desktop.client.settings import DesktopSettings


def environment() -> dict[str, str]:
    """Any free ports; what the machine's own appliance is told counts for nothing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MASTERIA_")}
    return kept | {f"MASTERIA_{name}_PORT": "0" for name in ("PRIVATE", "PUBLIC", "SIMULATOR")}


def settings_in(place: Path) -> DesktopSettings:
    return DesktopSettings(
        data_dir=place / "data", desktop_dir=place / "desktop", desktop_keyring=False, language="pt_BR"
    )


@contextmanager
def a_place() -> Iterator[Path]:
    """Outside pytest's folder: the embedded database may run as a user of its own."""
    with tempfile.TemporaryDirectory(prefix="master-ia-desktop-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
        end_whatever_runs(Path(folder))


def end_whatever_runs(place: Path) -> None:
    try:
        running = psutil.Process(json.loads((place / "data/run/appliance.json").read_text())["pid"])
        if "engine" in running.cmdline():
            running.send_signal(signal.SIGINT)
            running.wait(40)
    except (OSError, ValueError, TypeError, KeyError, psutil.Error):
        return


def leave_facts(
    place: Path,
    pid: int,
    *,
    state: str = "ready",
    began: datetime | None = None,
    url: str = "http://127.0.0.1:1",
) -> None:
    """As an appliance at ``url`` would have left them."""
    run = place / "data/run"
    run.mkdir(parents=True, exist_ok=True)
    facts = {"private_url": url, "public_url": "http://127.0.0.1:2", "state": state, "pid": pid}
    facts |= {"started_at": (began or datetime.now(UTC)).isoformat()}
    (run / "appliance.json").write_text(json.dumps(facts))
