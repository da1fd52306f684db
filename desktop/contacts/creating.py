"""Adds somebody by hand."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.contacts.detail.presenter import DetailPresenter
from desktop.contacts.groups.presenter import GroupsPresenter
from desktop.contacts.tag_field import TagField
from desktop.widgets.buttons import Kind
from desktop.widgets.dialog import Dialog
from desktop.widgets.fields import Field, TextField
from desktop.widgets.text import Text
from embedded_server.contract.contacts import ContactOut, TagOut
from embedded_server.contract.words import t


class NewContactDialog(Dialog):
    """``created`` carries the contact once the appliance has it."""

    created = Signal(object)

    def __init__(self, presenter: DetailPresenter, groups: GroupsPresenter, parent: QWidget) -> None:
        super().__init__(t("New contact"), parent=parent)
        self._presenter, self._groups = presenter, groups
        self._tags: list[TagOut] = []
        self._build()
        self._wire()
        self.tags.know(groups.tags)
        self.name.setFocus()

    def _build(self) -> None:
        self.name = TextField()
        self.phone = TextField(t("With area code: 31 98888-1234"))
        self.email = TextField()
        self.fields = {
            "name": Field(t("Name"), self.name),
            "phone": Field(t("Phone"), self.phone, hint=t("Needed to write on WhatsApp or by SMS.")),
            "email": Field(t("E-mail"), self.email),
        }
        self.tags = TagField()
        for item in (*self.fields.values(), Text(t("Tags"), "strong"), self.tags):
            self.add(item)
        self.trouble = Text("", "small", color="red", wrap=True)
        self.trouble.hide()
        self.add(self.trouble)
        self.add_button(t("Cancel"), result=self.DialogCode.Rejected)
        self.save = self.add_button(t("Add contact"), Kind.PRIMARY)

    def _wire(self) -> None:
        self.save.clicked.connect(self._create)
        for field in self.fields.values():
            field.editor.textEdited.connect(lambda _, field=field: field.clear_error())  # type: ignore[attr-defined]
        self.tags.added.connect(self._add_tag)
        self.tags.dropped.connect(lambda id_: self._show_tags([one for one in self._tags if one.id != id_]))
        self.tags.made.connect(lambda name: self._groups.create_tag(name, None))
        self._groups.kept.connect(self._on_tag)
        self._groups.wrong.connect(self._on_tag_refused)
        self._presenter.created.connect(self._on_created)
        self._presenter.create_refused.connect(self._on_refused)

    def _on_tag(self, kept: object) -> None:
        if isinstance(kept, TagOut):
            self._add_tag(kept)

    def _on_tag_refused(self, faults: dict[str, str]) -> None:
        self.tags.show_error(" ".join(faults.values()))

    def _add_tag(self, tag: TagOut) -> None:
        self._show_tags([*(one for one in self._tags if one.id != tag.id), tag])

    def _show_tags(self, tags: list[TagOut]) -> None:
        self._tags = tags
        self.tags.show_tags(tags)

    def _create(self) -> None:
        told: dict[str, Any] = {"name": self.name.text().strip()}
        told |= {
            name: text
            for name, text in (("phone", self.phone.text().strip()), ("email", self.email.text().strip()))
            if text
        }
        if self._tags:
            told["tag_ids"] = [tag.id for tag in self._tags]
        if not (told["name"] or "phone" in told or "email" in told):
            self.fields["name"].show_error(t("Write a name, a phone or an e-mail."))
            self.name.setFocus()
            return
        self.trouble.hide()
        self.save.setEnabled(False)
        self._presenter.create(told)

    def _on_created(self, contact: ContactOut) -> None:
        self.created.emit(contact)
        self.accept()

    def _on_refused(self, faults: dict[str, str]) -> None:
        self.save.setEnabled(True)
        rest = []
        for name, sentence in faults.items():
            if name in self.fields:
                self.fields[name].show_error(sentence)
                self.fields[name].editor.setFocus()
            else:
                rest.append(sentence)
        self.trouble.show_text(" ".join(rest))
        self.trouble.setVisible(bool(rest))
