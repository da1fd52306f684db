"""Funnels: how many of each step came to the next."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from desktop.widgets.charts.chart import Chart, write
from desktop.widgets.charts.scale import percent
from desktop.widgets.theme import font, theme
from embedded_server.contract.words import t

_GAP = 10.0
_ROW = 52.0


class FunnelChart(Chart):
    """Shows the first series; beside each step stands its share of the step before it."""

    def header(self) -> list[str]:
        if not self._series:
            return []
        return [self._series[0].name, t("Of the step before"), t("Of the first step")]

    def said(self, place: int) -> list[str]:
        values = self._series[0].values
        before = values[max(0, place - 1)]
        return [
            self._say(values[place]),
            percent(values[place], before),
            percent(values[place], values[0]),
        ]

    def _side(self) -> float:
        metrics = QFontMetricsF(font("small"))
        return min(self.width() * 0.35, max(metrics.horizontalAdvance(label) for label in self._labels) + 20)

    def _words(self) -> float:
        metrics = QFontMetricsF(font("small"))
        return max(metrics.horizontalAdvance(self._beside(place)) for place in range(len(self._labels))) + 12

    def _beside(self, place: int) -> str:
        value, share, _ = self.said(place)
        return value if place == 0 else f"{value}  {share}"

    def _bar(self, place: int) -> QRectF:
        values, count = self._series[0].values, len(self._labels)
        height = min(_ROW, (self.height() - _GAP * (count - 1)) / count)
        room = max(20.0, self.width() - self._side() - self._words())
        top = max(values)
        width = max(4.0, room * values[place] / top) if top > 0 else 4.0
        return QRectF(self._side(), place * (height + _GAP), width, height)

    def _place_at(self, point: QPointF) -> int | None:
        for place in range(len(self._labels)):
            bar = self._bar(place)
            if bar.top() <= point.y() <= bar.bottom() + _GAP:
                return place
        return None

    def _anchor(self, place: int) -> QPointF:
        bar = self._bar(place)
        return QPointF(min(bar.right(), self.width() * 0.6), bar.center().y())

    def _paint(self, painter: QPainter) -> None:
        side = Qt.AlignmentFlag.AlignVCenter
        for place, label in enumerate(self._labels):
            bar = self._bar(place)
            write(painter, QRectF(0, bar.top(), bar.left() - 12, bar.height()), label, side, color="text")
            shade = QColor(theme.color(self._series[0].color))
            shade.setAlphaF(1 - 0.5 * place / max(1, len(self._labels) - 1))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shade)
            painter.drawRoundedRect(bar, 4, 4)
            beside = QRectF(bar.right() + 8, bar.top(), self._words(), bar.height())
            write(painter, beside, self._beside(place), side)
