"""A vendor's words, made safe to show and to log."""

from __future__ import annotations

import re

_LENGTH = 300
_LONG_NUMBER = re.compile(r"\+?\d(?:[\s.-]?\d){7,}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")


def safe(*parts: object) -> str | None:
    """Join what is said, without long numbers and control characters, cut to a line; None for nothing."""
    said = [part for part in parts if isinstance(part, str) and part]
    text = _CONTROL.sub(" ", ": ".join(dict.fromkeys(said))[: _LENGTH * 2])
    return _LONG_NUMBER.sub("…", text)[:_LENGTH].strip() or None
