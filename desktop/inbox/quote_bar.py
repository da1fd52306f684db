"""The message that the next answer will quote, above the editor."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from desktop.widgets.buttons import IconButton
from desktop.widgets.layouts import column, row
from desktop.widgets.text import Text
from embedded_server.contract.words import t


class QuoteBar(QFrame):
    """``dropped`` says that the person wants to answer without it."""

    dropped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.who = Text("", "chip", color="accent", elided=True)
        self.text = Text("", "small", elided=True)
        self.cancel = IconButton("x", t("Do not quote"))
        self.cancel.clicked.connect(self.dropped)
        line = row(column(self.who, self.text, gap=""), self.cancel)
        line.setStretch(0, 1)
        line.setContentsMargins(12, 4, 4, 4)
        self.setLayout(line)
        self.hide()

    def show_quote(self, who: str, words: str) -> None:
        self.who.show_text(t("Reply to {name}", name=who))
        self.text.show_text(words)
        self.show()
