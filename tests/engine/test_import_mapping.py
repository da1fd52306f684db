"""Columns find their meaning by their names, in Portuguese and English, or by what a person says."""

from __future__ import annotations

import pytest

from engine.contacts.importing.mapping import Mapping, NoPhoneColumn, UnknownTarget, guess, resolve


def guessed(*columns: str) -> list[str]:
    return list(guess(columns).values())


@pytest.mark.parametrize(
    ("columns", "targets"),
    [
        (["Nome", "Telefone", "E-mail", "Cidade"], ["name", "phone", "email", "custom:Cidade"]),
        (["NOME COMPLETO", "Celular (WhatsApp)", "Observações"], ["name", "phone", "notes"]),
        (["First Name", "Last Name", "Phone 1 - Value"], ["first_name", "last_name", "phone"]),
        (["cliente", "whatsapp", "telefone_fixo", "etiquetas"], ["name", "phone", "phone", "tags"]),
        (["name", "mobile", "labels", "birthday"], ["name", "phone", "tags", "custom:birthday"]),
        (["Contato", "Número"], ["name", "phone"]),
    ],
)
def test_columns_are_understood(columns: list[str], targets: list[str]) -> None:
    assert guessed(*columns) == targets


def test_the_whatsapp_column_is_tried_before_the_telephone() -> None:
    columns = ["nome", "telefone", "whatsapp"]

    assert resolve(guess(columns), columns) == Mapping(phones=(2, 1), name=(0,))


def test_what_a_person_says_goes() -> None:
    told = {"0": "phone", "1": "ignore", "2": "custom:time"}

    assert resolve(told, ["a", "b", "c"]) == Mapping(phones=(0,), custom=((2, "time"),))


@pytest.mark.parametrize("told", [{"9": "phone"}, {"x": "phone"}, {"0": "password"}, {"0": "custom:"}])
def test_a_column_or_meaning_that_does_not_exist_is_refused(told: dict[str, str]) -> None:
    with pytest.raises(UnknownTarget):
        resolve(told, ["a", "b"])


def test_a_list_without_numbers_is_refused() -> None:
    with pytest.raises(NoPhoneColumn):
        resolve(guess(["nome", "cidade"]), ["nome", "cidade"])
