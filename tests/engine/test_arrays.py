"""Lists reach PostgreSQL as they are, whatever stands in them."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.db.arrays import FlatListDumper

TEXTS = st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
IDS = st.lists(st.none() | st.uuids())
NASTY = ["", "NULL", "null", '"', "\\", '\\"', "{a,b}", ",", " a ", "a\nb", "'", "ação 🎉", "{{nome}}", "$1"]


@pytest.fixture(scope="module")
def connection(postgres) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres.app_dsn, autocommit=True, prepare_threshold=None) as opened:
        opened.adapters.register_dumper(list, FlatListDumper)
        yield opened


def back(connection: psycopg.Connection, kind: str, sent: list) -> list:
    (array,) = connection.execute(f"SELECT CAST(%s AS {kind}[])", [sent]).fetchone()
    return array


def test_texts_that_look_like_syntax(connection) -> None:
    assert back(connection, "text", [*NASTY, None]) == [*NASTY, None]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS)
def test_texts_come_back(connection, sent: list[str | None]) -> None:
    assert back(connection, "text", sent) == sent


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(IDS)
def test_ids_come_back(connection, sent: list[UUID | None]) -> None:
    assert back(connection, "uuid", sent) == sent


def test_what_is_neither_takes_the_general_way(connection) -> None:
    assert back(connection, "int", [1, None, 3]) == [1, None, 3]
    assert back(connection, "text", [["a"], ["b"]]) == [["a"], ["b"]]


def test_a_text_with_a_nul_is_refused_before_it_is_cut(connection) -> None:
    with pytest.raises(psycopg.DataError, match="NUL"):
        back(connection, "text", ["before\0after"])


def test_texts_and_ids_together_are_refused(connection) -> None:
    with pytest.raises(psycopg.DataError):
        back(connection, "text", ["a", uuid4()])
