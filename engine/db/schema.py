"""Which schema this program knows, without loading what changes it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url

FOLDER = Path(__file__).parents[2] / "migrations"


def head_revision() -> str:
    """The newest revision this program knows: migrations are numbered by hand, in their files' names."""
    return max(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def sqlalchemy_url(dsn: str) -> str:
    """A ``postgresql://`` address for SQLAlchemy on psycopg 3."""
    return make_url(dsn).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
