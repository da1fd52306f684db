"""The ledger in cards and a funnel: how many were planned, reached, and lost on the way."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.campaigns import wording
from desktop.widgets import formats
from desktop.widgets.card import Card
from desktop.widgets.charts.as_table import ChartCard
from desktop.widgets.charts.chart import Series
from desktop.widgets.charts.funnel import FunnelChart
from desktop.widgets.kpi import KpiCard
from desktop.widgets.layouts import STRETCH, clear, column, row
from desktop.widgets.text import Text
from desktop.widgets.theme import SPACE
from embedded_server.contract.campaigns import LedgerOut
from embedded_server.contract.reasons import HELD, PERSON
from embedded_server.contract.words import number, t, tp

_CARD = 150
_FUNNEL = 300
_MOST_REASONS = 8


class Numbers(QWidget):
    """Shows one ledger after the other without building anything anew."""

    def __init__(self) -> None:
        super().__init__()
        self._columns = 0
        self._build()

    def show_ledger(self, ledger: LedgerOut) -> None:
        sent, failed = ledger.accepted, sum(ledger.failed.values())
        out = sum(ledger.skipped.values())
        values = {
            "planned": ledger.planned,
            "sent": sent,
            "delivered": ledger.delivered,
            "read": ledger.read,
            "replied": ledger.replied,
            "failed": failed,
            "unconfirmed": ledger.unconfirmed,
        }
        for name, value in values.items():
            self.cards[name].show_value(number(value), _share(name, value, sent))
        labels = [self.cards[name].title.whole() for name in ("sent", "delivered", "read", "replied")]
        counts = [sent, ledger.delivered, ledger.read, ledger.replied]
        self.funnel.show_series(labels, [Series(t("People"), counts)])
        self._show_waiting(ledger)
        left = {wording.left_out(code, people): people for code, people in ledger.skipped.items()}
        lost = {_failure(code, people): people for code, people in ledger.failed.items()}
        self._show_reasons(self.out, left, out)
        self._show_reasons(self.failures, lost, failed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wanted = 7 if self.width() >= 7 * _CARD else 4
        if wanted != self._columns:
            self._columns = wanted
            for place, card in enumerate(self.cards.values()):
                self.grid.addWidget(card, place // wanted, place % wanted)
            for place in range(7):
                self.grid.setColumnStretch(place, 1 if place < wanted else 0)

    def _build(self) -> None:
        self.cards = {
            "planned": KpiCard(tp("people", "Planned")),
            "sent": KpiCard(tp("people", "Sent")),
            "delivered": KpiCard(tp("people", "Delivered")),
            "read": KpiCard(tp("people", "Read")),
            "replied": KpiCard(tp("people", "Replied")),
            "failed": KpiCard(t("Failures")),
            "unconfirmed": KpiCard(tp("people", "Not confirmed")),
        }
        self.grid = QGridLayout()
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setSpacing(SPACE["m"])
        self.funnel = FunnelChart()
        self.chart = ChartCard(t("How far it came"), self.funnel)
        self.chart.setMinimumHeight(_FUNNEL)
        self.waiting, self.out, self.failures = Card(t("Under way")), Card(t("Left out")), Card(t("Failures"))
        side = column(self.waiting, self.out, self.failures, STRETCH, gap="m")
        below = row(gap="m")
        below.addWidget(self.chart, 3)
        below.addLayout(side, 2)
        self.setLayout(column(self.grid, below, gap="m"))

    def _show_waiting(self, ledger: LedgerOut) -> None:
        clear(self.waiting.body)
        lines = (
            (t("Waiting for their turn: {count}", count=number(ledger.pending)), ledger.pending),
            (t("Being sent: {count}", count=number(ledger.sending)), ledger.sending),
            (t("Being checked with the operator: {count}", count=number(ledger.uncertain)), ledger.uncertain),
            (t("Cancelled before they were sent: {count}", count=number(ledger.cancelled)), ledger.cancelled),
        )
        for said, count in lines:
            if count:
                self.waiting.add(Text(said, "body", wrap=True))
        for said in _held(ledger):
            self.waiting.add(Text(said, "small", wrap=True))
        self.waiting.setVisible(any(count for _, count in lines))

    def _show_reasons(self, card: Card, reasons: dict[str, int], total: int) -> None:
        clear(card.body)
        card.setVisible(total > 0)
        ordered = sorted(reasons, key=lambda said: -reasons[said])
        for said in ordered[:_MOST_REASONS]:
            card.add(Text(said, "body", wrap=True))
        if len(ordered) > _MOST_REASONS:
            card.add(Text(t("and others: see the report"), "small"))


def _share(name: str, value: int, sent: int) -> str:
    """The share of those sent to, where it says something."""
    return formats.percent(value / sent) if sent and name in ("delivered", "read", "replied") else ""


def _held(ledger: LedgerOut) -> list[str]:
    """Why some of those who wait have to, and until when."""
    if ledger.held_until is None:
        return []
    until = formats.moment(ledger.held_until)
    told = ((HELD[code], people) for code, people in ledger.held.items() if code in HELD)
    return [t(why, until=until, count=number(people)) for why, people in told]


def _failure(code: str, people: int) -> str:
    said = t(PERSON[code]) if code in PERSON else t("Operator's code {code}", code=code)
    return f"{number(people)} · {said}"
