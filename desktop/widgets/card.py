"""Cards: what belongs together, with a title and room for actions beside it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from desktop.widgets.layouts import STRETCH, TopDown, column, row
from desktop.widgets.text import Text
from desktop.widgets.theme import SPACE


class Card(QFrame):
    """A framed column. Widgets added to ``header`` stand at its right end."""

    header: QHBoxLayout
    body: QVBoxLayout

    def __init__(self, title: str = "", *, gap: str = "s") -> None:
        super().__init__()
        self.setProperty("card", True)
        self.title = Text(title, "heading", elided=True)
        self.title.setVisible(bool(title))
        self.header = row(self.title, STRETCH)
        self.body = TopDown()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(SPACE[gap])
        whole = column(self.header, self.body, gap=gap, margins="l")
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def add(self, item: QWidget | QLayout) -> None:
        if isinstance(item, QLayout):
            self.body.addLayout(item)
        else:
            self.body.addWidget(item)

    def show_title(self, title: str) -> None:
        self.title.show_text(title)
        self.title.setVisible(bool(title))
