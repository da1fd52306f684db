"""A migrated database for one test module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg

from engine.appliance.postgres import EmbeddedPostgres
from engine.db import migrate
from engine.db.address import DatabaseAddress


@contextmanager
def fresh_database(postgres: EmbeddedPostgres) -> Iterator[DatabaseAddress]:
    name = f"t_{uuid4().hex[:12]}"
    with psycopg.connect(postgres.superuser_dsn, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER masteria_owner")
    address = DatabaseAddress(owner=postgres.dsn_for("owner", name), app=postgres.dsn_for("app", name))
    migrate.upgrade(address.owner)
    yield address
    with psycopg.connect(postgres.superuser_dsn, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
