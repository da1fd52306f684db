"""Where the database is and as whom each process talks to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import EngineError, Kind
from engine.settings import Settings

APP_ROLE = "masteria_app"
FILE = "database.json"


class DatabaseNotReady(EngineError):
    """The database has not been started yet. Start the appliance with "python -m engine up"."""

    kind = Kind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """``owner`` runs migrations, ``app`` does everything else and owns nothing.

    With ``set_role`` both are the administrator's own address and the application steps down to
    ``masteria_app`` as soon as it is connected.
    """

    owner: str = field(repr=False)
    app: str = field(repr=False)
    set_role: bool = False


def locate(settings: Settings) -> DatabaseAddress:
    """Raises:
    DatabaseNotReady: the embedded server has left no address.
    """
    if settings.database_url is not None:
        return DatabaseAddress(settings.database_url, settings.database_url, set_role=True)
    return _read(settings.run_dir / FILE)


def _read(path: Path) -> DatabaseAddress:
    try:
        written = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise DatabaseNotReady from error
    return DatabaseAddress(owner=written["owner"], app=written["app"])
