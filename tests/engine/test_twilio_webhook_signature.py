"""Twilio's signature, against its own vector and its own validator."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from engine.providers.signature import verify_twilio

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]
SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_wh_01_twilios_own_vector_verifies_in_any_order() -> None:
    assert verify_twilio(URL, FORM, SIGNATURE, auth_token="12345")
    assert verify_twilio(URL, FORM[::-1], SIGNATURE, auth_token="12345")


@pytest.mark.parametrize(
    ("url", "form", "header", "token"),
    [
        (URL, FORM, None, "12345"),
        (URL, FORM, "", "12345"),
        (URL, FORM, SIGNATURE[:-1], "12345"),
        (URL, FORM, SIGNATURE.lower(), "12345"),
        (URL, FORM, "é\ud800", "12345"),
        (URL, FORM, SIGNATURE, "another"),
        (URL, FORM, SIGNATURE, ""),
        (URL, FORM[:-1], SIGNATURE, "12345"),
        (URL, [*FORM, ("Extra", "1")], SIGNATURE, "12345"),
        (URL.replace("bar=2", "bar=3"), FORM, SIGNATURE, "12345"),
        (URL.replace("https", "http"), FORM, SIGNATURE, "12345"),
        (URL.replace("mycompany", "evil"), FORM, SIGNATURE, "12345"),
    ],
)
def test_wh_01_anything_else_is_refused(
    url: str, form: list[tuple[str, str]], header: str | None, token: str
) -> None:
    assert not verify_twilio(url, form, header, auth_token=token)


@pytest.mark.parametrize(
    ("signed", "ours"),
    [
        ("https://x.example:443/hooks/twilio?t=1", "https://x.example/hooks/twilio?t=1"),
        ("https://x.example/hooks/twilio?t=1", "https://x.example:443/hooks/twilio?t=1"),
        ("http://127.0.0.1:8461/hooks/twilio", "http://127.0.0.1:8461/hooks/twilio"),
    ],
)
def test_the_default_port_may_be_signed_or_not(signed: str, ours: str) -> None:
    header = RequestValidator("tok").compute_signature(signed, dict(FORM))

    assert verify_twilio(ours, FORM, header, auth_token="tok")


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8")))
)
def test_wh_02_it_agrees_with_the_sdk(form: dict[str, str]) -> None:
    header = RequestValidator("tok").compute_signature(URL, form)

    assert verify_twilio(URL, form.items(), header, auth_token="tok")


def test_a_key_sent_twice_counts_each_value_once() -> None:
    header = RequestValidator("tok").compute_signature(URL, {"A": "1"})

    assert verify_twilio(URL, [("A", "1"), ("A", "1")], header, auth_token="tok")
    assert not verify_twilio(URL, [("A", "1"), ("A", "2")], header, auth_token="tok")
