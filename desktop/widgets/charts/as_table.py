"""A chart in a card, which can also be read as a table and taken along as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from operator import itemgetter

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStackedWidget

from desktop.widgets.badge import Badge
from desktop.widgets.buttons import Button, IconButton, Kind
from desktop.widgets.card import Card
from desktop.widgets.charts.chart import Chart
from desktop.widgets.layouts import clear, holder, row
from desktop.widgets.table import Column, RowsModel, Table
from embedded_server.contract.labels import Color
from embedded_server.contract.words import spoken, t

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class ChartCard(Card):
    """Legend, the chart, and the same numbers as rows. Fill it through ``show_series`` of the chart."""

    def __init__(self, title: str, chart: Chart) -> None:
        super().__init__(title)
        self.chart = chart
        chart.rename(title)
        self._build()
        self.switch.clicked.connect(self._turn)
        self.copy.clicked.connect(self._copy)
        chart.filled.connect(self._refresh)
        self._refresh()

    @property
    def shows_table(self) -> bool:
        return self.pages.currentWidget() is self.table

    def _refresh(self) -> None:
        clear(self._legend)
        several = len(self.chart.series) > 1
        self._legend_line.setVisible(several)
        for one in self.chart.series if several else ():
            color = Color(one.color) if one.color in set(Color) else Color.GREEN
            self._legend.addWidget(Badge(one.name, color))
        self._legend.addStretch(1)
        columns: list[Column[list[str]]] = [Column("", itemgetter(0), stretch=2)]
        columns += [
            Column(name, itemgetter(place), right=True) for place, name in enumerate(self.chart.header(), 1)
        ]
        model = RowsModel(columns, key=itemgetter(0), parent=self.table)
        model.replace_all(self.chart.table())
        before = self.table.model()
        self.table.show_rows(model)
        if before:
            before.deleteLater()

    def _build(self) -> None:
        self._legend = row(gap="xs")
        self.switch = Button(t("View as table"), kind=Kind.QUIET)
        self.copy = IconButton("copy", t("Copy as CSV"))
        self._legend_line = holder(self._legend)
        self.add(self._legend_line)
        self.header.addWidget(self.switch)
        self.header.addWidget(self.copy)
        self.table = Table(row_height=36, pane="raised")
        self.pages = QStackedWidget()
        self.pages.addWidget(self.chart)
        self.pages.addWidget(self.table)
        self.add(self.pages)

    def _turn(self) -> None:
        self.pages.setCurrentWidget(self.chart if self.shows_table else self.table)
        self.switch.show_text(t("View as chart") if self.shows_table else t("View as table"))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(as_csv(["", *self.chart.header()], self.chart.table()))


def as_csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """For spreadsheets: with semicolons where the comma is decimal, and no cell that would be a formula."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter="," if spoken() == "en" else ";")
    writer.writerow(header)
    writer.writerows([_harmless(row[0]), *row[1:]] for row in rows)
    return written.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
