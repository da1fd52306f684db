"""Opens a file of contacts: finds out how it is written, then streams its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.contacts.importing.csv_rows import csv_blocks
from engine.contacts.importing.encoding import SAMPLE_BYTES, guess_delimiter, guess_encoding
from engine.contacts.importing.table import (
    MOST_COLUMNS,
    Block,
    FileRefused,
    Layout,
    NothingInside,
    TableFormat,
    TooManyColumns,
)
from engine.contacts.importing.xlsx_rows import xlsx_blocks
from engine.contacts.phone import Phone, parse

_SAMPLE_ROWS = 5
_OLD_EXCEL = bytes.fromhex("d0cf11e0a1b11ae1")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_SEPARATOR_LINE = re.compile(r"\ufeff?sep=(.)\r?\n", re.IGNORECASE)


class OldWorkbook(FileRefused):
    """This is a workbook in the old XLS format. Save it as XLSX or CSV and try again."""


class NotText(FileRefused):
    """This is neither a CSV nor an XLSX file."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A file's layout and its first rows, for a person to check the columns."""

    layout: Layout
    sample: list[list[str]] = field(repr=False)


def inspect(path: Path) -> Preview:
    """Find out how a file is written.

    Raises:
        FileRefused: it holds no list of contacts; the message says why.
    """
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
    if head.startswith(_OLD_EXCEL):
        raise OldWorkbook
    if head.startswith(b"PK\x03\x04"):
        layout = Layout(TableFormat.XLSX, (), has_header=True)
    else:
        layout = _csv_layout(head)
    rows = _first_rows(path, layout)
    header = rows[0]
    if len(header) > MOST_COLUMNS:
        raise TooManyColumns
    has_header = not any(isinstance(parse(cell), Phone) for cell in header)
    layout = replace(layout, has_header=has_header, columns=_names(header, has_header))
    return Preview(layout, rows[1 : _SAMPLE_ROWS + 1] if has_header else rows[:_SAMPLE_ROWS])


def read(path: Path, layout: Layout) -> Iterator[Block]:
    """The rows below the header, block by block; the same blocks at every reading."""
    waiting_for_header = layout.has_header
    blocks = xlsx_blocks(path) if layout.format is TableFormat.XLSX else csv_blocks(path, layout)
    for block in blocks:
        if waiting_for_header and (first := _first_filled(block)) is not None:
            waiting_for_header = False
            yield replace(block, rows=block.rows[first + 1 :], lines=block.lines[first + 1 :])
        elif not waiting_for_header:
            yield block


def _csv_layout(head: bytes) -> Layout:
    encoding = guess_encoding(head)
    text = head.decode(encoding, "replace")
    if len(_CONTROL.findall(text[:4096])) > len(text[:4096]) * 0.05:
        raise NotText
    if said := _SEPARATOR_LINE.match(text):
        return Layout(TableFormat.CSV, (), True, encoding, delimiter=said[1], preamble=1)
    return Layout(TableFormat.CSV, (), True, encoding, delimiter=guess_delimiter(text))


def _first_rows(path: Path, layout: Layout) -> list[list[str]]:
    blocks = (
        xlsx_blocks(path)
        if layout.format is TableFormat.XLSX
        else csv_blocks(path, replace(layout, columns=("",) * MOST_COLUMNS))
    )
    for block in blocks:
        filled = [row for row in block.rows[: _SAMPLE_ROWS * 4] if any(cell.strip() for cell in row)]
        if filled:
            return filled
        if block.problems:
            raise FileRefused(block.problems[0].message)
    raise NothingInside


def _first_filled(block: Block) -> int | None:
    return next((at for at, row in enumerate(block.rows) if any(cell.strip() for cell in row)), None)


def _names(header: list[str], has_header: bool) -> tuple[str, ...]:
    """Column names without blanks at the end; a column without a name is called by its letter."""
    names = [" ".join(cell.split())[:64] if has_header else "" for cell in header]
    if has_header:
        while len(names) > 1 and not names[-1]:
            names.pop()
    return tuple(name or _letter(at) for at, name in enumerate(names))


def _letter(at: int) -> str:
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
