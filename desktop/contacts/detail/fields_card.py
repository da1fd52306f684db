"""Custom fields of a contact: each edited in place, new ones named, old ones taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QCompleter, QHBoxLayout

from desktop.contacts.in_place import InPlace
from desktop.widgets.buttons import Button, IconButton, Kind
from desktop.widgets.card import Card
from desktop.widgets.fields import Field, TextField
from desktop.widgets.layouts import STRETCH, clear, column, holder, row
from desktop.widgets.text import Text
from embedded_server.contract.words import t


class FieldsCard(Card):
    """``kept`` carries a name and its new text; an empty one takes the field away."""

    kept = Signal(str, str)

    def __init__(self, *, may_change: bool) -> None:
        super().__init__(t("Fields"))
        self._may_change = may_change
        self.lines: dict[str, InPlace] = {}
        self._names = QStringListModel(self)
        self._build()
        self._wire()

    def know(self, names: Sequence[str]) -> None:
        """Fields other contacts have."""
        self._names.setStringList(list(names))

    def show_fields(self, fields: Mapping[str, object], *, is_other: bool) -> None:
        if is_other:
            self._show_new(visible=False)
        names = sorted(fields, key=str.casefold)
        if names != list(self.lines):
            self._rebuild(names)
        for name, value in fields.items():
            self.lines[name].show_value(str(value), is_other=is_other)
        self.none.setVisible(not fields)

    def show_error(self, text: str) -> None:
        """Below the field that is being changed."""
        dirty = next((line for line in self.lines.values() if line.is_dirty), None)
        (dirty or self.value_field).show_error(text)
        if dirty is None:
            self._show_new(visible=True)

    def praise(self) -> None:
        for line in self.lines.values():
            if line.line.hasFocus():
                line.praise()

    def _build(self) -> None:
        self.add_button = IconButton("plus", t("Add a field"))
        self.header.addWidget(self.add_button)
        self.add_button.setVisible(self._may_change)
        self.none = Text(t("No fields"), "small")
        self._column = column(gap="s")
        self.name, self.value = TextField(t("For example: City")), TextField()
        completer = QCompleter(self._names, self.name)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.name.setCompleter(completer)
        self.name_field, self.value_field = Field(t("Field"), self.name), Field(t("Value"), self.value)
        self.save, self.give_up = Button(t("Add"), kind=Kind.PRIMARY), Button(t("Cancel"))
        buttons = row(STRETCH, self.give_up, self.save)
        self.new = holder(column(self.name_field, self.value_field, buttons, gap="s"))
        self.new.hide()
        self.add(self.none)
        self.add(self._column)
        self.add(self.new)

    def _wire(self) -> None:
        self.add_button.clicked.connect(lambda: self._show_new(visible=True))
        self.give_up.clicked.connect(lambda: self._show_new(visible=False))
        self.save.clicked.connect(self._keep_new)
        self.value.returnPressed.connect(self._keep_new)
        self.name.textEdited.connect(lambda _: self.name_field.clear_error())

    def _show_new(self, *, visible: bool) -> None:
        if visible and not self.new.isVisible():
            self.name.clear()
            self.value.clear()
            self.name_field.clear_error()
            self.value_field.clear_error()
        self.new.setVisible(visible)
        if visible:
            self.name.setFocus()

    def _keep_new(self) -> None:
        name, value = " ".join(self.name.text().split()), self.value.text().strip()
        if not name:
            self.name_field.show_error(t("Give the field a name."))
            self.name.setFocus()
        elif not value:
            self.value_field.show_error(t("A field needs a value."))
            self.value.setFocus()
        else:
            self.new.hide()
            self.kept.emit(name, value)

    def _rebuild(self, names: list[str]) -> None:
        clear(self._column)
        self.lines = {name: InPlace(name) for name in names}
        for name, line in self.lines.items():
            self._column.addLayout(self._line(name, line))

    def _line(self, name: str, line: InPlace) -> QHBoxLayout:
        line.let(edit=self._may_change)
        line.kept.connect(lambda text: self.kept.emit(name, text))
        away = IconButton("trash-2", t("Remove field {name}", name=name))
        away.clicked.connect(lambda: self.kept.emit(name, ""))
        if not self._may_change:
            away.hide()
        together = row(line, column(STRETCH, away, gap=""), gap="xs")
        together.setStretch(0, 1)
        return together
