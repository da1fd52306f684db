"""The catalogue: whole, Portuguese first, and the same bytes for the same words."""

from __future__ import annotations

import locale
import string

import pytest

from embedded_server.contract import words
from tests.words import catalogue


@pytest.fixture(scope="module")
def fresh() -> catalogue.Words:
    return catalogue.fresh(catalogue.load())


def test_making_the_catalogue_again_changes_nothing(fresh: catalogue.Words) -> None:
    """``python -m tests.words`` was run after the last word was changed."""
    stale = [path.name for path, content in catalogue.outputs(fresh).items() if path.read_bytes() != content]

    assert stale == []


def test_every_message_has_its_portuguese(fresh: catalogue.Words) -> None:
    assert catalogue.untranslated(fresh) == []


def test_a_message_and_its_translation_have_the_same_places_for_values(fresh: catalogue.Words) -> None:
    wrong = [
        message.id
        for message in fresh
        if message.id and message.string
        for said in forms(message.string)
        if said and not places(said) <= set().union(*map(places, forms(message.id)))
    ]
    assert wrong == []


def test_nothing_a_message_says_is_left_out(fresh: catalogue.Words) -> None:
    """A count may be a word in the singular; every other value is in every form."""
    missing = [
        message.id
        for message in fresh
        if message.id and message.string
        for said in forms(message.string)
        if said and not places(forms(message.id)[-1]) - {"count"} <= places(said)
    ]
    assert missing == []


def test_plurals_have_two_forms(fresh: catalogue.Words) -> None:
    plural = [message for message in fresh if isinstance(message.id, tuple)]

    assert plural
    assert [one.id for one in plural if any(one.string) and len(one.string) != 2] == []


def test_none_is_singular_in_portuguese() -> None:
    words.use("pt_BR")

    said = [words.tn("{count} unread conversation", "{count} unread conversations", n) for n in (0, 1, 1234)]

    assert said == ["0 conversa não lida", "1 conversa não lida", "1.234 conversas não lidas"]


@pytest.mark.parametrize(
    ("system", "spoken"),
    [
        ("pt_BR", "pt_BR"),
        ("en_US", "en"),
        ("English_United States", "en"),
        ("de_DE", "pt_BR"),
        (None, "pt_BR"),
    ],
)
def test_portuguese_unless_the_system_speaks_english(
    system: str | None, spoken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locale, "getlocale", lambda: (system, "UTF-8"))

    assert words.of_system() == spoken


def test_an_unknown_language_is_portuguese_and_english_is_english() -> None:
    words.use("tlh")
    assert (words.spoken(), words.t("Try again")) == ("pt_BR", "Tentar de novo")
    words.use("en")
    assert (words.spoken(), words.t("Try again")) == ("en", "Try again")


def test_numbers_follow_the_language() -> None:
    words.use("pt_BR")
    assert (words.number(1234567), words.number(18.8, 1)) == ("1.234.567", "18,8")
    words.use("en")
    assert (words.number(1234567), words.number(18.8, 1)) == ("1,234,567", "18.8")


def test_tone(fresh: catalogue.Words) -> None:
    """No interjections, and nobody is addressed as anything but você."""
    banned = ("ops!", "oops", "erro inesperado", "usuário inválido", " tu ", " vós ")
    said = [form for message in fresh if message.id for form in forms(message.string) if form]

    assert [form for form in said if any(word in f" {form.lower()} " for word in banned)] == []


def forms(value: object) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())  # type: ignore[arg-type]


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
