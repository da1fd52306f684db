"""Rows of a CSV in bounded memory, whatever is wrong with it: one bad line costs one row."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO, TextIOWrapper
from pathlib import Path

from engine.contacts.importing.encoding import LENIENT
from engine.contacts.importing.table import Block, Layout, RowFault, RowProblem, row_problem

#: Characters read at once: about 6,000 rows. Chunks end where blocks do, so a change here makes imports that
#: are under way across an upgrade refuse to resume.
_READ = 524_288
_LONGEST_LINE = 1_048_576
#: Lines one quoted cell may span before its opening quote is taken for a slip.
_MOST_LINES = 64
#: Stands for a line that was too long to keep. NUL never comes from the file: it is dropped while reading.
_TOO_LONG = "\0"


def csv_blocks(path: Path, layout: Layout) -> Iterator[Block]:
    """Every row after the preamble, the header included."""
    parser = _Parser(layout.delimiter, layout.width)
    errors = "replace" if layout.encoding.startswith(("utf-16", "utf-32")) else LENIENT
    with (
        path.open("rb") as raw,
        TextIOWrapper(raw, encoding=layout.encoding, errors=errors, newline=None) as file,
    ):
        for _ in range(layout.preamble):
            file.readline(_LONGEST_LINE)
        parser.next_line += layout.preamble
        for lines in _lines(file):
            yield parser.parse(lines, position=raw.tell())
        yield parser.parse([], position=raw.tell(), at_end=True)


def _lines(file: TextIOWrapper) -> Iterator[list[str]]:
    """Whole lines, some at a time, each with its line end. An endless line becomes :data:`_TOO_LONG`."""
    rest = ""
    while text := file.read(_READ):
        text = rest + text.replace("\0", "")
        end = text.rfind("\n") + 1
        rest = text[end:]
        if len(rest) > _LONGEST_LINE:
            rest = _TOO_LONG
        if end:
            yield _split(text[:end])
    if rest:
        yield _split(rest)


def _split(text: str) -> list[str]:
    lines = list(StringIO(text, newline="\n"))  # splitlines would also cut at form feeds and U+2028
    if _TOO_LONG in text:
        return [_TOO_LONG if line[0] == _TOO_LONG else line for line in lines]
    return lines


@dataclass(slots=True)
class _Parsed:
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)


class _Parser:
    """Keeps what a record that crosses two blocks needs: its first lines."""

    def __init__(self, delimiter: str, width: int) -> None:
        self._delimiter = delimiter
        self._width = width
        self._open: list[str] = []
        self.next_line = 1

    def parse(self, fresh: list[str], *, position: int, at_end: bool = False) -> Block:
        lines = self._open + fresh
        self._open = []
        start, self.next_line = self.next_line, self.next_line + len(lines)
        rows = self._all_plain(lines)
        if rows is not None:
            return Block(rows, range(start, start + len(rows)), [], position)
        parsed = self._one_by_one(lines, start, at_end)
        self.next_line -= len(self._open)
        return Block(parsed.rows, parsed.lines, parsed.problems, position)

    def _all_plain(self, lines: list[str]) -> list[list[str]] | None:
        """The rows if every line is one row, which is nearly always and costs the least; else None."""
        if not lines or lines[-1].count('"') % 2 or _TOO_LONG in lines:
            return None
        try:
            rows = list(csv.reader(lines, delimiter=self._delimiter))
        except csv.Error:
            return None
        return rows if len(rows) == len(lines) else None

    def _one_by_one(self, lines: list[str], start: int, at_end: bool) -> _Parsed:
        parsed, at = _Parsed(), 0
        while at < len(lines):
            at = self._until_trouble(lines, at, start, parsed)
            if self._open and at_end:  # inside quotes: who opened them is at fault, the rest are rows
                at = len(lines) - len(self._open)
                parsed.problems.append(row_problem(start + at, RowFault.UNBALANCED_QUOTE, lines[at]))
                self._open, at = [], at + 1
        return parsed

    def _until_trouble(self, lines: list[str], at: int, start: int, parsed: _Parsed) -> int:
        """Read from line ``at``; answer where to go on after a bad line, or the end."""
        reader = csv.reader(lines[at:], delimiter=self._delimiter)
        done = 0
        try:
            for row in reader:
                record = lines[at + done : at + reader.line_num]
                if at + reader.line_num == len(lines) and self._is_open(record):
                    self._open = record
                    return len(lines)
                if fault := self._fault(row, record):
                    parsed.problems.append(row_problem(start + at + done, fault, record[0]))
                    return at + done + 1
                parsed.rows.append(row)
                parsed.lines.append(start + at + done)
                done = reader.line_num
        except csv.Error:
            fault = RowFault.UNBALANCED_QUOTE if reader.line_num - done > 1 else RowFault.CELL_TOO_LONG
            parsed.problems.append(row_problem(start + at + done, fault, lines[at + done]))
            return at + done + 1
        return len(lines)

    def _fault(self, row: list[str], record: Sequence[str]) -> RowFault | None:
        if row == [_TOO_LONG]:
            return RowFault.LINE_TOO_LONG
        if len(record) > 1 and (len(record) > _MOST_LINES or len(row) > self._width):
            return RowFault.UNBALANCED_QUOTE
        return None

    def _is_open(self, record: Sequence[str]) -> bool:
        """Whether a quoted cell goes on after ``record``."""
        if len(record) > _MOST_LINES or sum(line.count('"') for line in record) % 2 == 0:
            return False
        try:
            list(csv.reader(record, delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            return "end of data" in str(error)
        return False
