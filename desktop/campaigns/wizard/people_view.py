"""Choosing contacts one by one: a search at the left, who is chosen at the right."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.widgets import formats
from desktop.widgets.cells import NameCell
from desktop.widgets.fields import SearchField
from desktop.widgets.layouts import column, row
from desktop.widgets.table import Column, RowsModel, Table, framed
from desktop.widgets.text import Text
from embedded_server.contract.contacts import ContactOut
from embedded_server.contract.words import t, tn, tp

#: What a campaign takes on one list.
MOST = 5_000
_ROW, _HEIGHT = 52, 260

Person = tuple[UUID, str, str]


class PeopleView(QWidget):
    """``searched`` asks for contacts; ``changed`` says that :attr:`chosen` is another."""

    searched = Signal(str)
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.chosen: dict[UUID, str] = {}
        self._build()
        self._wire()

    def show_chosen(self, people: dict[UUID, str]) -> None:
        self.chosen = dict(people)
        self._show()

    def show_found(self, contacts: Sequence[ContactOut]) -> None:
        self.found.replace_all([_person(contact) for contact in contacts])
        self.nobody.setVisible(not contacts)

    def _build(self) -> None:
        self.search = SearchField(t("Search by name or number"))
        self.found: RowsModel[Person] = _model(tp("contacts", "Found"), t("Add"), self)
        self.people: RowsModel[Person] = _model(tp("contacts", "Chosen"), t("Remove"), self)
        self.found_table, self.chosen_table = _table(), _table()
        self.found_table.show_rows(self.found)
        self.chosen_table.show_rows(self.people)
        self.found_table.setAccessibleName(t("Contacts found: Enter adds one"))
        self.chosen_table.setAccessibleName(t("Contacts chosen: Enter removes one"))
        self.nobody = Text(t("Nobody found"), "small")
        self.nobody.hide()
        self.count = Text(role="small")
        left = column(self.search, framed(self.found_table), self.nobody, gap="s")
        right = column(self.count, framed(self.chosen_table), gap="s")
        both = row(gap="m")
        both.addLayout(left, 1)
        both.addLayout(right, 1)
        self.count.setFixedHeight(self.search.sizeHint().height())
        self.setLayout(both)
        self._show()

    def _wire(self) -> None:
        self.search.searched.connect(self.searched)
        self.found_table.opened.connect(self._add)
        self.chosen_table.opened.connect(self._remove)

    def _add(self, key: UUID) -> None:
        person = self.found.find(key)
        if person is not None and key not in self.chosen and len(self.chosen) < MOST:
            self.chosen[key] = person[1]
            self._show()
            self.changed.emit()

    def _remove(self, key: UUID) -> None:
        if self.chosen.pop(key, None) is not None:
            self._show()
            self.changed.emit()

    def _show(self) -> None:
        self.people.replace_all([(id_, name, "") for id_, name in self.chosen.items()])
        chosen = len(self.chosen)
        self.count.show_text(
            tn("{count} contact chosen", "{count} contacts chosen", chosen)
            if chosen
            else t("Click a contact to add it.")
        )


def _model(title: str, verb: str, parent: QWidget) -> RowsModel[Person]:
    columns: list[Column[Person]] = [
        Column(title, lambda person: person[1] or t("No name"), cell=NameCell(lambda person: person[2])),
        Column("", lambda _: verb, width=90, right=True),
    ]
    return RowsModel(columns, key=lambda person: person[0], parent=parent)


def _table() -> Table:
    table = Table(row_height=_ROW, pane="raised")
    table.setFixedHeight(_HEIGHT)
    return table


def _person(contact: ContactOut) -> Person:
    address = contact.addresses[0].value if contact.addresses else ""
    name = contact.name or formats.phone(address)
    return contact.id, name, formats.phone(address) if contact.name else ""
