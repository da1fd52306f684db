"""An approved template: which one, and what stands in the places it leaves open."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from desktop.campaigns.wizard import forms
from desktop.campaigns.wizard.choices import Choices
from desktop.campaigns.wizard.forms import Slot, SlotKind
from desktop.campaigns.wizard.plan import Plan
from desktop.campaigns.wizard.variables import variables_menu
from desktop.widgets.badge import Badge
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.fields import Field, Select, TextField
from desktop.widgets.layouts import STRETCH, clear, column, holder, row
from desktop.widgets.text import Text
from embedded_server.contract.labels import TEMPLATE_STATES, vendor_label
from embedded_server.contract.templates import TemplateOut
from embedded_server.contract.words import t

APPROVED = "APPROVED"
_LONGEST_VALUE = 1_000


class TemplateEditor(QWidget):
    """``chosen`` carries the template, ``filled`` all values; ``sync`` asks Meta for its list."""

    chosen = Signal(object)
    filled = Signal(object)
    sync = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._choices = Choices()
        self._template: TemplateOut | None = None
        self.inputs: dict[str, QLineEdit] = {}
        self._build()
        self.select.chosen.connect(self._choose)
        self.fetch.clicked.connect(self.sync)

    def show_plan(self, plan: Plan, choices: Choices) -> None:
        self._choices = choices
        listed = sorted(choices.templates, key=lambda one: (one.status != APPROVED, one.name, one.language))
        items: list[tuple[object, str]] = [(None, t("Choose a template"))]
        items += [(one.id, _title(one)) for one in listed]
        self.select.show_items(items)
        self.select.choose(plan.template.id if plan.template else None)
        self.nothing.setVisible(not listed)
        self.gone.setVisible(plan.kept is not None)
        if plan.kept is not None:
            self.gone.show_text(
                t("The template “{name}” is no longer in Meta's list. Choose another.", name=plan.kept.name)
            )
        self._show_template(plan.template, plan.values)

    def show_busy(self, is_busy: bool) -> None:
        self.fetch.setEnabled(not is_busy)

    def values(self) -> dict[str, str]:
        return {key: line.text() for key, line in self.inputs.items()}

    def _show_template(self, template: TemplateOut | None, values: Mapping[str, str]) -> None:
        is_same = template is not None and self._template is not None and template.id == self._template.id
        self._template = template
        self.about.setVisible(template is not None)
        if template is None:
            clear(self.form)
            self.inputs = {}
            return
        self.badge.show_label(vendor_label(TEMPLATE_STATES, template.status))
        self.text.show_text(forms.shown(template, {}))
        if is_same and self.inputs:
            return
        clear(self.form)
        self.inputs = {}
        for slot in forms.slots(template):
            self.form.addWidget(self._input(slot, values.get(slot.key, "")))

    def _input(self, slot: Slot, value: str) -> QWidget:
        line = TextField(_placeholder(slot))
        line.setMaxLength(_LONGEST_VALUE)
        line.setText(value)
        line.textChanged.connect(lambda _: self.filled.emit(self.values()))
        self.inputs[slot.key] = line
        hint = t("Example: {example}", example=slot.example) if slot.example else ""
        field = Field(_name(slot), line, hint=hint, required=True)
        if slot.kind is not SlotKind.TEXT:
            return field
        name = t("Insert variable into {field}", field=_name(slot))
        menu = IconButton("braces", name)
        menu.clicked.connect(lambda: variables_menu(self._choices, line.insert).popup_below(menu))
        button = column(menu, STRETCH, gap="")
        button.setContentsMargins(0, 22, 0, 0)
        both = row(gap="xs")
        both.addWidget(field, 1)
        both.addLayout(button)
        return holder(both)

    def _choose(self, template_id: object) -> None:
        found = next((one for one in self._choices.templates if one.id == template_id), None)
        if found is not None and not forms.is_fillable(found):
            self.problem.show_text(
                t("This template has a part that cannot be filled in here. Choose another.")
            )
            self.problem.show()
            self.select.choose(self._template.id if self._template else None)
            return
        self.problem.hide()
        self.chosen.emit(found)

    def _build(self) -> None:
        self.select = Select([(None, t("Choose a template"))])
        self.fetch = Button(t("Fetch from Meta"), icon="refresh-cw")
        self.field = Field(t("Template"), self.select)
        line = row(gap="s")
        line.addWidget(self.field, 1)
        bottom = column(self.fetch, gap="")
        bottom.setContentsMargins(0, 22, 0, 0)
        line.addLayout(bottom)
        self.nothing = Text(
            t("This number has no templates yet. Make them at Meta, then fetch them here."),
            "small",
            wrap=True,
        )
        self.gone = Text(role="small", color="orange", wrap=True)
        self.problem = Text(role="small", color="red", wrap=True)
        self.problem.hide()
        self.badge, self.text = Badge(), Text(role="small", wrap=True)
        self.about = holder(column(row(self.badge, STRETCH), self.text, gap="s"))
        self.form: QVBoxLayout = column(gap="m")
        self.setLayout(
            column(line, self.nothing, self.gone, self.problem, self.about, self.form, STRETCH, gap="m")
        )


def _title(template: TemplateOut) -> str:
    said = f"{template.name} · {template.language}"
    if template.status != APPROVED:
        said += f" — {t(vendor_label(TEMPLATE_STATES, template.status).message)}"
    return said


def _name(slot: Slot) -> str:
    match slot.kind:
        case SlotKind.FILE:
            return t("Address of the file at the top")
        case SlotKind.CODE:
            return t("Coupon code")
    if slot.part == "button":
        return t("End of the button's address")
    name = f"{{{{{slot.name}}}}}"
    return t("{variable} at the top", variable=name) if slot.part == "header" else name


def _placeholder(slot: Slot) -> str:
    if slot.kind is SlotKind.FILE:
        return "https://"
    return t("A text or a variable") if slot.kind is SlotKind.TEXT else ""
