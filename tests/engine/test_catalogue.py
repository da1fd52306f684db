"""Companies are kept apart by the database itself: its catalogue is read as an auditor would (TN-04)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql

from tests.fakes import catalogue

#: What somebody might do to a table some day, and the complaint that must follow.
HARM = {
    "row security is off": (
        "ALTER TABLE contact DISABLE ROW LEVEL SECURITY",
        "contact has no forced row-level security",
    ),
    "the owner is let through": (
        "ALTER TABLE contact NO FORCE ROW LEVEL SECURITY",
        "contact has no forced row-level security",
    ),
    "a second policy lets all through": (
        "CREATE POLICY open ON contact USING (true)",
        "contact lets too much through",
    ),
    "writing is not checked": (
        "DROP POLICY company ON tag; CREATE POLICY company ON tag USING (company_id = company_id)",
        "tag lets too much through",
    ),
    "a new table is forgotten": (
        "CREATE TABLE note (company_id uuid, id uuid, PRIMARY KEY (company_id, id))",
        "note has no forced row-level security",
    ),
    "a new table has no company": (
        "CREATE TABLE loose (id uuid PRIMARY KEY)",
        "loose has no company and is no table of the machine",
    ),
    "uniqueness spans companies": (
        "CREATE UNIQUE INDEX uq_message_provider ON message (provider_message_id, id)",
        "uq_message_provider spans companies",
    ),
    "a reference leaves the company": (
        "ALTER TABLE contact ADD CONSTRAINT uq_contact_id UNIQUE (id);"
        "ALTER TABLE contact_tag ADD CONSTRAINT fk_loose FOREIGN KEY (contact_id) REFERENCES contact (id)",
        "fk_loose may point into another company",
    ),
    "a view looks with its owner's eyes": (
        "CREATE VIEW everybody AS SELECT * FROM contact",
        "everybody is seen with its owner's eyes",
    ),
    "a function acts as the owner": (
        "CREATE FUNCTION peek() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1 FROM contact'",
        "peek() acts as masteria_owner",
    ),
    "a function is open to everybody": (
        "GRANT EXECUTE ON FUNCTION all_companies() TO PUBLIC",
        "all_companies() may be called by everybody",
    ),
    "a function believes its caller's search path": (
        "ALTER FUNCTION all_companies() SET search_path = public",
        "all_companies() looks names up where its caller says",
    ),
    "the audit may be rewritten": (
        "GRANT UPDATE ON audit_entry TO masteria_app",
        "the application may change what was recorded in audit_entry",
    ),
    "the application may empty a table": (
        "GRANT TRUNCATE ON contact TO masteria_app",
        "the application may do more than write rows of contact",
    ),
    "one send per recipient is no longer promised": (
        "DROP INDEX uq_attempt_live_recipient",
        "uq_attempt_live_recipient is gone, and with it promise P1",
    ),
    "a send in doubt no longer counts as one": (
        "DROP INDEX uq_attempt_live_message; CREATE UNIQUE INDEX uq_attempt_live_message"
        " ON attempt (company_id, message_id) WHERE state = 'accepted'",
        "uq_attempt_live_message is gone, and with it promise P1",
    ),
}


@pytest.fixture
def owner(address) -> Iterator[psycopg.Connection[Any]]:
    """As the role that migrates, in a transaction that is always undone."""
    with psycopg.connect(address.owner) as connection:
        connection.execute("SET lock_timeout = '5s'")
        yield connection
        connection.rollback()


@pytest.fixture
def app(address) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(address.app) as connection:
        yield connection
        connection.rollback()


def test_tn_04_the_catalogue_keeps_companies_apart(owner) -> None:
    assert catalogue.problems(owner) == []
    assert len(catalogue.company_tables(owner)) >= 26


@pytest.mark.parametrize("harm", HARM)
def test_tn_04_the_check_goes_red_when(owner, harm: str) -> None:
    statements, complaint = HARM[harm]

    owner.execute(statements)

    assert complaint in catalogue.problems(owner)


@pytest.mark.parametrize("right", ["SUPERUSER", "BYPASSRLS", "CREATEROLE"])
def test_tn_04_the_check_goes_red_when_the_application_grows_mighty(postgres, right: str) -> None:
    with psycopg.connect(postgres.superuser_dsn) as connection:
        connection.execute(sql.SQL("ALTER ROLE masteria_app {}").format(sql.SQL(right)))

        assert "masteria_app may do too much" in catalogue.problems(connection)
        connection.rollback()


@pytest.mark.parametrize("table", sorted(catalogue.APPEND_ONLY))
@pytest.mark.parametrize("statement", ["UPDATE {} SET company_id = company_id", "DELETE FROM {}"])
def test_what_was_recorded_stays(app, table: str, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute(sql.SQL(statement).format(sql.Identifier(table)))


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE contact DISABLE ROW LEVEL SECURITY",
        "DROP POLICY company ON contact",
        "CREATE TABLE mine (id int)",
        "SET ROLE masteria_owner",
        "SET ROLE masteria_sweeper",
        "SET SESSION AUTHORIZATION masteria_owner",
        "TRUNCATE contact",
        "COPY contact TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
def test_the_application_cannot_lift_its_own_limits(app, statement: str) -> None:
    with pytest.raises((errors.InsufficientPrivilege, errors.InvalidAuthorizationSpecification)):
        app.execute(statement)


def test_row_security_cannot_be_switched_off_for_a_session(app) -> None:
    app.execute("SET row_security = off")

    with pytest.raises(errors.InsufficientPrivilege):
        app.execute("SELECT FROM contact")


def test_a_temporary_table_cannot_stand_in_for_a_real_one(app) -> None:
    app.execute("CREATE TEMPORARY TABLE company (id uuid) ON COMMIT DROP")
    app.execute("INSERT INTO pg_temp.company VALUES (gen_random_uuid())")
    app.execute("GRANT SELECT ON pg_temp.company TO PUBLIC")
    forged = app.execute("SELECT id FROM pg_temp.company").fetchone()

    assert forged not in app.execute("SELECT company_id FROM all_companies()").fetchall()
