"""What all charts have in common: the numbers, one of them pointed at by mouse or keys, and its tooltip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.charts.scale import plain
from desktop.widgets.theme import font, theme
from embedded_server.contract.words import t


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one name, one for each label. ``color`` is a token."""

    name: str
    values: Sequence[float]
    color: str = "accent"


class Chart(QWidget):
    """Subclasses paint in :meth:`_paint` and say in :meth:`_place_at` what is under the mouse.

    ``filled`` follows new numbers. Left, right, Home and End walk through the places; what is pointed at is
    announced to screen readers.
    """

    filled = Signal()

    def __init__(self, name: str = "", *, say: Callable[[float], str] = plain) -> None:
        super().__init__()
        self._say = say
        self._labels: list[str] = []
        self._series: list[Series] = []
        self._pointed: int | None = None
        self._name = name
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(name or t("Chart"))
        theme.changed.connect(self.update)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self._labels)

    @property
    def series(self) -> tuple[Series, ...]:
        return tuple(self._series)

    @property
    def pointed(self) -> int | None:
        """Which label the tooltip speaks of."""
        return self._pointed

    def rename(self, name: str) -> None:
        self._name = name
        self._point(self._pointed)

    def show_series(self, labels: Sequence[str], series: Sequence[Series]) -> None:
        """Every series has one value for each label.

        Raises:
            ValueError: one has more or fewer.
        """
        if any(len(one.values) != len(labels) for one in series):
            raise ValueError("Every series needs one value for each label")
        self._labels, self._series = list(labels), list(series)
        self._point(None)
        self.filled.emit()

    def header(self) -> list[str]:
        """Titles of :meth:`table`, without that of the labels."""
        return [one.name for one in self._series]

    def table(self) -> list[list[str]]:
        """The same numbers in the same words as the tooltips: a row for each label, which comes first."""
        return [[label, *self.said(place)] for place, label in enumerate(self._labels)]

    def said(self, place: int) -> list[str]:
        """What is said of one label, in the order of :meth:`header`."""
        return [self._say(one.values[place]) for one in self._series]

    def tip(self, place: int) -> list[str]:
        """The lines of a tooltip."""
        lines = zip(self.header(), self.said(place), strict=True)
        return [self._labels[place], *(f"{name}: {value}" for name, value in lines)]

    def sizeHint(self) -> QSize:
        return QSize(480, 220)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 140)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._labels:
            write(painter, QRectF(self.rect()), t("Nothing to show yet"), Qt.AlignmentFlag.AlignCenter)
        else:
            self._paint(painter)
            if self._pointed is not None:
                self._paint_tip(painter, self._anchor(self._pointed), self.tip(self._pointed))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("ring"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self._place_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        if not self.hasFocus():
            self._point(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        place = self._walk(Qt.Key(event.key()))
        if place is None:
            super().keyPressEvent(event)
            return
        self._point(place)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, ", ".join(self.tip(place))))

    def _walk(self, key: Qt.Key) -> int | None:
        last, here = len(self._labels) - 1, self._pointed
        if last < 0:
            return None
        match key:
            case Qt.Key.Key_Right | Qt.Key.Key_Down:
                return 0 if here is None else min(last, here + 1)
            case Qt.Key.Key_Left | Qt.Key.Key_Up:
                return last if here is None else max(0, here - 1)
            case Qt.Key.Key_Home:
                return 0
            case Qt.Key.Key_End:
                return last
        return None

    def _point(self, place: int | None) -> None:
        self._pointed = place if place is not None and place < len(self._labels) else None
        said = "" if self._pointed is None else ", ".join(self.tip(self._pointed))
        self.setAccessibleDescription(said)
        self.update()

    def _paint(self, painter: QPainter) -> None:
        raise NotImplementedError

    def _place_at(self, point: QPointF) -> int | None:
        raise NotImplementedError

    def _anchor(self, place: int) -> QPointF:
        """Where the tooltip of a label points to."""
        raise NotImplementedError

    def _paint_tip(self, painter: QPainter, anchor: QPointF, lines: Sequence[str]) -> None:
        metrics = QFontMetricsF(font("small"))
        height = metrics.height() + 2
        width = max(metrics.horizontalAdvance(line) for line in lines) + 24
        box = QRectF(anchor.x() + 12, anchor.y() - 12, width, height * len(lines) + 12)
        if box.right() > self.width() - 4:
            box.moveRight(anchor.x() - 12)
        box.moveLeft(max(4.0, box.left()))
        box.moveTop(max(4.0, min(box.top(), self.height() - box.height() - 4)))
        painter.setPen(QPen(theme.color("line2"), 1))
        painter.setBrush(theme.color("raised"))
        painter.drawRoundedRect(box, 8, 8)
        for place, line in enumerate(lines):
            spot = QRectF(box.left() + 12, box.top() + 6 + place * height, width - 24, height)
            write(painter, spot, line, Qt.AlignmentFlag.AlignVCenter, color="mute" if place == 0 else "text")


def write(
    painter: QPainter,
    rect: QRectF,
    text: str,
    align: Qt.AlignmentFlag,
    *,
    color: str = "mute",
    role: str = "small",
) -> None:
    """One line of words in a chart, cut where it is too long."""
    painter.setFont(font(role))
    painter.setPen(theme.color(color))
    line = QFontMetricsF(font(role)).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, int(align | Qt.TextFlag.TextSingleLine), line)
