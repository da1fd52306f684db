"""Choose a template, fill its places, see what the person will read, and send it."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QDialog, QFrame, QVBoxLayout, QWidget

from desktop.inbox.templates import Place, filled, places, preview
from desktop.inbox.templates_presenter import TemplatesPresenter
from desktop.shell.async_view import AsyncView
from desktop.widgets.buttons import Kind
from desktop.widgets.dialog import Dialog
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.fields import Field, Select, TextField
from desktop.widgets.layouts import STRETCH, clear, column, holder
from desktop.widgets.skeleton import Skeleton
from desktop.widgets.text import Text
from embedded_server.contract.templates import TemplateOut
from embedded_server.contract.words import t

_LOWEST = 280


class TemplateDialog(Dialog):
    """``chosen`` carries the filled :class:`TemplateIn`, once."""

    chosen = Signal(object)

    def __init__(self, presenter: TemplatesPresenter, person: str, parent: QWidget) -> None:
        super().__init__(t("Send a template"), width=520, parent=parent)
        self._presenter = presenter
        presenter.setParent(self)
        self._templates: dict[str, TemplateOut] = {}
        self._fields: dict[str, Field] = {}
        self._build(person)
        self._wire()
        presenter.reload()

    def _build(self, person: str) -> None:
        self.select = Select()
        self.form: QVBoxLayout = column(gap="m")
        self.shown = Text("", wrap=True)
        frame = QFrame()
        frame.setProperty("card", True)
        frame.setLayout(column(self.shown, margins="m"))
        hint = t(
            "Without a message of {name} in the last 24 hours, WhatsApp takes only templates.", name=person
        )
        self._content = holder(
            column(
                Text(hint, "small", wrap=True),
                Field(t("Template"), self.select),
                self.form,
                Text(t("What the person will read"), "strong"),
                frame,
                STRETCH,
                gap="m",
            )
        )
        empty = EmptyState(
            "file-text",
            t("No approved template"),
            t("Create one in WhatsApp Manager; once Meta approves it, it appears here."),
        )
        self.loading = AsyncView(self._content, empty, skeleton=Skeleton(row_height=48, avatar=False))
        self.loading.setMinimumHeight(_LOWEST)
        self.add(self.loading)
        self.add_button(t("Cancel"), Kind.PLAIN, QDialog.DialogCode.Rejected)
        self.send = self.add_button(t("Send template"), Kind.PRIMARY)
        self.send.setEnabled(False)

    def _wire(self) -> None:
        self.loading.follow(self._presenter)
        self.loading.retry.connect(self._presenter.reload)
        self._presenter.loaded.connect(self._on_loaded)
        self.select.chosen.connect(lambda _: self._show_form())
        self.send.clicked.connect(self._on_send)

    def _on_loaded(self, templates: list[TemplateOut]) -> None:
        self._templates = {str(template.id): template for template in templates}
        self.select.show_items(
            [(key, f"{one.name} · {one.language}") for key, one in self._templates.items()]
        )
        self._show_form()

    def _template(self) -> TemplateOut | None:
        return self._templates.get(str(self.select.value()))

    def _show_form(self) -> None:
        clear(self.form)
        template = self._template()
        self._fields = {place.key: _field(place) for place in places(template)} if template else {}
        for field in self._fields.values():
            self.form.addWidget(field)
            editor = field.editor
            if isinstance(editor, TextField):
                editor.textChanged.connect(self._show_preview)
        self._show_preview()
        # The new fields have a height only after the layouts came round.
        QTimer.singleShot(0, self, self._fit)

    def _fit(self) -> None:
        """As high as the template needs, as long as the screen has room for that."""
        height = self._content.heightForWidth(self._content.width())
        self.loading.setMinimumHeight(max(_LOWEST, height, self._content.sizeHint().height()))
        self._room.updateGeometry()
        self.adjustSize()

    def _values(self) -> dict[str, str]:
        return {
            key: field.editor.text().strip()
            for key, field in self._fields.items()
            if isinstance(field.editor, TextField)
        }

    def _show_preview(self) -> None:
        template, values = self._template(), self._values()
        self.shown.show_text(preview(template, values) if template else "")
        self.send.setEnabled(template is not None and all(values.values()))

    def _on_send(self) -> None:
        if (template := self._template()) is not None:
            self.chosen.emit(filled(template, self._values()))
            self.accept()


def _field(place: Place) -> Field:
    hint = t("For example: {example}", example=place.example) if place.example else ""
    name = t("Variable {name}", name=place.name) if place.name.isdigit() else place.name
    return Field(name, TextField(), hint=hint, required=True)
