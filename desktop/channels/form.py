"""The fields of a vendor's form: what they ask for, and whether what is written looks right."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.channels.vendors import Ask
from desktop.widgets.fields import Field, TextField
from desktop.widgets.layouts import column
from embedded_server.contract.words import t


class Form(QWidget):
    """``edited`` follows every key. With ``blank_is_fine`` empty fields mean "as it is"."""

    edited = Signal()

    def __init__(self, asks: Sequence[Ask], *, blank_is_fine: bool = False) -> None:
        super().__init__()
        self._asks = {ask.key: ask for ask in asks}
        self._blank_is_fine = blank_is_fine
        self.editors: dict[str, TextField] = {}
        self.fields: dict[str, Field] = {}
        for ask in asks:
            self._add(ask)
        self.setLayout(column(*self.fields.values(), gap="m"))

    def said(self) -> dict[str, str]:
        """What is written, by key, without the space around it."""
        return {key: editor.text().strip() for key, editor in self.editors.items()}

    def check(self) -> bool:
        """Whether everything looks right; what does not says so, and the first of it gets the focus."""
        wrong = [key for key in self._asks if not self._check(key)]
        if wrong:
            self.editors[wrong[0]].setFocus()
        return not wrong

    def clear(self) -> None:
        """Forget what was written, secrets above all."""
        for key, editor in self.editors.items():
            editor.clear()
            self.fields[key].clear_error()

    def _add(self, ask: Ask) -> None:
        editor = TextField(secret=ask.is_masked)
        hint = " ".join((t(ask.hint), t("Optional."))) if ask.is_optional else t(ask.hint)
        required = not (ask.is_optional or self._blank_is_fine)
        self.editors[ask.key] = editor
        field = self.fields[ask.key] = Field(t(ask.label), editor, hint=hint, required=required)
        editor.textEdited.connect(lambda _: field.clear_error())
        editor.textEdited.connect(lambda _: self.edited.emit())

    def _check(self, key: str) -> bool:
        ask, said = self._asks[key], self.editors[key].text().strip()
        is_blank_fine = self._blank_is_fine or ask.is_optional
        if (not said and is_blank_fine) or re.fullmatch(ask.pattern, said):
            self.fields[key].clear_error()
            return True
        self.fields[key].show_error(t(ask.wrong) if said else t("Fill this in."))
        return False
