"""The programs of a machine, and the settings they are started with."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass, field

from engine.appliance.child import Program
from engine.appliance.rules import Budget
from engine.settings import Settings

#: Names an administrator knows; every other setting is ``MASTERIA_…``.
_CUSTOMARY = {"database_url": "DATABASE_URL", "redis_url": "REDIS_URL"}
_PORTS = {"private_port", "public_port", "simulator_port"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What an appliance runs, and how many crashes of each it bears."""

    simulator: Program
    server: Program
    worker: Program
    budget: Budget = field(default_factory=Budget)

    def starting(self, settings: Settings) -> list[Program]:
        """In the order of starting."""
        return (
            [self.simulator, self.server, self.worker] if settings.simulator else [self.server, self.worker]
        )


#: What sends stops before what receives, what receives before what it talks to.
STOPPING = ("worker", "server", "simulator")


def default_plan() -> Plan:
    python = sys.executable
    return Plan(
        simulator=Program("simulator", (python, "-m", "embedded_server.simulator")),
        server=Program("server", (python, "-m", "embedded_server")),
        # SIGINT lets it finish what it has begun to send.
        worker=Program("worker", (python, "-m", "engine", "worker"), signal.SIGINT, grace=30.0),
    )


def environment(settings: Settings) -> dict[str, str]:
    """Ours, with every setting that was chosen, by whatever means, as a child's own settings read it."""
    chosen = settings.model_fields_set | _PORTS | {"data_dir"}
    told = {_name(field): _text(getattr(settings, field)) for field in chosen}
    # A child started while we shut down must not write its last words in the local code page.
    return dict(os.environ) | {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"} | _present(told)


def _present(told: dict[str, str | None]) -> dict[str, str]:
    return {name: text for name, text in told.items() if text is not None}


def _name(field: str) -> str:
    return _CUSTOMARY.get(field, f"MASTERIA_{field.upper()}")


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    return ",".join(str(item) for item in value) if isinstance(value, tuple) else str(value)
