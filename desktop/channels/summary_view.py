"""Everything known of a number, as names and values."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.channels import facts
from desktop.widgets.layouts import clear
from desktop.widgets.text import Text
from desktop.widgets.theme import SPACE
from embedded_server.contract.channels import ChannelOut
from embedded_server.contract.linked import LinkOut


class SummaryView(QWidget):
    """Two columns; the values can be selected and copied."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[tuple[str, str]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE["l"])
        self._grid.setVerticalSpacing(SPACE["s"])
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(1, 3)

    def show_channel(self, channel: ChannelOut, link: LinkOut | None = None) -> None:
        rows = facts.rows(channel, link)
        if rows == self._shown:
            return
        self._shown = rows
        clear(self._grid)
        for place, (name, value) in enumerate(rows):
            label, said = Text(name, "small", wrap=True), Text(value, "body", wrap=True, selectable=True)
            said.setAccessibleName(f"{name}: {value}")
            self._grid.addWidget(label, place, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(said, place, 1, Qt.AlignmentFlag.AlignTop)

    def rows(self) -> list[tuple[str, str]]:
        """What it shows."""
        return self._shown
