"""An administrator's own PostgreSQL: reachable, new enough, and with the roles we need."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from engine.appliance.cluster import APP, SWEEPER
from engine.errors import EngineError, Kind

MINIMUM_VERSION = 15


class Unreachable(EngineError):
    """The database of DATABASE_URL did not answer."""

    kind = Kind.UNAVAILABLE


class Malformed(Unreachable):
    """DATABASE_URL is not a valid address: an @ or / in its password must be written %40 or %2F."""


class TooOld(EngineError):
    """The database of DATABASE_URL is older than PostgreSQL 15."""

    kind = Kind.UNAVAILABLE


class RightsMissing(EngineError):
    """The role of DATABASE_URL may not prepare the database."""

    kind = Kind.UNAVAILABLE


def check(url: str) -> str:
    """Connect and return the server's version, such as ``18.4``.

    Raises:
        Unreachable: wrong address, wrong password, or nobody there.
        TooOld: older than 15.
    """
    with _connect(url) as connection:
        return _version(connection)


def prepare(url: str) -> None:
    """Make the application's roles where they are missing, and let ours become them. Safe to repeat.

    Raises:
        Unreachable, TooOld: see :func:`check`.
        RightsMissing: the role may not; the message says what its administrator must run.
    """
    with _connect(url) as connection:
        _version(connection)
        try:
            for role in (APP, SWEEPER):
                _ensure(connection, role)
        except psycopg.errors.InsufficientPrivilege as error:
            raise RightsMissing(f"{_ADVICE} PostgreSQL said: {error.diag.message_primary}.") from error


_ADVICE = (
    "The role of DATABASE_URL must own its database, and either may create roles (CREATEROLE) "
    f"or be a member of {APP} and {SWEEPER}, both NOLOGIN."
)


def _connect(url: str) -> psycopg.Connection[Any]:
    _check_form(url)
    try:
        return psycopg.connect(
            url, autocommit=True, connect_timeout=5, application_name="master-ia appliance"
        )
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0].removeprefix("connection failed: ")
        raise Unreachable(f"The database of DATABASE_URL did not answer: {reason}") from error


def _check_form(url: str) -> None:
    """The driver's messages quote what it takes for the host: with a stray @, half of the password."""
    try:
        host = str(conninfo_to_dict(url).get("host", ""))
    except psycopg.ProgrammingError:
        raise Malformed from None
    if "@" in host:
        raise Malformed


def _version(connection: psycopg.Connection[Any]) -> str:
    number = connection.info.server_version
    version = f"{number // 10_000}.{number % 10_000}"
    if number < MINIMUM_VERSION * 10_000:
        raise TooOld(f"DATABASE_URL is PostgreSQL {version}; Master IA needs {MINIMUM_VERSION} or newer.")
    return version


def _ensure(connection: psycopg.Connection[Any], role: str) -> None:
    if not _ask(connection, "SELECT true FROM pg_roles WHERE rolname = %s", role):
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN NOBYPASSRLS").format(sql.Identifier(role)))
    if _ask(connection, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", role):
        raise RightsMissing(
            f"The role {role} must be neither SUPERUSER nor BYPASSRLS: it would see all companies."
        )
    if _may_become(connection, role):
        return
    # From 16 on, who creates a role may grant it to itself, and must do so to become it and use its rights.
    option = sql.SQL("WITH INHERIT TRUE, SET TRUE" if _knows_set(connection) else "")
    connection.execute(sql.SQL("GRANT {} TO CURRENT_USER {}").format(sql.Identifier(role), option))


def _may_become(connection: psycopg.Connection[Any], role: str) -> bool:
    rights = ("SET", "USAGE") if _knows_set(connection) else ("MEMBER", "USAGE")
    query = "SELECT pg_has_role(current_user, %s::name, %s)"
    return all(_ask(connection, query, role, right) for right in rights)


def _knows_set(connection: psycopg.Connection[Any]) -> bool:
    return connection.info.server_version >= 160_000


def _ask(connection: psycopg.Connection[Any], query: str, *values: str) -> bool:
    row = connection.execute(sql.SQL(query), values).fetchone()
    return bool(row and row[0])
