"""Cuts a file into chunks ready for COPY. Runs in a thread while PostgreSQL takes the chunk before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from engine.contacts.importing.drafts import MOST_PROBLEMS, Batch, Drafting
from engine.contacts.importing.order import Order
from engine.contacts.importing.reader import read
from engine.contacts.importing.row_ids import ascending_ids
from engine.contacts.importing.table import FileRefused, RowProblem
from engine.vault import CompanyKeys

#: Rows after which a chunk is full: one transaction, and a stage that fits in a session's temporary buffers.
CHUNK_ROWS = 25_000


class FileChanged(FileRefused):
    """The file is not the one this import began with. Start a new import."""


class FileUnreadable(FileRefused):
    """The file could not be read from the disk."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive rows, digested."""

    rows: int
    duplicates: int
    invalid: int
    position: int
    #: What ``COPY import_stage`` takes: one line a contact, by ascending key.
    data: bytes = field(repr=False)
    #: (match key, tag) for tags that came with a row.
    tags: list[tuple[str, str]] = field(repr=False)
    problems: list[RowProblem] = field(repr=False)

    def keys(self) -> list[str]:
        """Match keys of the contacts, ascending."""
        return [line.split("\t", 2)[1] for line in self.data.decode().split("\n")[:-1]]


def chunks(order: Order, keys: CompanyKeys, *, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
    """The part of a file that was not imported yet. ``keys`` seal the notes.

    Rows imported before are read again, for their numbers: repetitions are told exactly as in one go.

    Raises:
        FileRefused: the file cannot be read, or is not the one of the first time.
    """
    try:
        yield from _chunks(order, keys, rows)
    except OSError as error:
        raise FileUnreadable from error


def _chunks(order: Order, keys: CompanyKeys, rows: int) -> Iterator[Chunk]:
    drafting = Drafting(order.mapping, order.layout.columns, order.options.region)
    batch, past, room = Batch(), 0, MOST_PROBLEMS
    for block in read(order.path, order.layout):
        drafting.add(block, batch, keep=past >= order.rows_read)
        if past < order.rows_read:
            past, room, batch = past + batch.rows, room - len(batch.problems), Batch()
            if past > order.rows_read:
                raise FileChanged
        elif batch.rows >= rows:
            yield _chunk(batch, room, keys)
            room, batch = room - len(batch.problems), Batch()
    if past < order.rows_read:
        raise FileChanged
    if batch.rows:
        yield _chunk(batch, room, keys)


def _chunk(batch: Batch, room: int, keys: CompanyKeys) -> Chunk:
    batch.drafts.sort()
    return Chunk(
        batch.rows,
        batch.duplicates,
        batch.invalid,
        batch.position,
        _copy_text(batch, keys).encode(),
        batch.tags,
        batch.problems[: max(0, room)],
    )


def _copy_text(batch: Batch, keys: CompanyKeys) -> str:
    """Lines for ``COPY … (NULL '')``: cells hold no tab and no line end, so only backslashes need care."""
    drafts, ids = batch.drafts, ascending_ids(len(batch.drafts))
    if batch.notes:
        notes = _sealed_notes(batch, ids, keys)
        lines = [f"{row}\t{draft}\t{note}\n" for row, draft, note in zip(ids, drafts, notes, strict=True)]
    else:
        lines = [f"{row}\t{draft}\t\n" for row, draft in zip(ids, drafts, strict=True)]
    text = "".join(lines)
    return text.replace("\\", "\\\\") if "\\" in text else text


def _sealed_notes(batch: Batch, ids: list[str], keys: CompanyKeys) -> list[str]:
    written = [batch.notes.get(draft.partition("\t")[0]) for draft in batch.drafts]
    rows = [(UUID(row), note.encode()) for row, note in zip(ids, written, strict=True) if note]
    cells = iter(keys.seal_many("contact", "notes", rows))
    return [rf"\x{next(cells).hex()}" if note else "" for note in written]
