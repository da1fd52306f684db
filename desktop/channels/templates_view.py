"""A number's message templates as the vendor last reported them, and the button that asks for them again."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.channels.channels_model import TemplatesModel
from desktop.widgets.buttons import Button
from desktop.widgets.layouts import STRETCH, column, row
from desktop.widgets.table import Table
from desktop.widgets.text import Text
from embedded_server.contract.words import t, tn

_ROW = 56
_LEAST_ROWS, _MOST_ROWS = 1, 8


class TemplatesView(QWidget):
    """``sync`` asks the vendor for its list."""

    sync = Signal()

    def __init__(self, model: TemplatesModel) -> None:
        super().__init__()
        self._model = model
        self._build()
        self.button.clicked.connect(self.sync)
        model.modelReset.connect(self.show_count)
        self.show_count()

    def show_count(self) -> None:
        count = self._model.rowCount()
        self.count.show_text(
            tn("{count} template", "{count} templates", count)
            if count
            else t("No templates yet. Make them at Meta and fetch them here.")
        )
        self.table.setVisible(bool(count))
        shown = min(max(count, _LEAST_ROWS), _MOST_ROWS)
        self.table.setFixedHeight(self.table.horizontalHeader().sizeHint().height() + shown * _ROW + 2)

    def show_busy(self, name: str, busy: bool) -> None:
        if name == "sync":
            self.button.setEnabled(not busy)
            self.button.show_text(t("Fetching…") if busy else t("Fetch templates"))

    def _build(self) -> None:
        self.count = Text("", "body", wrap=True)
        self.button = Button(t("Fetch templates"), icon="refresh-cw")
        self.table = Table(row_height=_ROW, pane="raised")
        self.table.setAccessibleName(t("Templates"))
        self.table.show_rows(self._model)
        line = row(self.count, self.button)
        line.setStretch(0, 1)
        self.setLayout(column(line, self.table, STRETCH, gap="m"))
