"""Qt counts text in UTF-16 units, Python in characters: an emoji is two of those and one of these."""

from __future__ import annotations


def units(text: str) -> int:
    """How long Qt takes the text to be."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def between(text: str, start: int, end: int) -> str:
    """The part of a text that Qt names by its units."""
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le", "ignore")
