"""The list without contacts: the first step of a new company, or the way back from a filter."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout

from desktop.contacts.presenter import Wanted
from desktop.widgets.buttons import Button
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.layouts import STRETCH, row
from embedded_server.contract.words import t


class NoContacts(EmptyState):
    """``acted`` is the first step, ``second_acted`` the other one."""

    second_acted = Signal()

    def __init__(self, *, may_import: bool, may_write: bool) -> None:
        self.second = Button("")
        super().__init__("users", t("No contacts yet"))
        self._may_import, self._may_write = may_import, may_write
        self.second.clicked.connect(self.second_acted)
        whole = self.layout()
        if isinstance(whole, QBoxLayout):
            whole.insertLayout(whole.count() - 1, row(STRETCH, self.second, STRETCH))
        self.show_wanted(Wanted())

    def show_wanted(self, wanted: Wanted) -> None:
        """Say why nothing is here, and what to do about it."""
        self.second.hide()
        if wanted.words:
            self.say(
                t("Nobody found"),
                t("Try fewer letters, a part of the number or the beginning of the e-mail."),
                action=t("Clear search"),
            )
        elif wanted.archived:
            self.say(t("Nothing archived"), t("Archived contacts are kept here and can be brought back."))
        elif wanted.tag_id or wanted.segment_id:
            self.say(t("Nobody in this group"), action=t("See all contacts"))
        else:
            self._invite()

    def _invite(self) -> None:
        add, take_in = t("Add contact"), t("Import contacts")
        text = t("Bring your list from a spreadsheet, or add the first contact by hand.")
        self.say(t("No contacts yet"), text, action=take_in if self._may_import else "")
        self.second.show_text(add)
        self.second.setVisible(self._may_write)
