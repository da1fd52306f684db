"""Phone numbers: what people type becomes E.164, and every variant of one number gets one match key.

Two readers give the same answer: a fast one for plain Brazilian numbers, which are most of any list (about
2 µs), and ``phonenumbers`` for the rest of the world and for everything unusual (about 50 µs).
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import NamedTuple

from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    ValidationResult,
    format_number,
    is_possible_number_with_reason,
    is_valid_number,
)
from phonenumbers import (
    parse as parse_number,
)

#: Every area code (DDD) that exists in Brazil.
AREA_CODES = frozenset(
    f"{zone}{place}"
    for zone, places in {
        1: "123456789",
        2: "12478",
        3: "1234578",
        4: "123456789",
        5: "1345",
        6: "123456789",
        7: "134579",
        8: "123456789",
        9: "123456789",
    }.items()
    for place in places
)


class Phone(NamedTuple):
    """A valid number. A tuple, because an import makes a million of them."""

    #: ``+`` and digits.
    e164: str
    #: What :func:`match_key` says of ``e164``.
    key: str


class PhoneProblem(StrEnum):
    """Why a text is no number a message can be sent to."""

    EMPTY = "phone_empty"
    NOT_A_NUMBER = "phone_not_a_number"
    #: A spreadsheet shortened it to ``5,51E+12``: digits are gone.
    ROUNDED = "phone_rounded"
    SEVERAL = "phone_several"
    EXTENSION = "phone_extension"
    NO_AREA_CODE = "phone_no_area_code"
    TOO_SHORT = "phone_too_short"
    TOO_LONG = "phone_too_long"
    INVALID = "phone_invalid"

    @property
    def message(self) -> str:
        return _MESSAGES[self]


_MESSAGES = {
    PhoneProblem.EMPTY: "There is no phone number.",
    PhoneProblem.NOT_A_NUMBER: "This is not a phone number.",
    PhoneProblem.ROUNDED: "The spreadsheet rounded this number. Format the column as text and type it again.",
    PhoneProblem.SEVERAL: "There is more than one number here. Keep one.",
    PhoneProblem.EXTENSION: "A number with an extension cannot receive messages.",
    PhoneProblem.NO_AREA_CODE: "The area code is missing or does not exist.",
    PhoneProblem.TOO_SHORT: "The number has too few digits.",
    PhoneProblem.TOO_LONG: "The number has too many digits.",
    PhoneProblem.INVALID: "No such number can exist in its country.",
}


def parse(text: str, region: str = "BR") -> Phone | PhoneProblem:
    """Read a number typed by a person in ``region`` (ISO 3166-1), with or without its country code.

    Never for identifiers that come from a provider: those are kept verbatim, compared by :func:`match_key`.
    """
    if region == "BR" and (plain := _plain_brazilian(text)) is not None:
        return plain
    return parse_any(text, region)


def parse_any(text: str, region: str = "BR") -> Phone | PhoneProblem:
    """:func:`parse` without its fast path."""
    cleaned = _clean(text)
    if isinstance(cleaned, PhoneProblem):
        return cleaned
    number = _read(cleaned, region)
    if isinstance(number, PhoneProblem):
        return number
    problem = _brazilian_problem(number) if number.country_code == 55 else None
    if problem is not None:
        return problem
    if not is_valid_number(number):
        return _LENGTHS.get(is_possible_number_with_reason(number), PhoneProblem.INVALID)
    e164 = format_number(number, PhoneNumberFormat.E164)
    return Phone(e164, match_key(e164))


def match_key(identifier: str) -> str:
    """One key for all forms under which a network knows one number.

    Accepts E.164 and ``wa_id``, with or without ``+``. Brazil: the ninth digit counts only before subscriber
    numbers that once had eight (``9 5xxx-xxxx`` keeps it, or it would meet the landline ``5xxx-xxxx``).
    Mexico: the old mobile ``1``. Argentina: the mobile ``9``.
    """
    digits = identifier.removeprefix("+")
    if digits.startswith("55"):
        found = _BR_MOBILE.fullmatch(digits)
        return f"55{found[1]}{found[2]}" if found else digits
    if digits.startswith("52"):
        found = _MEXICO.fullmatch(digits)
        return f"52{found[1]}" if found else digits
    if digits.startswith("54"):
        found = _ARGENTINA.fullmatch(digits)
        return f"54{found[1]}" if found else digits
    return digits


def other_form(e164: str) -> str | None:
    """A Brazilian mobile number with its ninth digit taken away, or given back; None for any other number."""
    found = _BR_MOBILE.fullmatch(e164.removeprefix("+"))
    if found is None:
        return None
    ninth = "" if len(e164.removeprefix("+")) == 13 else "9"
    return f"+55{found[1]}{ninth}{found[2]}"


def display_form(wa_id: str) -> str:
    """The E.164 a person recognizes behind a ``wa_id``: old Brazilian ids get their ninth digit back."""
    digits = wa_id.removeprefix("+")
    if len(digits) == 12 and (full := other_form(digits)):
        return full
    return f"+{digits}"


_BR_MOBILE = re.compile(r"55(\d\d)9?([6-9]\d{7})", re.ASCII)
_MEXICO = re.compile(r"521?(\d{10})", re.ASCII)
_ARGENTINA = re.compile(r"549?(\d{10})", re.ASCII)

_PUNCTUATION = str.maketrans("", "", " ()-.\t")


def _plain_brazilian(text: str) -> Phone | None:
    """What is surely a Brazilian number, or None for "ask the library"."""
    digits = text.translate(_PUNCTUATION)
    if digits[:1] == "+":
        if digits[:3] != "+55":
            return None
        digits = digits[3:]
    elif len(digits) > 11 and digits[:2] == "55":
        digits = digits[2:]
    elif digits[:1] == "0":
        digits = digits[1:]
    if not (digits.isascii() and digits.isdigit()) or digits[:2] not in AREA_CODES or text[-2:] == ".0":
        return None
    return _subscriber(digits)


#: A named tuple's own constructor is a Python function, and costs twice as much.
_phone = tuple.__new__


def _subscriber(digits: str) -> Phone | None:
    first = digits[2:3]
    if len(digits) == 11 and first == "9":
        key = digits[:2] + digits[3:] if digits[3] in "6789" else digits
        return _phone(Phone, ("+55" + digits, "55" + key))
    if len(digits) != 10:
        return None
    if first in "6789":  # mobiles have had a ninth digit since 2016
        return _phone(Phone, (f"+55{digits[:2]}9{digits[2:]}", "55" + digits))
    if first in "2345":
        return _phone(Phone, ("+55" + digits, "55" + digits))
    return None


_LENGTHS = {
    ValidationResult.TOO_SHORT: PhoneProblem.TOO_SHORT,
    ValidationResult.TOO_LONG: PhoneProblem.TOO_LONG,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: PhoneProblem.NO_AREA_CODE,
}
_FAILURES = {
    NumberParseException.INVALID_COUNTRY_CODE: PhoneProblem.INVALID,
    NumberParseException.TOO_LONG: PhoneProblem.TOO_LONG,
    NumberParseException.TOO_SHORT_AFTER_IDD: PhoneProblem.TOO_SHORT,
    NumberParseException.TOO_SHORT_NSN: PhoneProblem.TOO_SHORT,
}


def _read(text: str, region: str) -> PhoneNumber | PhoneProblem:
    """The number, valid or not."""
    try:
        # Lists of contacts write 00 for +, which Brazil's dialing plan would take for a carrier's code:
        # 0055 51 9… would become a number in Peru.
        if text.startswith("00"):
            international = _modern(parse_number(f"+{text[2:].lstrip('0')}", None))
            if is_valid_number(international):
                return international
        return _modern(parse_number(text, region))
    except NumberParseException as problem:
        return _FAILURES.get(problem.error_type, PhoneProblem.NOT_A_NUMBER)


def _modern(number: PhoneNumber) -> PhoneNumber:
    """The number as it is dialed today: Brazil's mobiles got a 9 in 2016, Mexico's lost their 1 in 2019."""
    national = str(number.national_number)
    if number.country_code == 55 and len(national) == 10 and national[2] in "6789":
        return PhoneNumber(country_code=55, national_number=int(f"{national[:2]}9{national[2:]}"))
    if number.country_code == 52 and len(national) == 11 and national[0] == "1":
        return PhoneNumber(country_code=52, national_number=int(national[1:]))
    return number


def _brazilian_problem(number: PhoneNumber) -> PhoneProblem | None:
    national = str(number.national_number)
    if len(national) < 8:
        return PhoneProblem.TOO_SHORT
    if len(national) > 11:
        return PhoneProblem.TOO_LONG
    if len(national) < 10 or national[:2] not in AREA_CODES:
        return PhoneProblem.NO_AREA_CODE
    return None


_LONGEST_TEXT = 64
#: E.164 allows 15; a trunk prefix, an exit code and a carrier may stand before them.
_MOST_DIGITS = 20
_FEWEST_DIGITS = 5
_SCHEME = re.compile(r"(?:tel|whatsapp|sms|fone|telefone|cel|celular|whats|wpp)\s*[.:]+\s*", re.IGNORECASE)
_CARRIER = re.compile(r"\(?0?\s*xx\)?\s*", re.IGNORECASE)
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?e\+?\d{1,2}", re.IGNORECASE)
_FLOAT = re.compile(r"(\+?\d{8,15})[.,]0")
_EXTENSION = re.compile(r"(?:;ext=|ramal|ext(?:ens[aã]o|ension)?|[rx#])\s*[.:]?\s*\d{1,7}", re.IGNORECASE)
_BETWEEN = re.compile(r"[/;,|\n]|\be\b|\bou\b|\s\+", re.IGNORECASE)
_ALLOWED = re.compile(r"\(?\+?[\d\s().\-/]*")


def _clean(text: str) -> str | PhoneProblem:
    """The text in plain digits and punctuation, or what is wrong with it."""
    folded = "".join(_plain(character) for character in unicodedata.normalize("NFKC", text[:1000])).strip()
    if not folded:
        return PhoneProblem.EMPTY
    digits = sum(character.isdigit() for character in folded)
    if len(folded) > _LONGEST_TEXT:
        return PhoneProblem.TOO_LONG if digits > _MOST_DIGITS else PhoneProblem.NOT_A_NUMBER
    if _ROUNDED.fullmatch(folded.replace(" ", "")):
        return PhoneProblem.ROUNDED
    if whole := _FLOAT.fullmatch(folded):
        return whole[1]
    bare = _CARRIER.sub("0", _SCHEME.sub("", folded, count=1), count=1)
    return _shape_problem(bare) or bare.replace("/", "")


def _shape_problem(text: str) -> PhoneProblem | None:
    digits = sum(map(str.isdigit, text))
    if sum(sum(map(str.isdigit, part)) >= 8 for part in _BETWEEN.split(text)) > 1:
        return PhoneProblem.SEVERAL
    if (extension := _EXTENSION.search(text)) and extension.end() == len(text):
        return PhoneProblem.EXTENSION
    if digits == 0 or not _ALLOWED.fullmatch(text):
        return PhoneProblem.NOT_A_NUMBER
    if digits < _FEWEST_DIGITS:
        return PhoneProblem.TOO_SHORT
    return PhoneProblem.TOO_LONG if digits > _MOST_DIGITS else None


def _plain(character: str) -> str:
    """Any script's digit as ASCII, any dash as a hyphen, any space as a space, nothing invisible."""
    if character.isascii():
        return character if character.isprintable() or character in "\t\n" else ""
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.digit(character))
    return {"Pd": "-", "Zs": " ", "Cf": "", "Cc": ""}.get(category, character)
