"""Builds a segment: a name, conditions, and how many people they find while they are being written."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop.contacts.groups import conditions
from desktop.contacts.groups.condition_row import ConditionRow
from desktop.contacts.groups.conditions import Condition
from desktop.contacts.groups.presenter import GroupsPresenter
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.dialog import Confirm, Dialog
from desktop.widgets.fields import Field, TextField
from desktop.widgets.layouts import STRETCH, column, holder, row
from desktop.widgets.segmented import Segmented
from desktop.widgets.text import Text
from embedded_server.contract.contacts import SegmentOut
from embedded_server.contract.words import t, tn

_TRY_MS = 300
_MOST = 100
_HEIGHT = 600


class SegmentDialog(Dialog):
    """``kept`` carries the segment once the appliance has it."""

    kept = Signal(object)

    def __init__(self, presenter: GroupsPresenter, segment: SegmentOut | None, parent: QWidget) -> None:
        super().__init__(t("Edit segment") if segment else t("New segment"), width=720, parent=parent)
        self._presenter, self._segment = presenter, segment
        self.rows: list[ConditionRow] = []
        self._late = QTimer(self, singleShot=True, interval=_TRY_MS)
        self._late.timeout.connect(self._try)
        self._known = conditions.read(segment.filter) if segment else (conditions.ALL, [])
        self._build()
        self._wire()
        self._fill()
        self.resize(self.minimumWidth(), min(_HEIGHT, parent.window().height() - 40))

    def filter(self) -> dict[str, object]:
        """What the segment asks now."""
        if self._segment and self._known is None:
            return self._segment.filter
        return conditions.write(self.mode.current(), [one.condition() for one in self.rows])

    def add_condition(self, condition: Condition) -> ConditionRow:
        made = ConditionRow(self._presenter.tags, self._presenter.fields, condition)
        made.changed.connect(self._on_change)
        made.dropped.connect(lambda: self._drop(made))
        self.rows.append(made)
        self._conditions.addWidget(made)
        self.more.setEnabled(len(self.rows) < _MOST)
        return made

    def _build(self) -> None:
        self.name = TextField(t("For example: VIP customers of Santos"))
        self.field = Field(t("Name"), self.name, required=True)
        self.mode = Segmented([(conditions.ALL, t("All conditions")), (conditions.ANY, t("Any condition"))])
        self._conditions = column(gap="s")
        self.more = Button(t("Add condition"), icon="plus", kind=Kind.QUIET)
        self.count = Text("", "strong")
        self.simple = holder(
            column(
                Text(t("Contacts belong to this segment when they meet"), "body"),
                row(self.mode, STRETCH),
                self._conditions,
                row(self.more, STRETCH),
            )
        )
        self.advanced = Text(
            t("This segment has conditions within conditions, which can be renamed here but not changed."),
            wrap=True,
        )
        for item in (self.field, self.simple, self.advanced, self.count):
            self.add(item)
        self.away = Button(t("Delete"), icon="trash-2")
        self.buttons.insertWidget(0, self.away)
        self.away.setVisible(self._segment is not None)
        self.add_button(t("Cancel"), result=self.DialogCode.Rejected)
        self.save = self.add_button(t("Save segment"), Kind.PRIMARY)

    def _wire(self) -> None:
        self.more.clicked.connect(lambda: self._on_added(self.add_condition(self._new())))
        self.mode.chosen.connect(lambda _: self._on_change())
        self.save.clicked.connect(self._save)
        self.away.clicked.connect(self._ask_to_remove)
        self.name.textEdited.connect(lambda _: self.field.clear_error())
        self._presenter.tried.connect(self._show_count)
        self._presenter.kept.connect(self._on_kept)
        self._presenter.removed.connect(self._on_removed)
        self._presenter.wrong.connect(self._on_wrong)

    def _fill(self) -> None:
        self.simple.setVisible(self._known is not None)
        self.advanced.setVisible(self._known is None)
        mode, known = self._known or (conditions.ALL, [])
        self.mode.choose(mode)
        for condition in known or [self._new()]:
            self.add_condition(condition)
        if self._segment:
            self.name.setText(self._segment.name)
        self.name.setFocus()
        self._try()

    def _on_added(self, made: ConditionRow) -> None:
        made.name.setFocus()
        self._on_change()

    def _drop(self, gone: ConditionRow) -> None:
        self.rows.remove(gone)
        self._conditions.removeWidget(gone)
        gone.hide()
        gone.deleteLater()
        self.more.setEnabled(True)
        self._on_change()

    def _on_change(self) -> None:
        self.count.show_text(t("Counting…") if self._is_complete() else t("Complete the conditions."))
        self._late.start()

    def _is_complete(self) -> bool:
        return self._known is None or conditions.is_complete([one.condition() for one in self.rows])

    def _try(self) -> None:
        if self._is_complete():
            self._presenter.try_filter(self.filter())
        else:
            self.count.show_text(t("Complete the conditions."))

    def _show_count(self, count: int | None) -> None:
        if not self._is_complete():
            return
        if count is None:
            self.count.show_text(t("These conditions are not understood."))
        else:
            self.count.show_text(tn("{count} contact", "{count} contacts", count))

    def _save(self) -> None:
        name = self.name.text().strip()
        if not name:
            self.field.show_error(t("Give the segment a name."))
            self.name.setFocus()
        elif not self._is_complete():
            self.count.show_text(t("Complete the conditions."))
        elif self._segment:
            self._presenter.change_segment(self._segment.id, name, self.filter())
        else:
            self._presenter.create_segment(name, self.filter())

    def _on_kept(self, kept: object) -> None:
        if isinstance(kept, SegmentOut):
            self.kept.emit(kept)
            self.accept()

    def _on_wrong(self, faults: dict[str, str]) -> None:
        self.field.show_error(" ".join(faults.values()))

    def _on_removed(self, id_: UUID) -> None:
        if self._segment and self._segment.id == id_:
            self.accept()

    def _ask_to_remove(self) -> None:
        segment = self._segment
        if segment is None:
            return
        text = t("The contacts in it stay. Campaigns that have not started and use it need another audience.")
        sure = Confirm(
            t("Delete segment {name}?", name=segment.name),
            text,
            verb=t("Delete segment"),
            danger=True,
            parent=self,
        )
        sure.accepted.connect(lambda: self._presenter.remove_segment(segment.id))
        sure.finished.connect(sure.deleteLater)
        sure.open()

    def _new(self) -> Condition:
        return Condition("tag", "has") if self._presenter.tags else Condition("name", "contains")
