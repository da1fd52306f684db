"""Puts a contact's values into a text: ``{{name}}`` and ``{{name|default}}``, one pass, no code (IN-11)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from engine.contacts.folding import fold
from engine.errors import EngineError, Kind

#: No message of any channel is longer; a value cannot blow a text up beyond it.
MOST_CHARACTERS = 8_192
MOST_VALUE = 1_000

_VARIABLE = re.compile(r"\{\{\s*([^\W\d][\w .-]{0,60}?)\s*(?:\|([^{}|]{0,500}))?\}\}")
_KEPT = frozenset("\n\t")
#: Direction overrides and zero-width characters can hide what a text says; a joiner inside emoji may stay.
_HIDING = dict.fromkeys(
    [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF]
)


class MissingVariable(EngineError):
    """A variable of the text has no value for this contact and no default."""

    kind = Kind.INVALID


def variables(name: str, email: str | None, custom: Mapping[str, Any]) -> dict[str, str]:
    """What a text may name, by folded name: name and e-mail in both languages, and custom fields."""
    values = {fold(key): _clean(str(value)) for key, value in custom.items() if value is not None}
    first = name.split(maxsplit=1)[0] if name.split() else ""
    known = {"nome": name, "name": name, "primeiro_nome": first, "first_name": first, "email": email or ""}
    return values | {key: _clean(value) for key, value in known.items()}


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with every variable in place. What a value contains is never looked at again.

    Anything that is not a plain name stays as it was written: ``{{7*7}}`` is nine characters.

    Raises:
        MissingVariable: a name has no value and no default.
    """

    def value_of(match: re.Match[str]) -> str:
        value = values.get(fold(match[1]))
        if value:
            return value
        if match[2] is None:
            raise MissingVariable
        return match[2].strip()

    return _clean(_VARIABLE.sub(value_of, text), MOST_CHARACTERS)


def names(text: str) -> list[str]:
    """The variables a text uses, as written, in order and once each."""
    return list(dict.fromkeys(match[1] for match in _VARIABLE.finditer(text)))


def _clean(text: str, most: int = MOST_VALUE) -> str:
    if text.isprintable() and len(text) <= most and text.isascii():
        return text
    visible = text.translate(_HIDING)
    kept = "".join(c for c in visible if c in _KEPT or unicodedata.category(c) not in ("Cc", "Cs"))
    return kept[:most]
