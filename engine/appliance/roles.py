"""The database's roles: who owns, who serves, who may look across companies by id."""

from __future__ import annotations

import psycopg
from psycopg import sql

from engine.appliance.cluster import APP, DATABASE, OWNER, SWEEPER

_RESTRICTED = sql.SQL("NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION")


def provision(connection: psycopg.Connection, passwords: dict[str, str]) -> None:
    """As superuser of the embedded server, make roles and database what they must be. Safe to repeat."""
    for role in (OWNER, APP, SWEEPER):
        _ensure_role(connection, role)
        _allow(connection, role, passwords.get(role))
    # SET to hand functions over, INHERIT to say afterwards who may call them.
    grant = sql.SQL("GRANT {} TO {} WITH INHERIT TRUE, SET TRUE")
    connection.execute(grant.format(sql.Identifier(SWEEPER), sql.Identifier(OWNER)))
    if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
        create = sql.SQL("CREATE DATABASE {} OWNER {}")
        connection.execute(create.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))


def provision_database(connection: psycopg.Connection) -> None:
    """Inside the application's database: pgvector, and who may come in."""
    connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
    for statement in _ADMISSION:
        names = {"database": sql.Identifier(DATABASE), "app": sql.Identifier(APP)}
        connection.execute(sql.SQL(statement).format(**names))


_ADMISSION = (
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
    "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {app}",
)


def _ensure_role(connection: psycopg.Connection, role: str) -> None:
    if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))


def _allow(connection: psycopg.Connection, role: str, password: str | None) -> None:
    login: sql.Composable
    if password is None:
        login = sql.SQL("NOLOGIN")
    else:
        login = sql.SQL("LOGIN PASSWORD {}").format(sql.Literal(password))
    name = sql.Identifier(role)
    connection.execute(sql.SQL("ALTER ROLE {} WITH {} {}").format(name, _RESTRICTED, login))


def _exists(connection: psycopg.Connection, query: str, name: str) -> bool:
    return connection.execute(sql.SQL(query), (name,)).fetchone() is not None
