"""The plane of charts with axes: even lines with round numbers, labels below that do not touch."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from desktop.widgets.charts.chart import Chart, write
from desktop.widgets.charts.scale import every, highest, nice_ticks, short
from desktop.widgets.theme import font, theme

_BELOW, _ABOVE, _BESIDE = 24.0, 10.0, 8.0


class GridChart(Chart):
    """A chart with a value axis at the left and labels below."""

    def _ticks(self) -> list[float]:
        return nice_ticks(highest([one.values for one in self._series]))

    def _plane(self) -> QRectF:
        metrics = QFontMetricsF(font("meta"))
        left = max(metrics.horizontalAdvance(short(tick)) for tick in self._ticks()) + _BESIDE + 4
        room = QRectF(self.rect())
        return room.adjusted(left, _ABOVE, -_BESIDE - 4, -_BELOW)

    def _x(self, place: int) -> float:
        """The middle of a label."""
        raise NotImplementedError

    def _y(self, value: float) -> float:
        plane = self._plane()
        return plane.bottom() - plane.height() * value / self._ticks()[-1]

    def _paint_grid(self, painter: QPainter) -> None:
        plane = self._plane()
        for tick in self._ticks():
            y = round(self._y(tick)) + 0.5
            painter.setPen(QPen(theme.color("line"), 1))
            painter.drawLine(QPointF(plane.left(), y), QPointF(plane.right(), y))
            spot = QRectF(0, y - 8, plane.left() - _BESIDE, 16)
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            write(painter, spot, short(tick), side, role="meta")
        self._paint_labels(painter, plane)

    def _paint_labels(self, painter: QPainter, plane: QRectF) -> None:
        metrics = QFontMetricsF(font("meta"))
        widest = max(metrics.horizontalAdvance(label) for label in self._labels) + 12
        step = every(len(self._labels), plane.width(), widest)
        for place in range(0, len(self._labels), step):
            left = min(max(0.0, self._x(place) - widest / 2), self.width() - widest)
            spot = QRectF(left, plane.bottom() + 4, widest, _BELOW - 4)
            write(painter, spot, self._labels[place], Qt.AlignmentFlag.AlignCenter, role="meta")
