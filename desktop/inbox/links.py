"""Addresses in what people wrote: which are links, and which of them may ever be opened (DX-02)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from PySide6.QtCore import QUrl

from desktop.inbox.units import units

#: Everything else (``javascript:``, ``file:``, ``smb:``, ``ms-msdt:``, …) stays plain words.
SCHEMES = frozenset({"http", "https", "tel", "mailto"})

_FOUND = re.compile(
    r"(?P<web>\bhttps?://[^\s<>\"'`]+)"
    r"|(?P<www>\bwww\.[^\s<>\"'`/]+\.[^\s<>\"'`]+)"
    r"|(?P<named>\b(?:tel|mailto):[^\s<>\"'`]+)"
    r"|(?P<mail>\b[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<phone>(?<![\w+.])\+\d[\d ().-]{7,18}\d)",
    re.IGNORECASE,
)
#: What ends a sentence does not belong to the address in it.
_TAIL = ".,;:!?)]}»”…"
_LONGEST = 2000
_MOST = 50


@dataclass(frozen=True, slots=True)
class Link:
    """A part of a text, counted as Qt does. ``address`` is where it really leads."""

    start: int
    length: int
    address: str = field(repr=False)


def links_in(text: str) -> tuple[Link, ...]:
    """The links of a text, as far as they may be opened at all."""
    found = []
    for match in _FOUND.finditer(text):
        words = _whole(match[0])
        address = _address(str(match.lastgroup), words)
        if allowed(address) is not None:
            found.append(Link(units(text[: match.start()]), units(words), address))
        if len(found) == _MOST:
            break
    return tuple(found)


def allowed(address: str) -> QUrl | None:
    """The address as it may be handed to the system; None for everything that must not be."""
    if len(address) > _LONGEST or any(ord(c) < 0x20 or c.isspace() for c in address):
        return None
    url = QUrl(address, QUrl.ParsingMode.StrictMode)
    if not url.isValid() or url.scheme().lower() not in SCHEMES:
        return None
    is_web = url.scheme().lower() in ("http", "https")
    return url if not is_web or (url.host() and not url.userInfo()) else None


def real_address(url: QUrl) -> str:
    """For a person to judge: letters that only look Latin are written out, nothing is hidden."""
    return bytes(url.toEncoded().data()).decode("ascii")


def _whole(words: str) -> str:
    while words and words[-1] in _TAIL:
        if words[-1] == ")" and words.count("(") >= words.count(")"):
            break
        words = words[:-1]
    return words


def _address(group: str, words: str) -> str:
    match group:
        case "www":
            return f"https://{words}"
        case "mail":
            return f"mailto:{words}"
        case "phone":
            return "tel:+" + "".join(c for c in words if c.isdigit())
    return words
