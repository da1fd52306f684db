"""Rows of the first sheet of an XLSX, streamed; the archive is measured before anything is unpacked."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from defusedxml import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from engine.contacts.importing.table import Block, FileRefused, FileTooLarge

_ROWS = 5_000
#: Unpacked sizes. Shared strings are held in memory while the sheet is streamed.
_LARGEST_STRINGS = 96 * 1_048_576
_LARGEST_ARCHIVE = 2_048 * 1_048_576

_BROKEN = (BadZipFile, InvalidFileException, DefusedXmlException, ParseError, KeyError, ValueError, OSError)


class NotASpreadsheet(FileRefused):
    """This is not an XLSX workbook we can read. Save it as XLSX or CSV and try again."""


def xlsx_blocks(path: Path) -> Iterator[Block]:
    """Every row of the first sheet. Raises :class:`NotASpreadsheet` or :class:`FileTooLarge`."""
    try:
        _measure(path)
        with path.open("rb") as file:  # by its name alone openpyxl would want it to end in .xlsx
            workbook = _open(file)
            try:
                yield from _blocks(workbook, path.stat().st_size)
            finally:
                workbook.close()
    except _BROKEN as error:
        raise NotASpreadsheet from error


def _open(file: BinaryIO) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl comments on styles nobody here looks at
        return load_workbook(file, read_only=True, data_only=True, keep_links=False)


def _measure(path: Path) -> None:
    with ZipFile(path) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    strings = max((size for name, size in sizes.items() if name.endswith("sharedStrings.xml")), default=0)
    if strings > _LARGEST_STRINGS or sum(sizes.values()) > _LARGEST_ARCHIVE:
        raise FileTooLarge


def _blocks(workbook: Any, size: int) -> Iterator[Block]:
    sheet = workbook.worksheets[0]
    promised = sheet.max_row or 0
    sheet.reset_dimensions()  # files lie about them, and a lie costs memory
    numbered = enumerate(sheet.iter_rows(values_only=True), start=1)
    while some := list(islice(numbered, _ROWS)):
        kept = [(line, [_text(value) for value in values]) for line, values in some if any(values)]
        read = min(size, size * some[-1][0] // promised) if promised else 0
        yield Block([row for _, row in kept], [line for line, _ in kept], [], position=read)


def _text(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "sim" if value else "não"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time.min:
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date | time) else str(value)
