"""An administrator's own PostgreSQL: checked, prepared, refused in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from engine.appliance import external
from engine.appliance.postgres import EmbeddedPostgres
from engine.db import migrate


@pytest.fixture
def outside(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A database whose owner is no superuser, as a hosting company gives it."""
    name = f"t_{uuid4().hex[:12]}"
    with psycopg.connect(postgres.superuser_dsn, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'geheim' CREATEROLE")
        connection.execute(f"GRANT masteria_app, masteria_sweeper TO {name} WITH ADMIN OPTION")
        connection.execute(f"CREATE DATABASE {name} OWNER {name}")
        host = conninfo_to_dict(postgres.superuser_dsn)["host"]
        yield f"postgresql://{name}:geheim@/{name}?host={host}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        connection.execute(f"DROP ROLE {name}")


def test_an_ordinary_owner_can_prepare_and_migrate_it(outside: str) -> None:
    assert external.check(outside).startswith("18.")

    external.prepare(outside)
    external.prepare(outside)
    migrate.upgrade(outside)

    with psycopg.connect(outside) as connection:
        connection.execute("SET ROLE masteria_app")
        assert connection.execute("SELECT count(*) FROM company").fetchone() == (0,)


def test_a_role_that_may_not_is_told_what_is_missing(outside: str, postgres: EmbeddedPostgres) -> None:
    name = conninfo_to_dict(outside)["user"]
    with psycopg.connect(postgres.superuser_dsn, autocommit=True) as connection:
        connection.execute(f"REVOKE masteria_app, masteria_sweeper FROM {name}")
        connection.execute(f"ALTER ROLE {name} NOCREATEROLE")

    with pytest.raises(external.RightsMissing, match=r"CREATEROLE.*PostgreSQL said: permission denied"):
        external.prepare(outside)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://me:geheim@127.0.0.1:1/x", "did not answer: .*refused"),
        ("postgresql://me:ge@heim@h:no/x", "not a valid address"),
    ],
)
def test_an_address_nobody_answers_is_explained_without_its_password(url: str, said: str) -> None:
    with pytest.raises(external.Unreachable, match=said) as refusal:
        external.check(url)

    assert "heim" not in str(refusal.value)


def test_an_old_server_is_refused(outside: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external, "MINIMUM_VERSION", 99)  # no old server is at hand

    with pytest.raises(external.TooOld, match=r"DATABASE_URL is PostgreSQL 18\.\d+; Master IA needs 99"):
        external.check(outside)
