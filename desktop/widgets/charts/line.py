"""Lines over time, with the area below the first one shaded."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPen, QPolygonF

from desktop.widgets.charts.chart import Series
from desktop.widgets.charts.grid import GridChart
from desktop.widgets.theme import theme


class LineChart(GridChart):
    """One line for each series."""

    def _x(self, place: int) -> float:
        plane, last = self._plane(), len(self._labels) - 1
        return plane.center().x() if last == 0 else plane.left() + plane.width() * place / last

    def _place_at(self, point: QPointF) -> int | None:
        if not self._labels:
            return None
        return min(range(len(self._labels)), key=lambda place: abs(self._x(place) - point.x()))

    def _anchor(self, place: int) -> QPointF:
        return QPointF(self._x(place), min(self._y(one.values[place]) for one in self._series))

    def _paint(self, painter: QPainter) -> None:
        self._paint_grid(painter)
        for one in self._series:
            points = [QPointF(self._x(place), self._y(value)) for place, value in enumerate(one.values)]
            self._paint_area(painter, points, one)
            painter.setPen(QPen(theme.color(one.color), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(points))
            if len(points) == 1:
                self._paint_dot(painter, points[0], one)
        if self._pointed is not None:
            self._paint_pointed(painter, self._pointed)

    def _paint_area(self, painter: QPainter, points: list[QPointF], one: Series) -> None:
        plane = self._plane()
        below = QLinearGradient(0, plane.top(), 0, plane.bottom())
        for at, alpha in ((0.0, 64), (1.0, 4)):
            shade = QColor(theme.color(one.color))
            shade.setAlpha(alpha)
            below.setColorAt(at, shade)
        ends = [QPointF(points[-1].x(), plane.bottom()), QPointF(points[0].x(), plane.bottom())]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(below)
        painter.drawPolygon(QPolygonF([*points, *ends]))

    def _paint_pointed(self, painter: QPainter, place: int) -> None:
        plane, x = self._plane(), self._x(place)
        painter.setPen(QPen(theme.color("line2"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, plane.top()), QPointF(x, plane.bottom()))
        for one in self._series:
            self._paint_dot(painter, QPointF(x, self._y(one.values[place])), one)

    def _paint_dot(self, painter: QPainter, point: QPointF, one: Series) -> None:
        painter.setPen(QPen(theme.color("raised"), 2))
        painter.setBrush(theme.color(one.color))
        painter.drawEllipse(point, 5, 5)
