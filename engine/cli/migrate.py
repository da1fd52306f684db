"""Bring the database to the newest tables, without starting anything else."""

from __future__ import annotations

import typer

from engine.appliance.database import database_of
from engine.appliance.lock import ApplianceLock
from engine.cli import _settings
from engine.db import address, migrate
from engine.settings import Settings


def command() -> None:
    """Uses the running appliance's database, or starts the embedded one for as long as it takes."""
    settings = _settings.load()
    lock = ApplianceLock(settings.run_dir)
    if settings.database_url is None and not lock.acquire():
        migrate.upgrade(address.locate(settings).owner)
    else:
        _upgrade_alone(settings)
        lock.release()
    typer.echo("The tables are up to date.")


def _upgrade_alone(settings: Settings) -> None:
    database = database_of(settings, typer.echo)
    try:
        database.open()
        migrate.upgrade(database.owner_dsn)
    finally:
        database.close()
