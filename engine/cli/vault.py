"""Whether the vault is open, a recovery key to print, and unlocking with a printed one."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from engine.cli import _settings
from engine.errors import EngineError, Kind
from engine.vault import Vault

commands = typer.Typer(no_args_is_help=True)
output = Console(highlight=False, soft_wrap=True)

RecoveryKey = Annotated[
    str, typer.Option(prompt="Recovery key", hide_input=True, help="Asked for when left out.")
]
Replace = Annotated[bool, typer.Option("--yes", help="Do not ask before the printed key stops working.")]


class NoVault(EngineError):
    """This data folder holds no vault yet: start Master IA once, or set MASTERIA_DATA_DIR."""

    kind = Kind.NOT_FOUND


@commands.command()
def status() -> None:
    """Tell whether this machine opens the vault, and what to do when it does not."""
    vault = _vault()
    if vault.locked is None:
        output.print("The vault is open on this machine")
        return
    output.print(vault.locked.sentence, markup=False)
    raise typer.Exit(1)


@commands.command("recovery-key")
def recovery_key(yes: Replace = False) -> None:
    """Make a recovery key to print and keep away from this machine; the one before stops working."""
    vault = _vault()
    if not yes:
        typer.confirm("A recovery key printed before stops working. Go on?", abort=True, err=True)
    # The key alone goes to standard output: it can be piped to a printer and leaves no trace in a log.
    print(vault.new_recovery_key())
    Console(stderr=True).print("Write it down or print it now: it is not shown again.")


@commands.command()
def unlock(key: RecoveryKey) -> None:
    """Give this machine its key again, after a move, a restore or a lost keyring."""
    _vault().unlock_with_recovery(key)
    output.print("The vault is open on this machine; start Master IA again if it was running")


def _vault() -> Vault:
    settings = _settings.load()
    if not settings.keys_dir.exists():
        raise NoVault
    return Vault.open(settings.keys_dir, use_keyring=settings.keyring)
