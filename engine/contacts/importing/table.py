"""What a file of contacts looks like to the rest of the import, whatever its format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from engine.errors import EngineError, Kind

#: A sheet wider than this is no list of contacts.
MOST_COLUMNS = 512
#: Characters one cell may hold; the same limit ``csv`` keeps.
LONGEST_CELL = 131_072
_EXCERPT = 80


class FileRefused(EngineError):
    """This file cannot be read as a list of contacts."""

    kind = Kind.INVALID


class TooManyColumns(FileRefused):
    """The file has more than 512 columns. Keep the ones that describe a contact."""


class NothingInside(FileRefused):
    """The file holds no rows."""


class FileTooLarge(FileRefused):
    """The file is too large. Split it into files of at most 200 MB."""

    kind = Kind.TOO_LARGE


class RowFault(StrEnum):
    """Why a row could not be read at all."""

    TOO_MANY_CELLS = "row_too_many_cells"
    UNBALANCED_QUOTE = "row_unbalanced_quote"
    LINE_TOO_LONG = "row_line_too_long"
    CELL_TOO_LONG = "row_cell_too_long"

    @property
    def message(self) -> str:
        return _FAULTS[self]


_FAULTS = {
    RowFault.TOO_MANY_CELLS: "This row has more cells than the header. Quotes may be missing.",
    RowFault.UNBALANCED_QUOTE: "A quotation mark on this line is never closed.",
    RowFault.LINE_TOO_LONG: "This line is longer than any contact can be.",
    RowFault.CELL_TOO_LONG: "A cell on this line holds more than 131,072 characters.",
}


class TableFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One row that cannot become a contact. ``line`` counts from 1, as a spreadsheet shows it."""

    line: int
    code: str
    message: str
    #: Header of the column at fault; None when it is the whole row.
    column: str | None = None
    excerpt: str = field(default="", repr=False)


def row_problem(line: int, fault: RowFault, text: str = "") -> RowProblem:
    return RowProblem(line, fault.value, fault.message, excerpt=excerpt(text))


def excerpt(text: str) -> str:
    """Enough of a cell to find it again."""
    return " ".join(text[: _EXCERPT * 2].split())[:_EXCERPT]


@dataclass(frozen=True, slots=True)
class Block:
    """Some consecutive rows. ``lines`` holds the line number of each row."""

    rows: list[list[str]] = field(repr=False)
    lines: Sequence[int]
    problems: list[RowProblem]
    #: Bytes of the file read so far; an estimate, good enough for a progress bar.
    position: int


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read one file. Kept with the job, so that a resumed import reads exactly as before."""

    format: TableFormat
    columns: tuple[str, ...]
    has_header: bool
    encoding: str = "utf-8"
    delimiter: str = ","
    #: Lines before the header that are no rows (``sep=;``).
    preamble: int = 0

    @property
    def width(self) -> int:
        return len(self.columns)

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"format": self.format.value, "columns": list(self.columns)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Layout:
        return cls(**values | {"format": TableFormat(values["format"]), "columns": tuple(values["columns"])})
