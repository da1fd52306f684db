"""The second step: which column of the file means what."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop.contacts.importing.options_card import OptionsCard
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.card import Card
from desktop.widgets.dialog import Dialog
from desktop.widgets.fields import Field, Select, TextField
from desktop.widgets.layouts import STRETCH, clear, column, holder, row
from desktop.widgets.text import Text
from embedded_server.contract.imports import ColumnOut, ColumnsOut, ImportOptions, ImportOut
from embedded_server.contract.words import mark, t, tn

CUSTOM = "custom:"
_OTHER = "other"
_TARGETS = {
    "phone": mark("Phone"),
    "name": mark("Name"),
    "first_name": mark("First name"),
    "last_name": mark("Last name"),
    "email": mark("E-mail"),
    "tags": mark("Tags"),
    "notes": mark("Notes"),
    "ignore": mark("Do not import"),
}
#: Columns that are shown until somebody asks for more: a file may have hundreds.
_BATCH = 40
#: Columns whose widgets are made in one go, so that the window never stands still.
_SLICE = 5
_SAMPLES = 3
_LONGEST = 64
_CHOICE = 240


class ColumnsStep(QWidget):
    """``touched`` follows every choice."""

    touched = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[ColumnLine] = []
        self._waiting: list[ColumnOut] = []
        self._fields: list[str] = []
        self._most = _BATCH
        self._slices = QTimer(self, interval=0)
        self._slices.timeout.connect(self._show_slice)
        self._build()
        self.more.clicked.connect(self._show_more)

    def show_columns(self, columns: ColumnsOut, job: ImportOut, fields: Sequence[str]) -> None:
        self._fields = list(fields)
        clear(self._lines)
        self.lines = []
        self._waiting, self._most = list(columns.columns), _BATCH
        self.file.show_text(job.file_name)
        self._show_slice()
        self._slices.start()
        self.options.show_options(job.options)
        self.show_trouble("")

    def show_trouble(self, sentence: str) -> None:
        self.trouble.show_text(sentence)
        self.trouble.setVisible(bool(sentence))

    def mapping(self) -> dict[str, str]:
        """What was chosen; columns that are not shown yet stay as they were guessed."""
        shown = {line.position: line.target() for line in self.lines}
        return shown | {column.position: column.target for column in self._waiting}

    def chosen_options(self) -> ImportOptions | None:
        return self.options.options()

    def _build(self) -> None:
        self.file = Text("", "strong", elided=True)
        self.card = Card(t("What each column means"))
        self._lines = column(gap="s")
        self.more = Button("", kind=Kind.QUIET)
        self.trouble = Text("", "small", color="red", wrap=True)
        self.trouble.hide()
        self.card.add(self._lines)
        self.card.add(row(self.more, STRETCH))
        self.options = OptionsCard()
        self.setLayout(column(self.file, self.trouble, self.card, self.options, STRETCH))

    def _show_more(self) -> None:
        self._most += _BATCH
        self._slices.start()

    def _show_slice(self) -> None:
        room = min(_SLICE, self._most - len(self.lines))
        made, self._waiting = self._waiting[:room], self._waiting[room:]
        for one in made:
            line = ColumnLine(one, self._fields)
            line.touched.connect(self._on_touched)
            self.lines.append(line)
            self._lines.addWidget(line)
        rest = len(self._waiting)
        if not rest or len(self.lines) >= self._most:
            self._slices.stop()
        self.more.show_text(tn("Show {count} more column", "Show {count} more columns", rest))
        self.more.setVisible(rest > 0)

    def _on_touched(self) -> None:
        self.show_trouble("")
        self.touched.emit()


class ColumnLine(QWidget):
    """One column of the file, its first cells, and what it is taken for."""

    touched = Signal()

    def __init__(self, column_: ColumnOut, fields: Sequence[str]) -> None:
        super().__init__()
        self.position, self._name = column_.position, column_.name or t("Column {n}", n=column_.position)
        self._last = column_.target[: len(CUSTOM) + _LONGEST]
        self._targets = list(dict.fromkeys([*_targets(column_, fields), self._last]))
        self.choice = Select(self._items())
        self.choice.choose(self._last)
        self.choice.setFixedWidth(_CHOICE)
        self.choice.setAccessibleName(t("Column {name} is", name=self._name))
        sample = " · ".join(cell for cell in column_.sample[:_SAMPLES] if cell)
        what = column(Text(self._name, "strong", elided=True), Text(sample, "small", elided=True), gap="")
        line = row(holder(what), self.choice, gap="m")
        line.setStretch(0, 1)
        self.setLayout(line)
        self.choice.chosen.connect(self._on_chosen)

    def target(self) -> str:
        return str(self.choice.value())

    def take_field(self, name: str) -> None:
        """A field of this name, which may be new."""
        target = f"{CUSTOM}{name}"
        if target not in self._targets:
            self._targets.append(target)
            self.choice.show_items(self._items())
        self.choice.choose(target)
        self._last = target
        self.touched.emit()

    def _items(self) -> list[tuple[object, str]]:
        return [*((target, _word(target)) for target in self._targets), (_OTHER, t("Another field…"))]

    def _on_chosen(self, target: object) -> None:
        if target != _OTHER:
            self._last = str(target)
            self.touched.emit()
            return
        self.choice.choose(self._last)
        dialog = FieldNameDialog(self._name, self)
        dialog.named.connect(self.take_field)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


class FieldNameDialog(Dialog):
    """``named`` carries the name of a custom field."""

    named = Signal(str)

    def __init__(self, proposed: str, parent: QWidget) -> None:
        super().__init__(t("Another field"), parent=parent)
        self.name = TextField()
        self.name.setMaxLength(_LONGEST)
        self.name.setText(proposed)
        self.field = Field(t("Name of the field"), self.name)
        self.add(self.field)
        self.add_button(t("Cancel"), result=self.DialogCode.Rejected)
        self.add_button(t("Use this field"), Kind.PRIMARY).clicked.connect(self._tell)
        self.name.selectAll()
        self.name.setFocus()

    def _tell(self) -> None:
        if name := " ".join(self.name.text().split()):
            self.named.emit(name)
            self.accept()
        else:
            self.field.show_error(t("Give the field a name."))


def _targets(column_: ColumnOut, fields: Sequence[str]) -> list[str]:
    """What can be chosen: parts of a contact, fields there are, and one called as the column."""
    custom = [f"{CUSTOM}{name}" for name in fields]
    own = [f"{CUSTOM}{column_.name}"[: len(CUSTOM) + _LONGEST]] if column_.name else []
    return [*_TARGETS, *custom, *own]


def _word(target: str) -> str:
    if target.startswith(CUSTOM):
        return t("Field: {name}", name=target.removeprefix(CUSTOM))
    return t(_TARGETS[target])
