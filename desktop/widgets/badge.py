"""Badges: a state in one word, its color and, where there is one, its icon."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.icons import pixmap
from desktop.widgets.motion import Beat
from desktop.widgets.theme import fill, font, theme
from embedded_server.contract.labels import Color, Label
from embedded_server.contract.words import t

HEIGHT = 22
_EDGE = 10
_ICON = 12
_GAP = 4
_MIDDLE = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)


class Badge(QWidget):
    """One word in a capsule. ``pulses`` lets icon and ground breathe; the word stays readable throughout."""

    def __init__(
        self, text: str = "", color: Color = Color.NEUTRAL, *, icon: str = "", pulses: bool = False
    ) -> None:
        super().__init__()
        self._beat = Beat(self)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._show(text, color, icon, pulses=pulses)
        theme.changed.connect(self.update)

    @property
    def text(self) -> str:
        return self._text

    @property
    def color(self) -> Color:
        return self._color

    def show_label(self, label: Label) -> None:
        """A value of the contract, by the table that names and colors all of them."""
        self._show(t(label.message), label.color, label.icon, pulses=label.pulses)

    def say(self, text: str, color: Color = Color.NEUTRAL, *, icon: str = "") -> None:
        self._show(text, color, icon, pulses=False)

    def sizeHint(self) -> QSize:
        return QSize(round(badge_width(self._text, icon=self._icon) + 0.5), HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        opacity = self._beat.pulse(self.rect()) if self._pulses else 1.0
        paint_badge(painter, QPointF(0, 0), self._text, self._color, icon=self._icon, opacity=opacity)

    def _show(self, text: str, color: Color, icon: str, *, pulses: bool) -> None:
        self._text, self._color, self._icon, self._pulses = text, Color(color), icon, pulses
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()


@lru_cache(maxsize=512)
def badge_width(text: str, *, icon: str = "") -> float:
    """How wide :func:`paint_badge` will be."""
    return QFontMetricsF(font("chip")).horizontalAdvance(text) + 2 * _EDGE + ((_ICON + _GAP) if icon else 0)


def paint_badge(
    painter: QPainter,
    left_top: QPointF,
    text: str,
    color: Color,
    *,
    icon: str = "",
    opacity: float = 1.0,
) -> float:
    """Paint one, :data:`HEIGHT` high, and say how wide it is. ``opacity`` is that of icon and ground."""
    width = badge_width(text, icon=icon)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setOpacity(0.5 + opacity / 2)
    fill(painter, QRectF(left_top.x(), left_top.y(), width, HEIGHT), theme.color(f"{color}_bg"), HEIGHT / 2)
    left = left_top.x() + _EDGE
    if icon:
        painter.setOpacity(opacity)
        painter.drawPixmap(QPointF(left, left_top.y() + (HEIGHT - _ICON) / 2), pixmap(icon, color, _ICON))
        left += _ICON + _GAP
    painter.setOpacity(1)
    painter.setFont(font("chip"))
    painter.setPen(theme.color(color))
    room = QRectF(left, left_top.y(), left_top.x() + width - left, HEIGHT)
    painter.drawText(room, _MIDDLE, text)
    painter.restore()
    return width
