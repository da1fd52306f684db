"""Numbers people type, and the keys under which all their forms are one."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.contacts.phone import (
    AREA_CODES,
    Phone,
    PhoneProblem,
    display_form,
    match_key,
    other_form,
    parse,
    parse_any,
)

E164 = re.compile(r"\+[1-9]\d{7,14}", re.ASCII)

digits = st.text("0123456789", max_size=16)
prefixes = st.sampled_from(["", "", "+", "+55", "55", "0", "00", "0055", "+1", "0xx", "015", "(+55)", "tel:"])
codes = st.sampled_from([*sorted(AREA_CODES), "10", "20", "55", "90", "00"])
blanks = st.sampled_from(["", " ", "-", ".", ") ", "\u00a0", "\u2011", "/"])
typed = st.builds("".join, st.tuples(prefixes, blanks, codes, blanks, digits, blanks, digits))


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("(11) 99999-8888", "+5511999998888"),
        ("11 9999-8888", "+5511999998888"),
        ("0xx31 98888-7777", "+5531988887777"),
        ("015 31 98888-7777", "+5531988887777"),
        ("553188887777", "+5531988887777"),
        ("+55 31 3333-4444", "+553133334444"),
        ("+55 (0) 11 99999-8888", "+5511999998888"),
        ("0055 51 99999 8888", "+5551999998888"),
        ("11999998888.0", "+5511999998888"),
        ("1199998888.0", "+5511999998888"),
        ("\u202a+55 11 99999\u20118888\u202c", "+5511999998888"),
        ("٠١١٩٩٩٩٩٨٨٨٨", "+5511999998888"),
        ("whatsapp:+14155550100", "+14155550100"),
        ("00 351 912 345 678", "+351912345678"),
        ("+52 1 55 1234 5678", "+525512345678"),
        ("+54 9 11 2345-6789", "+5491123456789"),
    ],
)
def test_in_15_a_number_becomes_canonical(text: str, e164: str) -> None:
    assert parse(text) == Phone(e164, match_key(e164))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (" \u200b ", PhoneProblem.EMPTY),
        ("sem telefone", PhoneProblem.NOT_A_NUMBER),
        ("1-800-FLOWERS", PhoneProblem.NOT_A_NUMBER),
        ("Maria 11 99999-8888", PhoneProblem.NOT_A_NUMBER),
        ("98888-7777", PhoneProblem.NO_AREA_CODE),
        ("(20) 98888-7777", PhoneProblem.NO_AREA_CODE),
        ("4004-1234", PhoneProblem.NO_AREA_CODE),
        ("999999", PhoneProblem.TOO_SHORT),
        ("1", PhoneProblem.TOO_SHORT),
        ("30" * 15, PhoneProblem.TOO_LONG),
        ("9" * 10_000, PhoneProblem.TOO_LONG),
        ("11 3333-4444 ramal 12", PhoneProblem.EXTENSION),
        ("+1 212 555 0100 x12", PhoneProblem.EXTENSION),
        ("11 99999-8888 / 11 97777-6666", PhoneProblem.SEVERAL),
        ("5,51199999E+12", PhoneProblem.ROUNDED),
        ("+55 11 15555-4444", PhoneProblem.INVALID),
    ],
)
def test_in_15_what_is_no_number_says_why(text: str, problem: PhoneProblem) -> None:
    assert parse(text) is problem
    assert problem.message.endswith(".")


@given(typed)
@example("55 99999 8888")
@example("055 11 99999 8888")
def test_in_15_both_readers_agree_on_what_people_type(text: str) -> None:
    assert parse(text) == parse_any(text)


@given(st.text(max_size=80))
def test_in_15_any_text_is_a_canonical_number_or_a_problem(text: str) -> None:
    result = parse(text)

    assert isinstance(result, PhoneProblem) or E164.fullmatch(result.e164)
    assert result == parse_any(text)


@given(typed)
def test_a_canonical_number_stays_as_it_is(text: str) -> None:
    result = parse(text)

    if isinstance(result, Phone):
        assert parse(result.e164) == result
        assert match_key(result.e164.removeprefix("+")) == result.key


def test_both_readers_agree_on_a_large_list() -> None:
    chance = random.Random(7)
    shapes = ["({0}) {1}-{2}", "+55 {0} {1}-{2}", "55{0}{1}{2}", "{0}{1}{2}", "0{0} {1} {2}", "+55{0}{1}{2}"]
    areas = [*sorted(AREA_CODES), "20", "23", "50", "90"]

    def number() -> str:
        start = chance.choice(["9", ""]) + str(chance.randint(0, 9999)).zfill(4)
        return chance.choice(shapes).format(
            chance.choice(areas), start, str(chance.randint(0, 9999)).zfill(4)
        )

    texts = [number() for _ in range(20_000)]

    assert [text for text in texts if parse(text) != parse_any(text)] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5531988887777", "553188887777"),
        ("+5511999998888", "551199998888"),
        ("+525512345678", "5215512345678"),
        ("+541123456789", "5491123456789"),
    ],
)
def test_all_forms_of_a_number_share_a_key(one: str, other: str) -> None:
    assert match_key(one) == match_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("+5511955554444", "+551155554444"), ("+14155550100", "+14155550101")]
)
def test_different_numbers_keep_different_keys(one: str, other: str) -> None:
    assert match_key(one) != match_key(other)


@pytest.mark.parametrize(
    ("e164", "other"),
    [
        ("+5511988887777", "+551188887777"),
        ("+551188887777", "+5511988887777"),
        ("+551133334444", None),
        ("+5511955554444", None),
        ("+14155550100", None),
    ],
)
def test_a_brazilian_mobile_has_another_form(e164: str, other: str | None) -> None:
    assert other_form(e164) == other
    if other is not None:
        assert match_key(other) == match_key(e164)


def test_a_legacy_identifier_is_shown_with_its_ninth_digit() -> None:
    assert display_form("553188887777") == "+5531988887777"
    assert display_form("16505551234") == "+16505551234"
