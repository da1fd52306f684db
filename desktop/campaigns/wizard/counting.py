"""How long a text is as phone networks count it, while somebody types; the appliance counts the same way."""

from __future__ import annotations

import math
from typing import NamedTuple

_EXTENDED = frozenset("^{}\\[~]|€\f")
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)


class SmsLength(NamedTuple):
    """``parts`` are billed one by one; ``is_wide`` says that a character halves what fits into each."""

    parts: int
    is_wide: bool


def sms_length(text: str) -> SmsLength:
    """3GPP 23.038: 160 or 153 characters of the small alphabet to a part, else 70 or 67."""
    if all(character in _BASIC or character in _EXTENDED for character in text):
        length = sum(2 if character in _EXTENDED else 1 for character in text)
        return SmsLength(1 if length <= 160 else math.ceil(length / 153), is_wide=False)
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2
    return SmsLength(1 if length <= 70 else math.ceil(length / 67), is_wide=True)
