"""Turning pages: by number where the whole is counted, by direction where it is too long for that."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.widgets.buttons import IconButton, Kind
from desktop.widgets.layouts import row
from desktop.widgets.text import Text
from embedded_server.contract.words import number, t


class Pager(QWidget):
    """ "Página 1 de 3" with a button at each side. ``wanted`` carries the page asked for, from 1."""

    wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._page, self._pages = 1, 1
        self.words = Text("", "small")
        self.back = IconButton("chevron-left", t("Previous page"), kind=Kind.PLAIN)
        self.forth = IconButton("chevron-right", t("Next page"), kind=Kind.PLAIN)
        self.setLayout(row(self.words, self.back, self.forth))
        self.back.clicked.connect(lambda: self.wanted.emit(self._page - 1))
        self.forth.clicked.connect(lambda: self.wanted.emit(self._page + 1))
        self.show_page(1, 1)

    def show_page(self, page: int, pages: int) -> None:
        """An empty list still has one page."""
        self._pages = max(1, pages)
        self._page = min(max(1, page), self._pages)
        self.words.show_text(t("Page {page} of {pages}", page=number(self._page), pages=number(self._pages)))
        self.back.setEnabled(self._page > 1)
        self.forth.setEnabled(self._page < self._pages)


class CursorPager(QWidget):
    """For lists that know what comes next but not how much there is."""

    older = Signal()
    newer = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.back = IconButton("chevron-left", t("Newer"), kind=Kind.PLAIN)
        self.forth = IconButton("chevron-right", t("Older"), kind=Kind.PLAIN)
        self.setLayout(row(self.back, self.forth))
        self.back.clicked.connect(self.newer)
        self.forth.clicked.connect(self.older)
        self.allow(newer=False, older=False)

    def allow(self, newer: bool, older: bool) -> None:
        self.back.setEnabled(newer)
        self.forth.setEnabled(older)
