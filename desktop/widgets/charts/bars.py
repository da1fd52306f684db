"""Bars side by side, one group for each label."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter

from desktop.widgets.charts.grid import GridChart
from desktop.widgets.theme import fill, theme

_WIDEST = 48.0
#: Full colors are made for words; in large patches they shout.
_SOFT = 0.8


class BarChart(GridChart):
    """Every series has its bar in each group."""

    def _x(self, place: int) -> float:
        return self._plane().left() + self._slot() * (place + 0.5)

    def _place_at(self, point: QPointF) -> int | None:
        plane = self._plane() if self._labels else QRectF()
        if not plane.contains(point):
            return None
        return min(len(self._labels) - 1, int((point.x() - plane.left()) / self._slot()))

    def _anchor(self, place: int) -> QPointF:
        return QPointF(self._x(place), min(self._y(one.values[place]) for one in self._series))

    def _slot(self) -> float:
        return self._plane().width() / len(self._labels)

    def _paint(self, painter: QPainter) -> None:
        if self._pointed is not None:
            plane = self._plane()
            left = plane.left() + self._slot() * self._pointed
            ground = QRectF(left, plane.top(), self._slot(), plane.height())
            fill(painter, ground, theme.color("hover"), 4)
        self._paint_grid(painter)
        for place in range(len(self._labels)):
            self._paint_group(painter, place)

    def _paint_group(self, painter: QPainter, place: int) -> None:
        bottom, count = self._plane().bottom(), len(self._series)
        width = min(_WIDEST, self._slot() * 0.7 / count)
        left = self._x(place) - width * count / 2
        for one in self._series:
            top = self._y(one.values[place])
            bar = QRectF(left, top, max(1.0, width - 2), bottom - top)
            color = QColor(theme.color(one.color))
            color.setAlphaF(_SOFT)
            fill(painter, bar, color, min(4.0, width / 3, bar.height() / 2))
            left += width
