"""Turns rows into contacts to be: numbers made canonical, repetitions dropped, cells cleaned. No database.

This is the inner loop of an import: about 6 µs a row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from operator import itemgetter

import orjson

from engine.contacts.folding import fold, printable
from engine.contacts.importing.mapping import Mapping
from engine.contacts.importing.table import Block, RowFault, RowProblem, excerpt, row_problem
from engine.contacts.phone import Phone, PhoneProblem, parse

LONGEST_NAME = 200
LONGEST_EMAIL = 254
LONGEST_FIELD = 1_000
LONGEST_NOTE = 10_000
MOST_TAGS = 20
_MOST_REMEMBERED = 5_000
#: Problems kept of one file; all are counted.
MOST_PROBLEMS = 1_000
LONGEST_TAG = 50


@dataclass(slots=True)
class Batch:
    """What some rows came to. Every filled row is counted in ``rows`` and ends in exactly one place."""

    rows: int = 0
    duplicates: int = 0
    invalid: int = 0
    position: int = 0
    #: One contact each: match key, E.164, name, folded name, email and custom fields as JSON, between tabs.
    #: Text and no object, because an import makes a million of them; it sorts by the key.
    drafts: list[str] = field(default_factory=list)
    #: By match key; most lists have none.
    notes: dict[str, str] = field(default_factory=dict)
    tags: list[tuple[str, str]] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)


class Drafting:
    """Drafts one file. Remembers every number it met: a number that comes again is a duplicate.

    The first row of a number wins. Memory: about 70 bytes a number.
    """

    def __init__(self, mapping: Mapping, columns: tuple[str, ...], region: str) -> None:
        self._mapping = mapping
        self._columns = columns
        self._region = region
        self._has_extras = mapping.notes is not None or mapping.tags is not None
        self._seen: set[int] = set()
        self._name_at = mapping.name[0] if len(mapping.name) == 1 else None
        #: One cell, or a tuple of them.
        self._custom_cells = itemgetter(*(at for at, _ in mapping.custom)) if mapping.custom else None
        #: JSON of combinations met before: cities and the like come again and again.
        self._custom: dict[str | tuple[str, ...], str] = {}

    def add(self, block: Block, batch: Batch, *, keep: bool = True) -> None:
        """Add a block's rows to ``batch``; with ``keep=False`` only count them and remember their numbers."""
        batch.position = block.position
        for problem in block.problems:
            _refuse(batch, problem)
        first, width, region, seen = self._mapping.phones[0], len(self._columns), self._region, self._seen
        for line, row in zip(block.lines, block.rows, strict=True):
            cells = row if len(row) == width else _fit(batch, line, row, width)
            if cells is None:
                continue
            reading = parse(cells[first], region)
            phone = reading if isinstance(reading, Phone) else self._look_again(batch, line, cells, reading)
            if phone is None:
                continue
            batch.rows += 1
            if (number := int(phone.key)) in seen:
                batch.duplicates += 1
                continue
            seen.add(number)
            if keep:
                batch.drafts.append(self._draft(phone, cells))
                if self._has_extras:
                    self._add_extras(batch, phone.key, cells)

    def _look_again(self, batch: Batch, line: int, row: list[str], problem: PhoneProblem) -> Phone | None:
        """The number in another column; else the row is refused, or skipped when it is blank."""
        at_fault = self._mapping.phones[0]
        for column in self._mapping.phones[1:]:
            phone = parse(row[column], self._region)
            if isinstance(phone, Phone):
                return phone
            if problem is PhoneProblem.EMPTY:
                problem, at_fault = phone, column
        if problem is not PhoneProblem.EMPTY or any(map(str.strip, row)):
            cell = excerpt(row[at_fault])
            column_name = self._columns[at_fault]
            _refuse(batch, RowProblem(line, problem.value, problem.message, column_name, cell))
        return None

    def _draft(self, phone: Phone, row: list[str]) -> str:
        mapping, at = self._mapping, self._name_at
        raw = row[at] if at is not None else " ".join([row[at] for at in mapping.name])
        name = printable(raw)[:LONGEST_NAME]
        email = "" if mapping.email is None else _email(row[mapping.email])
        folded = name.lower() if name.isascii() else fold(name)  # its blanks are single already
        custom = "{}"
        if self._custom_cells is not None:
            cells = self._custom_cells(row)
            custom = self._custom.get(cells) or self._custom_json(cells)
        return f"{phone.key}\t{phone.e164}\t{name}\t{folded}\t{email}\t{custom}"

    def _add_extras(self, batch: Batch, key: str, row: list[str]) -> None:
        notes, tags = self._mapping.notes, self._mapping.tags
        if notes is not None and (note := row[notes].strip()):
            batch.notes[key] = note[:LONGEST_NOTE]
        if tags is not None:
            batch.tags.extend((key, tag) for tag in _tags(row[tags]))

    def _custom_json(self, cells: str | tuple[str, ...]) -> str:
        values = (cells,) if isinstance(cells, str) else cells
        named = zip(self._mapping.custom, values, strict=True)
        fields = {name: printable(value)[:LONGEST_FIELD] for (_, name), value in named if value.strip()}
        text = orjson.dumps(fields).decode()
        if len(self._custom) < _MOST_REMEMBERED:
            self._custom[cells] = text
        return text


def _fit(batch: Batch, line: int, row: list[str], width: int) -> list[str] | None:
    """The row with as many cells as the header; None when it is blank or has something beyond it."""
    if any(map(str.strip, row[width:])):
        _refuse(batch, row_problem(line, RowFault.TOO_MANY_CELLS, " ".join(row[width : width + 8])))
        return None
    if not any(map(str.strip, row)):
        return None
    return row[:width] + [""] * (width - len(row))


def _refuse(batch: Batch, problem: RowProblem) -> None:
    batch.rows += 1
    batch.invalid += 1
    if len(batch.problems) < MOST_PROBLEMS:
        batch.problems.append(problem)


def _email(text: str) -> str:
    """The address when it looks like one; a wrong one is no reason to lose the contact."""
    text = text.strip()
    return text if len(text) <= LONGEST_EMAIL and _EMAIL.fullmatch(text) else ""


def _tags(text: str) -> tuple[str, ...]:
    names = (printable(name)[:LONGEST_TAG] for name in _BETWEEN_TAGS.split(text))
    return tuple(dict.fromkeys(name for name in names if name))[:MOST_TAGS]


_EMAIL = re.compile(r"[^\s@\\\x00-\x1f]+@[^\s@\\\x00-\x1f]+\.[^\s@\\\x00-\x1f]+")
_BETWEEN_TAGS = re.compile(r"[;,|]|:::")
