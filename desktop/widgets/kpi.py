"""Key figures: what it is, how much, and whether the change is a good one."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QSizePolicy

from desktop.widgets.badge import Badge
from desktop.widgets.layouts import STRETCH, column, row
from desktop.widgets.text import Text
from embedded_server.contract.labels import Color


class KpiCard(QFrame):
    """``good`` colors the change: it is not the sign that counts, fewer failures are good."""

    def __init__(self, title: str, value: str = "", delta: str = "", good: bool | None = None) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.title = Text(title, "small", elided=True)
        self.value = Text(value, "kpi")
        self.delta = Badge()
        self.setLayout(column(self.title, row(self.value, self.delta, STRETCH), gap="xs", margins="l"))
        self.show_value(value, delta, good)

    def show_value(self, value: str, delta: str = "", good: bool | None = None) -> None:
        self.value.show_text(value)
        color = {True: Color.GREEN, False: Color.RED, None: Color.NEUTRAL}[good]
        self.delta.say(delta, color)
        self.delta.setVisible(bool(delta))
        self.setAccessibleName(f"{self.title.whole()}: {value} {delta}".strip())
