"""Start Master IA on this machine, or say where it already runs."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from engine.appliance import runfile
from engine.appliance.supervisor import AlreadyRunning, Appliance, run
from engine.cli import _settings

console = Console(highlight=False, soft_wrap=True)

DataDir = Annotated[Path | None, typer.Option(help="Where everything is kept; otherwise MASTERIA_DATA_DIR.")]
Simulator = Annotated[
    bool, typer.Option("--simulator", help="Pretend to be Meta and Twilio (modo simulação).")
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show the logs of all processes.")]


def command(data_dir: DataDir = None, simulator: Simulator = False, verbose: Verbose = False) -> None:
    """Runs until Ctrl+C. A second Ctrl+C does not wait for what is being sent."""
    settings = _settings.load(data_dir=data_dir, simulator=simulator or None)
    logging.basicConfig(level=settings.log_level)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        run(Appliance(settings, report=_tell, verbose=verbose), on_ready=_announce)
    except AlreadyRunning as refusal:
        _attach(refusal.facts)


def _tell(sentence: str) -> None:
    console.print(sentence, style="dim", markup=False)


def _announce(appliance: Appliance) -> None:
    if appliance.facts:
        console.print("Master IA is ready. Ctrl+C stops it.", style="bold green")
        _show(appliance.facts)


def _attach(facts: runfile.Facts | None) -> None:
    if facts is None:
        console.print("Master IA is starting on this data folder already.")
        return
    console.print(f"Master IA runs already on this data folder ({facts.state}).")
    _show(facts)


def _show(facts: runfile.Facts) -> None:
    console.print(f"  Address:   {facts.private_url}")
    console.print(f"  Webhooks:  {facts.public_url}")
    if facts.simulator_url:
        console.print(f"  Simulator: {facts.simulator_url}")
    for note in facts.notes:
        console.print(f"  Attention: {note}", style="yellow", markup=False)
    if secret := runfile.first_run_secret(Path(facts.data_dir) / "run"):
        console.print(
            f"  First-run secret, to create the owner's account: {secret}", style="bold", markup=False
        )
