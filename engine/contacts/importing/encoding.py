"""Guesses how a CSV is written: bytes to characters, characters to cells."""

from __future__ import annotations

import codecs
import csv
from collections import Counter

from charset_normalizer import from_bytes

#: Bytes looked at to guess an encoding; a guess is cheap to correct later, see :data:`LENIENT`.
SAMPLE_BYTES = 262_144

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: What Brazilian spreadsheets and old systems write when it is not Unicode.
_LEGACY = ["cp1252", "cp850", "mac_roman", "iso8859_15", "cp437"]
_DELIMITERS = (";", ",", "\t", "|")

#: Name of the error handler that reads stray bytes of a mixed file as Windows-1252.
LENIENT = "masteria-lenient"


def _read_as_windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(LENIENT, _read_as_windows)


def guess_encoding(sample: bytes) -> str:
    """The codec a file starting with ``sample`` is most likely written in."""
    for mark, codec in _MARKS:
        if sample.startswith(mark):
            return codec
    if (wide := _wide(sample)) is not None:
        return wide
    if _is_mostly_utf8(sample):
        return "utf-8"
    best = from_bytes(sample[:65_536], cp_isolation=_LEGACY).best()
    return best.encoding if best is not None else "cp1252"


def guess_delimiter(text: str) -> str:
    """The separator that cuts the first lines of ``text`` into the most consistent number of cells."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    return max(_DELIMITERS, key=lambda delimiter: _consistency(lines, delimiter))


def _consistency(lines: list[str], delimiter: str) -> tuple[float, int]:
    try:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return (0.0, 0)
    if not widths or widths[0] < 2:
        return (0.0, 0)
    width, times = Counter(widths).most_common(1)[0]
    return (times / len(widths) if width > 1 else 0.0, width)


def _wide(sample: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of Western text is NUL."""
    head = sample[:4096]
    if head.count(0) < len(head) * 0.3:
        return None
    return "utf-16-le" if head[1::2].count(0) > head[0::2].count(0) else "utf-16-be"


def _is_mostly_utf8(sample: bytes) -> bool:
    """Whether what is not ASCII is UTF-8, but for a few stray bytes somebody pasted in."""
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(sample)
    strays = text.count("\ufffd")
    accents = sum(not character.isascii() for character in text) - strays
    return strays * 4 <= accents
