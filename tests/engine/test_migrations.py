"""The schema goes up, down to nothing and up again, and is what the models say."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, pool

from engine.db import migrate, schema
from engine.models import Base
from tests.conftest import create_database
from tests.fakes import catalogue

_LEFT = """
    SELECT relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S', 'v')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    UNION SELECT proname FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND prosecdef
"""


_COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           pg_get_expr(d.adbin, d.adrelid), c.relrowsecurity, c.relforcerowsecurity, c.relacl::text,
           c.reloptions
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1, 2
"""
_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
"""
_INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
_POLICIES = "SELECT * FROM pg_policies WHERE schemaname = 'public' ORDER BY tablename, policyname"
_FUNCTIONS = """
    SELECT pg_get_functiondef(oid), proacl::text FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY 1
"""


@pytest.fixture
def empty(postgres) -> Iterator[str]:
    """The owner's address of a database without any table."""
    create_database(postgres, name := f"t_{uuid4().hex[:12]}")
    yield postgres.dsn_for("owner", name)
    with psycopg.connect(postgres.superuser_dsn, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def ask(dsn: str, query: str) -> list[Any]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query).fetchall()


def shape(dsn: str) -> list[Any]:
    """Every column, constraint, index, policy, function and grant, as text."""
    return (
        ask(dsn, _COLUMNS)
        + ask(dsn, _CONSTRAINTS)
        + ask(dsn, _INDEXES)
        + ask(dsn, _POLICIES)
        + ask(dsn, _FUNCTIONS)
    )


def test_down_to_nothing_and_up_again_is_the_same_schema(empty: str) -> None:
    migrate.upgrade(empty)
    before = shape(empty)

    migrate.downgrade(empty, "base")
    assert ask(empty, _LEFT) == [("alembic_version",)]
    migrate.upgrade(empty)

    assert shape(empty) == before
    assert len(before) > 300


def test_every_migration_can_be_taken_back_alone(empty: str) -> None:
    migrate.upgrade(empty)
    while (revision := migrate.current_revision(empty)) is not None:
        migrate.downgrade(empty, "-1")
        assert migrate.current_revision(empty) != revision


def test_the_models_say_what_the_schema_is(own_address) -> None:
    engine = create_engine(schema.sqlalchemy_url(own_address.owner), poolclass=pool.NullPool)

    def ours(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
        return not (kind == "table" and name is not None and name.startswith("huey_"))

    with engine.connect() as connection:
        options = {"include_object": ours, "compare_server_default": True}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)

    assert differences == []


def test_a_migrated_database_keeps_companies_apart(own_address) -> None:
    with psycopg.connect(own_address.owner) as connection:
        assert catalogue.problems(connection) == []


def test_a_second_upgrade_changes_nothing(own_address) -> None:
    before = shape(own_address.owner)

    migrate.upgrade(own_address.owner)

    assert shape(own_address.owner) == before
    assert migrate.current_revision(own_address.owner) == schema.head_revision()


def test_two_programs_that_start_together_take_turns(empty: str) -> None:
    program = "import sys; from engine.db import migrate; migrate.upgrade(sys.argv[1])"
    started = [subprocess.Popen([sys.executable, "-c", program, empty]) for _ in range(3)]

    assert [process.wait(30) for process in started] == [0, 0, 0]
    assert migrate.current_revision(empty) == schema.head_revision()


def test_a_database_of_a_newer_version_is_left_alone(own_address) -> None:
    with psycopg.connect(own_address.owner) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(migrate.SchemaTooNew, match="newer version"):
        migrate.upgrade(own_address.owner)
