"""Text in the form in which search compares it: no marks, no case, single blanks."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """``"  João D'Ávila "`` becomes ``"joao d'avila"``."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(bare.casefold().split())


def printable(text: str) -> str:
    """One line with single blanks and no control, invisible or broken characters: what a name may hold."""
    if not text.isprintable():
        text = "".join(_visible(character) for character in text)
    return " ".join(text.split()) if "  " in text else text.strip()


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    category = unicodedata.category(character)
    if category == "Zs" or character in "\t\n\r":
        return " "
    return character if character == _JOINER else ""


#: Holds emoji of several parts together.
_JOINER = "\u200d"
