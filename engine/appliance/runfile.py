"""What others may know of the running appliance: ``run/appliance.json``."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from engine import clock
from engine.appliance import lock, private_file
from engine.appliance.process import end, started_at
from engine.settings import Settings

FILE = "appliance.json"
FIRST_RUN_SECRET = "first-run-secret"  # noqa: S105 - the name of a file


class State(StrEnum):
    """How the appliance as a whole is doing."""

    STARTING = "starting"
    READY = "ready"
    DEGRADED = "degraded"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class Facts:
    """Addresses, state and processes of one appliance. Holds no secret, yet only its owner may read it."""

    data_dir: str
    private_url: str
    public_url: str
    simulator_url: str | None
    #: Plain sentences about what is wrong, empty when nothing is.
    notes: tuple[str, ...] = ()
    state: State = State.STARTING
    pid: int = field(default_factory=os.getpid)
    started_at: str = field(default_factory=lambda: clock.now().isoformat(timespec="seconds"))
    #: Process id and the system's time stamp of each child, to find it again after a crash.
    children: dict[str, tuple[int, float]] = field(default_factory=dict)


def facts_of(settings: Settings) -> Facts:
    """What is known before anything runs. Every port must be concrete already."""
    return Facts(
        data_dir=str(settings.data_dir),
        private_url=f"http://{reachable(settings.private_host)}:{settings.private_port}",
        public_url=f"http://{reachable(settings.public_host)}:{settings.public_port}",
        simulator_url=settings.simulator_url if settings.simulator else None,
    )


def reachable(host: str) -> str:
    """The address under which this machine itself reaches a listener."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104


def write(run_dir: Path, facts: Facts) -> None:
    private_file.write_json(run_dir / FILE, asdict(facts))


def read(run_dir: Path) -> Facts | None:
    """The facts an appliance left, dead or alive; None when there are none we understand."""
    content = private_file.read_json(run_dir / FILE)
    return _parse(content) if content else None


def running(run_dir: Path) -> Facts | None:
    """The facts of the appliance that holds the folder's lock now."""
    return read(run_dir) if lock.is_held(run_dir) else None


def clear(run_dir: Path) -> None:
    (run_dir / FILE).unlink(missing_ok=True)


def first_run_secret(run_dir: Path) -> str | None:
    """What the first owner must type to claim a new installation; None once there is an owner."""
    try:
        return (run_dir / FIRST_RUN_SECRET).read_text(encoding="utf-8").strip() or None
    except OSError:
        return None


def end_leftovers(run_dir: Path, *, grace: float = 10.0) -> list[str]:
    """End the children of an appliance that was killed, where the system did not. Hold the lock.

    Returns:
        Their names. A process id that now belongs to a stranger is left alone.
    """
    facts = read(run_dir)
    if facts is None:
        return []
    alive = {name: pid for name, (pid, moment) in facts.children.items() if started_at(pid) == moment}
    end(list(alive.values()), grace=grace)
    return list(alive)


def _parse(content: dict[str, Any]) -> Facts | None:
    try:
        facts = Facts(**content)
        children = {name: (int(pid), float(moment)) for name, (pid, moment) in facts.children.items()}
        return replace(facts, state=State(facts.state), notes=tuple(facts.notes), children=children)
    except (TypeError, ValueError):
        return None
