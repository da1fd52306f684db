"""Phone numbers as WhatsApp sees them: pure string work, no numbering plan needed."""

from __future__ import annotations

import hashlib
import re

_BR = re.compile(r"^55(\d\d)9?([6-9]\d{7})$")
_MX = re.compile(r"^521?(\d{10})$")
_AR = re.compile(r"^549?(\d{10})$")
_LAST_DDD_WITH_NINTH_DIGIT = 28


def digits_of(number: str) -> str:
    """Only the digits; empty when the text is no phone number of 7 to 15 digits."""
    if number.startswith("+"):
        number = number[1:]
    if not number.isdecimal():
        number = re.sub(r"[\s().-]", "", number)
    return number if number.isascii() and number.isdecimal() and 7 <= len(number) <= 15 else ""


def match_key(digits: str) -> str:
    """One key for the spellings of one subscriber: Brazil's ninth digit, Mexico's 1, Argentina's 9."""
    if digits.startswith("55") and (found := _BR.match(digits)):
        return f"55{found[1]}{found[2]}"
    if digits.startswith("52") and (found := _MX.match(digits)):
        return f"52{found[1]}"
    if digits.startswith("54") and (found := _AR.match(digits)):
        return f"54{found[1]}"
    return digits


def wa_id(digits: str, *, legacy: bool) -> str:
    """The id WhatsApp answers with: ``legacy`` drops the ninth digit for DDD 31 and above."""
    found = _BR.match(digits) if digits.startswith("55") else None
    if found is None:
        return digits
    keeps = int(found[1]) <= _LAST_DDD_WITH_NINTH_DIGIT or not legacy
    return f"55{found[1]}9{found[2]}" if keeps else f"55{found[1]}{found[2]}"


def user_id(key: str) -> str:
    """A business-scoped user id, always the same for the same match key."""
    number = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big")
    return f"BR.{number:020d}"
