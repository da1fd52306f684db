"""Motion that says something goes on, for as long as somebody can see it and nobody asked for stillness."""

from __future__ import annotations

import math

from PySide6.QtCore import QElapsedTimer, QObject, QRect, QTimer
from PySide6.QtGui import QRegion
from PySide6.QtWidgets import QApplication, QStyle, QWidget

_FRAME_MS = 60
_PULSE_MS = 1600
_FAINTEST = 0.35

_clock = QElapsedTimer()
_clock.start()


def is_wanted() -> bool:
    """Whether the system allows animations; Windows and most desktops have a switch for it."""
    style = QApplication.style()
    return bool(style) and style.styleHint(QStyle.StyleHint.SH_Widget_Animate) != 0


class Beat(QObject):
    """Paints a widget again while its own painting asks for it.

    What is hidden is not painted, so it asks no more: nothing has to be stopped, and nothing runs unseen.
    """

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._region = QRegion()
        self._timer = QTimer(self, singleShot=True, interval=_FRAME_MS)
        self._timer.timeout.connect(self._repaint)

    @property
    def is_running(self) -> bool:
        return self._timer.isActive()

    def pulse(self, rect: QRect) -> float:
        """The opacity of something that pulses in this rect, now."""
        if not self._goes_on(rect):
            return 1.0
        turn = 2 * math.pi * (_clock.elapsed() % _PULSE_MS) / _PULSE_MS
        return _FAINTEST + (1 - _FAINTEST) * (1 + math.cos(turn)) / 2

    def turn(self, rect: QRect, period_ms: int = 900) -> float:
        """How far something that spins in this rect has turned, from 0 to 1."""
        return (_clock.elapsed() % period_ms) / period_ms if self._goes_on(rect) else 0.0

    def _goes_on(self, rect: QRect) -> bool:
        if not is_wanted():
            return False
        self._region += rect
        if not self._timer.isActive():
            self._timer.start()
        return True

    def _repaint(self) -> None:
        region, self._region = self._region, QRegion()
        if self._widget.isVisible():
            self._widget.update(region)
