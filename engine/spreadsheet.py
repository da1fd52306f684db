"""Rows of a CSV that a spreadsheet shows as they are: nothing in a cell can become a formula (case IN-09)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from io import StringIO

#: Begins every file: without it Excel takes UTF-8 for the system's old encoding.
BOM = b"\xef\xbb\xbf"

#: What a spreadsheet reads as the beginning of a formula, full-width forms among it, and what may hide one.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_PHONE = re.compile(r"\+[0-9]{6,15}")


def safe_cell(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would calculate; phone numbers stay."""
    if not text.startswith(_FORMULA) or _PHONE.fullmatch(text):
        return text
    return f"'{text}"


def csv_row(cells: Iterable[object], separator: str = ",") -> bytes:
    """One line, every cell made safe; None is empty. ``separator`` is ``;`` where commas are decimal."""
    line = StringIO()
    safe = ("" if cell is None else safe_cell(str(cell)) for cell in cells)
    csv.writer(line, delimiter=separator, lineterminator="\r\n").writerow(safe)
    return line.getvalue().encode()
