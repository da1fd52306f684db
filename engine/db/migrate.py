"""Brings a database to the newest schema, as the role that owns it."""

from __future__ import annotations

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from engine.db.schema import FOLDER, sqlalchemy_url
from engine.errors import EngineError, Kind


class SchemaTooNew(EngineError):
    """This database was written by a newer version of Master IA. Install that version or a newer one."""

    kind = Kind.UNAVAILABLE


def upgrade(owner_dsn: str, revision: str = "head") -> None:
    """Apply every missing migration. Synchronous: it runs before anything else does.

    Raises:
        SchemaTooNew: the database is ahead of this program.
    """
    config = _config(owner_dsn)
    current = current_revision(owner_dsn)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise SchemaTooNew
    command.upgrade(config, revision)


def downgrade(owner_dsn: str, revision: str) -> None:
    command.downgrade(_config(owner_dsn), revision)


def current_revision(owner_dsn: str) -> str | None:
    engine = create_engine(sqlalchemy_url(owner_dsn))
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


@cache
def _config(owner_dsn: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["dsn"] = owner_dsn
    return config
