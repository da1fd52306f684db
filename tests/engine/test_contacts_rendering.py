"""Variables in texts: allow-listed, one pass, capped, and never code (IN-11)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contacts import MissingVariable, fill, names, variables

VALUES = variables("Ana Luísa Prado", "ana@example.com", {"Cidade": "Belém", "vazio": "", "dívida": 12})


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Oi {{nome}}!", "Oi Ana Luísa Prado!"),
        ("Oi {{ primeiro_nome }}, {{NAME}}", "Oi Ana, Ana Luísa Prado"),
        ("{{cidade}} {{CIDADE}} {{Divida}}", "Belém Belém 12"),
        ("{{apelido|amiga}} {{vazio| tudo bem }}", "amiga tudo bem"),
        ("{{apelido|}}.", "."),
    ],
)
def test_variables_are_put_in_place(text: str, filled: str) -> None:
    assert fill(text, VALUES) == filled


@pytest.mark.parametrize(
    "text",
    ["{{7*7}}", "{{x.__class__()}}", "{% if x %}", "{{ [].pop }}", "${nome}", "{nome}", "{{", "{{{{}}}}"],
)
def test_in_11_code_stays_text(text: str) -> None:
    assert fill(text, VALUES) == text


@pytest.mark.parametrize("text", ["{{senha}}", "{{x.__class__}}", "{{notes}}", "{{company_id}}"])
def test_in_11_an_unknown_name_is_reported(text: str) -> None:
    with pytest.raises(MissingVariable):
        fill(text, VALUES)


def test_in_11_a_value_is_never_looked_at_again() -> None:
    values = variables("{{email}}", "ana@example.com", {"a": "{{b|x}}", "b": "{{a}}"})

    assert fill("{{nome}} {{a}} {{b}}", values) == "{{email}} {{b|x}} {{a}}"


def test_in_11_a_million_variables_are_capped_and_quick() -> None:
    start = time.perf_counter()
    filled = fill("{{nome}}" * 1_000_000, VALUES)

    assert len(filled) <= 8_192
    assert time.perf_counter() - start < 20


@given(st.text(max_size=200))
def test_in_11_control_characters_never_arrive(value: str) -> None:
    filled = fill("Oi {{nome}}", variables(value + "x", None, {}))

    assert not set(filled) & {"\0", "\r", "\x1b", "\u202e", "\u200b", "\x85"}


def test_the_variables_of_a_text_are_named_once() -> None:
    assert names("{{nome}} {{cidade|aqui}} {{nome}} {{7*7}}") == ["nome", "cidade"]
