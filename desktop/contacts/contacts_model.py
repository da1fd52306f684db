"""The list of contacts: newest first, grown page by page, mended in place when somebody changes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Signal

from desktop.contacts.painting import SignCell, TagsCell
from desktop.contacts.rows import Person
from desktop.widgets import formats
from desktop.widgets.cells import MUTED, NameCell
from desktop.widgets.rows_model import Column, RowsModel
from embedded_server.contract import labels
from embedded_server.contract.words import t

Index = QModelIndex | QPersistentModelIndex

#: Rows that are numbered anew before changing them one by one costs more than showing them all again.
_MOST_NUMBERED = 100_000


class ContactsModel(RowsModel[Person]):
    """``more_wanted`` asks for the next page, as long as ``has_more``."""

    more_wanted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_columns(), key=lambda person: person.id, parent=parent)
        self.has_more = False

    def canFetchMore(self, parent: Index) -> bool:
        return self.has_more and not parent.isValid()

    def fetchMore(self, parent: Index) -> None:
        self.more_wanted.emit()

    def merge(self, fresh: Sequence[Person], asked: Collection[UUID]) -> None:
        """Bring the people asked about up to date; who is not among ``fresh`` is not in this list any more.

        Somebody new gets a place only where the rows around it are here.
        """
        known = {person.id for person in fresh}
        gone = {id_ for id_ in asked if id_ not in known}
        new = [person for person in fresh if self._has_place_for(person)]
        self._apply(gone, new)
        for person in fresh:
            if self.place(person.id) is not None:
                self.upsert(person)

    def drop(self, ids: Collection[UUID]) -> None:
        """Take people out of the list; who is not in it is no matter."""
        self._apply(set(ids), [])

    def _has_place_for(self, person: Person) -> bool:
        if self.place(person.id) is not None:
            return False
        return not self.has_more or (bool(self._rows) and person.id > self._rows[-1].id)

    def _apply(self, gone: set[UUID], new: Sequence[Person]) -> None:
        """Row by row where that is cheap: each step numbers all rows that follow."""
        here = [id_ for id_ in gone if self.place(id_) is not None]
        if (len(here) + len(new)) * len(self._rows) > _MOST_NUMBERED:
            kept = [row for row in self._rows if row.id not in gone]
            self.replace_all(sorted([*kept, *new], key=lambda row: row.id, reverse=True))
            return
        for id_ in here:
            self.remove(id_)
        for person in new:
            self._insert(person)

    def _insert(self, person: Person) -> None:
        place = bisect_left(self._rows, -person.id.int, key=lambda row: -row.id.int)
        self.beginInsertRows(QModelIndex(), place, place)
        self._rows.insert(place, person)
        self._number()
        self.endInsertRows()


def stopped_text(person: Person) -> str:
    """Where somebody must not be written to, in words; empty where everywhere is allowed."""
    if not person.opted_out:
        return ""
    return t("Do not write: {channels}", channels=", ".join(map(labels.text, person.opted_out)))


def _columns() -> list[Column[Person]]:
    tags, stopped = TagsCell(lambda person: person.tags), SignCell("ban", "red")
    return [
        Column(t("Name"), lambda p: p.name, stretch=3, cell=NameCell(lambda _: "", avatar=True)),
        Column(t("Phone"), lambda p: p.phone, width=170, cell=MUTED),
        Column(t("E-mail"), lambda p: p.email, stretch=2, cell=MUTED, drops_below=900),
        Column(t("Tags"), _tags, stretch=2, cell=tags, tip=_tags, drops_below=520),
        Column("", stopped_text, width=40, cell=stopped, tip=stopped_text),
        Column(t("Added"), _added, width=106, cell=MUTED, drops_below=780),
    ]


def _tags(person: Person) -> str:
    return ", ".join(one.name for one in person.tags)


def _added(person: Person) -> str:
    return formats.day(datetime.fromtimestamp(person.created, UTC))
