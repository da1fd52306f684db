"""An appliance of tiny programs as a process of its own: ``python -m tests.fakes.appliance FOLDER``."""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from engine.appliance import plan, rules
from engine.appliance.child import Program
from engine.appliance.supervisor import Appliance, run
from engine.settings import Settings
from tests.fakes import programs


def stand_ins(*, worker: Program | None = None) -> plan.Plan:
    return plan.Plan(
        simulator=programs.program("simulator", programs.ENDLESS),
        server=programs.program("server", programs.SERVER),
        worker=worker or programs.program("worker", programs.WORKER, stop=signal.SIGINT),
        budget=rules.Budget(crashes=3, window=60, first_delay=0.01),
    )


def settings_in(place: Path, **more: object) -> Settings:
    return Settings(data_dir=place, private_port=0, public_port=0, **more)  # type: ignore[arg-type]


def announce(appliance: Appliance) -> None:
    assert appliance.facts is not None
    print(json.dumps(asdict(appliance.facts)), flush=True)


if __name__ == "__main__":
    run(Appliance(settings_in(Path(sys.argv[1])), programs=stand_ins()), on_ready=announce)
