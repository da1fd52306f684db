"""The command line. Every file beside this one is a command, imported only when it is called."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

import typer
from rich.console import Console

from engine.errors import EngineError

FOLDER = Path(__file__).parent

#: Commands other processes of the appliance start; nobody needs to see them.
_HIDDEN = frozenset({"import-contacts"})


def main(arguments: list[str] | None = None) -> None:
    """Run one command. What the engine refuses is told in one sentence, with exit code 1."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        build(arguments[0] if arguments else None)(arguments)
    except EngineError as error:
        Console(stderr=True).print(str(error), style="red", markup=False, highlight=False)
        sys.exit(1)


def build(called: str | None) -> typer.Typer:
    """The commands, of which only ``called`` is really there: the others are known by their first line."""
    commands = typer.Typer(
        help="Master IA on this machine.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,  # they may show values of variables
    )
    for path in sorted(FOLDER.glob("[!_]*.py")):
        name = path.stem.replace("_", "-")
        if name != called:
            commands.command(name, help=_first_line(path), hidden=name in _HIDDEN)(_not_loaded)
            continue
        module = importlib.import_module(f"engine.cli.{path.stem}")
        if isinstance(getattr(module, "commands", None), typer.Typer):
            commands.add_typer(module.commands, name=name, help=_first_line(path))
        else:
            commands.command(name, help=_first_line(path))(module.command)
    return commands


def _first_line(path: Path) -> str:
    documentation = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return documentation.partition("\n")[0]


def _not_loaded() -> None:
    raise AssertionError("only the called command runs")
