"""The upper part of the screen: how many there are, the search, and what can be done with the whole list."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QWidget

from desktop.contacts.action_bar import ActionBar
from desktop.shell.session import Session
from desktop.shell.shortcuts import key_text
from desktop.widgets.badge import Badge
from desktop.widgets.buttons import Button, IconButton, Kind
from desktop.widgets.fields import SearchField
from desktop.widgets.layouts import STRETCH, column, row
from desktop.widgets.menu import Menu
from desktop.widgets.segmented import Segmented
from desktop.widgets.text import Text
from desktop.widgets.theme import CONTROL
from embedded_server.contract.labels import Color
from embedded_server.contract.words import number, t, tp

CURRENT, ARCHIVED = "current", "archived"


class Head(QWidget):
    """Signals name what a person asked for."""

    import_wanted = Signal()
    imports_wanted = Signal()
    export_wanted = Signal()
    tags_wanted = Signal()
    segment_wanted = Signal()
    new_wanted = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._may_write = session.may("contacts.write")
        self._may_import = session.may("contacts.import")
        self._may_export = session.may("contacts.export")
        self._build()
        self._wire()

    def show_count(self, count: int) -> None:
        self.count.say(number(count), Color.BLUE)
        self.count.show()

    def show_selection(self, count: int) -> None:
        """With several selected, what can be done with them takes the place of the search."""
        self.lines.setCurrentWidget(self.bar if count > 1 else self.tools)

    def _build(self) -> None:
        self.title = Text(t("Contacts"), "title")
        self.count = Badge()
        self.count.hide()
        self.take_in = Button(t("Import"), icon="upload")
        self.new = Button(t("New contact"), kind=Kind.PRIMARY, icon="plus", key=key_text("new"))
        self.more = IconButton("ellipsis", t("More"), kind=Kind.PLAIN)
        first = row(self.title, self.count, STRETCH, self.take_in, self.more, self.new)
        self.search = SearchField(t("Search name, number or e-mail ({key})", key=key_text("search")))
        self.archived = Segmented(
            [(CURRENT, tp("contacts", "Current")), (ARCHIVED, tp("contacts", "Archived"))]
        )
        self.tools = QWidget()
        tools = row(self.search, self.archived, gap="m")
        tools.setStretch(0, 1)
        self.tools.setLayout(tools)
        self.bar = ActionBar(may_change=self._may_write, may_export=self._may_export)
        self.lines = QStackedWidget()
        self.lines.addWidget(self.tools)
        self.lines.addWidget(self.bar)
        self.lines.setFixedHeight(CONTROL + 6)
        # The bar of the many must not make the screen wider than it was.
        self.lines.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setLayout(column(first, self.lines, gap="m"))
        self.take_in.setVisible(self._may_import)
        self.new.setVisible(self._may_write)
        self.more.setVisible(self._may_write or self._may_import or self._may_export)

    def _wire(self) -> None:
        self.take_in.clicked.connect(self.import_wanted)
        self.new.clicked.connect(self.new_wanted)
        self.more.clicked.connect(self._offer)

    def _offer(self) -> None:
        menu = Menu()
        if self._may_export:
            menu.add(t("Export this list…"), self.export_wanted.emit, icon="download")
        if self._may_import:
            menu.add(t("Imports"), self.imports_wanted.emit, icon="history")
        if self._may_write:
            menu.addSeparator()
            menu.add(t("Manage tags"), self.tags_wanted.emit, icon="tags")
            menu.add(t("New segment"), self.segment_wanted.emit, icon="list-filter")
        menu.popup_below(self.more)
