"""What the first pages know by themselves: addresses, passwords, forms and steps."""

from __future__ import annotations

import pytest

from desktop.welcome.welcome_model import (
    STEPS,
    AddressWrong,
    Founding,
    Place,
    SigningIn,
    Strength,
    read_address,
    step_of,
    strength,
)

GOOD = Founding("Padaria Sol", "Ana", "ana@padaria.example", "tres palavras boas")


@pytest.mark.parametrize(
    ("typed", "base", "is_open"),
    [
        ("https://crm.loja.com.br", "https://crm.loja.com.br", False),
        ("  crm.loja.com.br/ ", "https://crm.loja.com.br", False),
        ("crm.loja.com.br:8443", "https://crm.loja.com.br:8443", False),
        ("HTTPS://CRM.loja.com", "https://CRM.loja.com", False),
        ("192.168.0.10:8460", "http://192.168.0.10:8460", True),
        ("http://10.0.0.7", "http://10.0.0.7", True),
        ("servidor:8460", "http://servidor:8460", True),
        ("masteria.local", "http://masteria.local", True),
        ("https://192.168.0.10", "https://192.168.0.10", False),
        ("localhost:8460", "http://localhost:8460", False),
        ("http://127.0.0.1:8460/", "http://127.0.0.1:8460", False),
        ("http://[::1]:8460", "http://[::1]:8460", False),
        ("http://[fd00::7]:8460", "http://[fd00::7]:8460", True),
    ],
)
def test_what_a_person_means_by_an_address(typed: str, base: str, is_open: bool) -> None:
    address = read_address(typed)

    assert (address.base, address.is_open) == (base, is_open)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "http://crm.loja.com.br",
        "http://8.8.8.8",
        "ftp://crm.loja.com.br",
        "javascript://alert",
        "https://",
        "https://ana:senha@crm.loja.com.br",
        "https://crm.loja.com.br/api",
        "https://crm.loja.com.br?x=1",
        "https://crm.loja.com.br#t=1",
        "https://crm loja.com.br",
        "https://crm.loja.com.br:0",
        "https://crm.loja.com.br:99999",
        "https://[::1",
        "https://-crm.loja.com",
        "não sei",
    ],
)
def test_what_is_no_address_or_would_send_passwords_in_the_clear(typed: str) -> None:
    with pytest.raises(AddressWrong) as wrong:
        read_address(typed)

    assert str(wrong.value).endswith(".")


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("", Strength.SHORT),
        ("abc123!A", Strength.SHORT),
        ("aaaaaaaaaaaa", Strength.WEAK),
        ("1234567890", Strength.WEAK),
        ("padarialegal", Strength.FAIR),
        ("Padaria-2026", Strength.STRONG),
        ("tres palavras boas", Strength.STRONG),
    ],
)
def test_a_password_is_judged_by_length_and_variety(password: str, expected: Strength) -> None:
    assert strength(password) is expected


def test_a_good_founding_has_nothing_wrong() -> None:
    assert GOOD.wrong() == {}
    assert SigningIn("ana@padaria.example", "x").wrong() == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("company", " "),
        ("company", "x" * 201),
        ("name", ""),
        ("email", ""),
        ("email", "ana"),
        ("email", "ana@padaria"),
        ("email", "ana@@padaria.com"),
        ("password", "curta"),
        ("password", "aaaaaaaaaaaa"),
        ("password", "ab" * 200),
    ],
)
def test_each_field_that_cannot_be_taken_is_named(field: str, value: str) -> None:
    values = {"company": GOOD.company, "name": GOOD.name, "email": GOOD.email, "password": GOOD.password}

    assert list(Founding(**values | {field: value}).wrong()) == [field]


def test_signing_in_asks_for_no_more_than_the_server_does() -> None:
    assert SigningIn("ana@padaria", "x").wrong() == {}
    assert set(SigningIn("", "").wrong()) == {"email", "password"}
    assert set(SigningIn("ana", "x" * 257).wrong()) == {"email", "password"}


def test_secrets_do_not_show() -> None:
    assert GOOD.password not in repr(GOOD)
    assert "senha-secreta" not in repr(SigningIn("a@b.c", "senha-secreta"))


def test_the_steps_follow_the_appliances_own_words() -> None:
    words = ["", "Preparing the database of DATABASE_URL", "Preparing the tables", "Starting the services"]

    assert [step_of(word) for word in words] == [None, 0, 1, 2]
    assert len(STEPS) == 3


def test_a_place_is_called_as_a_person_would() -> None:
    assert Place("https://crm.loja.com.br:8443", is_local=False).name == "crm.loja.com.br:8443"
    assert "127" not in Place("http://127.0.0.1:8460", is_local=True).name
