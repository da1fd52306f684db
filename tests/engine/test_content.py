"""What a campaign says: read from the draft, frozen per person, composed for the vendor."""

from __future__ import annotations

from typing import Any

import pytest

from engine.campaigns import InvalidContent, content
from engine.contacts import fill, variables
from engine.providers.port import Template, Text

ANA = variables("Ana Prado", None, {"pedido": "A-12"})
COMPONENTS: list[dict[str, Any]] = [
    {"type": "header", "parameters": [{"type": "image", "image": {"id": "1"}}]},
    {
        "type": "body",
        "parameters": [{"type": "text", "text": "{{nome}}"}, {"type": "text", "text": "{{pedido}}"}],
    },
    {
        "type": "button",
        "sub_type": "url",
        "index": "0",
        "parameters": [{"type": "text", "text": "{{pedido}}"}],
    },
    {"type": "footer"},
]
TEMPLATE = {
    "type": "template",
    "name": "pedido_pronto",
    "language": "pt_BR",
    "body": "Oi {{nome}}, {{pedido}}",
    "components": COMPONENTS,
}


def render(text: str) -> str:
    return fill(text, ANA)


def test_a_text_is_frozen_with_its_values_and_sent_as_it_is() -> None:
    letter = content.read({"type": "text", "body": "Oi {{nome}}!"})

    frozen = content.freeze(letter, render)

    assert (frozen.body, frozen.params) == ("Oi Ana Prado!", None)
    assert content.compose(letter, frozen) == Text("Oi Ana Prado!", preview_url=False)


def test_a_link_asks_for_its_preview() -> None:
    letter = content.read({"type": "text", "body": "Veja https://loja.example"})

    assert content.compose(letter, content.freeze(letter, render)) == Text(letter.body, preview_url=True)


def test_a_template_gets_the_values_in_the_order_of_its_parameters() -> None:
    letter = content.read(TEMPLATE)

    frozen = content.freeze(letter, render)
    composed = content.compose(letter, frozen)

    assert frozen.params == ["Ana Prado", "A-12", "A-12"]
    assert isinstance(composed, Template)
    assert (composed.name, composed.language, composed.text) == (
        "pedido_pronto",
        "pt_BR",
        "Oi Ana Prado, A-12",
    )
    assert [p["text"] for p in composed.components[1]["parameters"]] == ["Ana Prado", "A-12"]
    assert composed.components[2]["parameters"][0]["text"] == "A-12"
    assert composed.components[0] == COMPONENTS[0]


def test_composing_for_one_person_changes_nothing_for_the_next() -> None:
    letter = content.read(TEMPLATE)

    content.compose(letter, content.freeze(letter, render))

    assert letter.slots == ["{{nome}}", "{{pedido}}", "{{pedido}}"]
    assert content.read(letter.to_json()) == letter


def test_a_template_parameter_holds_no_line_breaks_or_runs_of_blanks() -> None:
    letter = content.read(TEMPLATE)
    values = variables("Ana\n\n\tPrado     Lima", None, {"pedido": " A \r\n 12 "})

    frozen = content.freeze(letter, lambda text: fill(text, values))

    assert frozen.params == ["Ana Prado Lima", "A 12", "A 12"]


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"type": "text"},
        {"type": "text", "body": "  \n"},
        {"type": "sticker", "body": "x"},
        {"type": "template", "name": "x"},
        {"type": "template", "language": "pt_BR"},
        TEMPLATE | {"components": [{"type": "body", "parameters": [{"type": "text"}]}]},
        TEMPLATE | {"components": [{"type": "body", "parameters": [{"type": "text", "text": 5}]}]},
        TEMPLATE | {"components": [{"type": "body", "parameters": "nome"}]},
        TEMPLATE | {"components": [{"type": "body", "parameters": 5}]},
        TEMPLATE | {"components": ["body"]},
        TEMPLATE | {"components": 7},
    ],
)
def test_content_that_can_never_be_sent_is_refused_while_it_is_written(stored: dict[str, Any]) -> None:
    with pytest.raises(InvalidContent):
        content.read(stored)


def test_what_people_read_is_not_shown_in_logs() -> None:
    letter = content.read(TEMPLATE)

    assert "{{" not in repr(letter)
    assert "Ana" not in repr(content.freeze(letter, render))
