"""A switch that acts at once, and shows while what it asked for is still being done."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from desktop.widgets.motion import Beat
from desktop.widgets.text import plain_tip
from desktop.widgets.theme import fill, theme

_WIDTH, _HEIGHT, _RING = 42, 22, 3


class Toggle(QAbstractButton):
    """``toggled`` follows the person; :meth:`set_on` is silent, so a refused change can be taken back."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._busy = False
        self._beat = Beat(self)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        self.setToolTip(plain_tip(name))
        theme.changed.connect(self.update)

    @property
    def is_busy(self) -> bool:
        return self._busy

    def set_on(self, on: bool) -> None:
        blocker = QSignalBlocker(self)
        self.setChecked(on)
        blocker.unblock()
        self.update()

    def set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.setEnabled(not busy)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH + 2 * _RING, _HEIGHT + 2 * _RING)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(_RING, (self.height() - _HEIGHT) / 2, _WIDTH, _HEIGHT)
        fill(painter, track, theme.color("accent" if self.isChecked() else "line2"), _HEIGHT / 2)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("ring"), 2))
            painter.drawRoundedRect(track.adjusted(-2, -2, 2, 2), _HEIGHT / 2 + 2, _HEIGHT / 2 + 2)
        knob = QRectF(
            track.right() - _HEIGHT if self.isChecked() else track.left(), track.top(), _HEIGHT, _HEIGHT
        )
        knob.adjust(3, 3, -3, -3)
        fill(painter, knob, theme.color("bg"), knob.width() / 2)
        if self._busy:
            self._paint_spinner(painter, knob.adjusted(3, 3, -3, -3))

    def _paint_spinner(self, painter: QPainter, rect: QRectF) -> None:
        start = -round(self._beat.turn(self.rect()) * 360 * 16)
        painter.setPen(QPen(theme.color("accent"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawArc(rect, start, 270 * 16)
