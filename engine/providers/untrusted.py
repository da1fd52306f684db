"""Reads what strangers send without believing its shape.

Nothing that leaves here holds a NUL or a lone surrogate, which neither PostgreSQL nor UTF-8 can keep.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from datetime import UTC, datetime
from typing import Any

import orjson

from engine.errors import EngineError, Kind

#: Longer texts are cut; WhatsApp's own limit is 4,096 characters.
TEXT_LENGTH = 65_536
_ID_LENGTH = 256
_DIGITS = 18
_EARLIEST = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
_LATEST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())
_SURROGATES = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_HEX_SHA256 = re.compile(r"[0-9a-f]{64}")


class Unreadable(EngineError):
    """The bytes are not what they should be."""

    kind = Kind.INVALID


def parse(raw: bytes) -> object:
    """JSON from a stranger: strict and fast where it is well formed, repaired where only a value is mad.

    NaN, infinities and numbers too long become null; lone surrogates and NULs become U+FFFD.

    Raises:
        Unreadable: even a lenient parser finds no JSON, or it is nested too deep.
    """
    if b"\\u0000" in raw:
        raw = raw.replace(b"\\u0000", b"\\ufffd")
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _repair(raw)


def text(value: object, limit: int = TEXT_LENGTH) -> str | None:
    """A non-empty text, cut to ``limit`` characters, else None."""
    return value[:limit] if isinstance(value, str) and value else None


def identifier(value: object) -> str | None:
    """A vendor's id as text: printable ASCII of a sane length, else None. Whole numbers count as ids."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and 0 < len(value) <= _ID_LENGTH and value.isascii() and value.isprintable():
        return value
    return None


def mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def moment(value: object) -> datetime | None:
    """Seconds since 1970, as a number or digits, if they lie between the years 2000 and 2100."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _DIGITS:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not _EARLIEST <= value < _LATEST:
        return None
    return datetime.fromtimestamp(value, UTC)


def sha256(value: object) -> str | None:
    """A digest as lower-case hex, from hex or base64."""
    if not isinstance(value, str):
        return None
    if _HEX_SHA256.fullmatch(value.lower()):
        return value.lower()
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    return digest.hex() if len(digest) == 32 else None


def _repair(raw: bytes) -> object:
    document = _SURROGATES.sub(_lone, raw.decode("utf-8", "replace"))
    try:
        return json.loads(document, parse_int=_int, parse_float=_float, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        raise Unreadable from None


def _lone(match: re.Match[str]) -> str:
    pair = match.group()
    return pair if len(pair) == 12 else "\\ufffd"


def _int(digits: str) -> int | None:
    return int(digits) if len(digits) <= _DIGITS else None


def _float(digits: str) -> float | None:
    value = float(digits) if len(digits) < 400 else math.inf
    return value if math.isfinite(value) else None
