"""Say in plain words what is missing or wrong on this machine."""

from __future__ import annotations

import typer
from rich.console import Console

from engine.appliance import doctor
from engine.cli import _settings

_MARKS = {
    doctor.Verdict.FINE: ("ok", "green"),
    doctor.Verdict.ADVICE: ("note", "yellow"),
    doctor.Verdict.BROKEN: ("wrong", "bold red"),
}


def command() -> None:
    """Exit code 1 when something is wrong."""
    console = Console(highlight=False, soft_wrap=True)
    findings = doctor.examine(_settings.load())
    for finding in findings:
        mark, style = _MARKS[finding.verdict]
        console.print(f"{mark:>6}  ", style=style, end="")
        console.print(finding.sentence, markup=False)
    if any(finding.verdict is doctor.Verdict.BROKEN for finding in findings):
        raise typer.Exit(1)
