"""How far a job is, in a bar; without a known end the bar only says that it goes on."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy

from desktop.widgets.motion import Beat
from desktop.widgets.theme import fill, theme
from embedded_server.contract.words import number, t

HEIGHT = 8
_STEPS = 1000
_CHUNK = 0.3


class Progress(QProgressBar):
    """Reads itself to screen readers as "312 of 500"."""

    def __init__(self) -> None:
        super().__init__()
        self._color = "accent"
        self._beat = Beat(self)
        self.setTextVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_share(0, 0)
        theme.changed.connect(self.update)

    def show_share(self, done: float, total: float, *, color: str = "accent") -> None:
        """``color`` is a token. A total of 0 means that the end is not known."""
        self._color = color
        self.setRange(0, _STEPS if total > 0 else 0)
        self.setValue(round(_STEPS * min(1.0, max(0.0, done / total))) if total > 0 else 0)
        said = t("{done} of {total}", done=number(done), total=number(total)) if total > 0 else t("Working…")
        self.setAccessibleName(said)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        bar = QRectF(0, (self.height() - HEIGHT) / 2, self.width(), HEIGHT)
        if self.maximum() > 0:
            paint_progress(painter, bar, self.value() / _STEPS, self._color)
        else:
            self._paint_endless(painter, bar)

    def _paint_endless(self, painter: QPainter, bar: QRectF) -> None:
        paint_progress(painter, bar, 0, self._color)
        left = bar.left() + (bar.width() * (1 - _CHUNK)) * self._beat.turn(self.rect(), 1800)
        chunk = QRectF(left, bar.top(), bar.width() * _CHUNK, HEIGHT)
        fill(painter, chunk, theme.color(self._color), HEIGHT / 2)


def paint_progress(painter: QPainter, bar: QRectF, share: float, color: str = "accent") -> None:
    """``share`` from 0 to 1; a share above 0 is always seen."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    # Thin ink instead of a color of its own: it is seen on selected rows too.
    track = QColor(theme.color("text"))
    track.setAlphaF(0.1)
    fill(painter, bar, track, bar.height() / 2)
    if share > 0:
        width = max(bar.height(), bar.width() * min(1.0, share))
        done = QRectF(bar.left(), bar.top(), width, bar.height())
        fill(painter, done, theme.color(color), bar.height() / 2)
    painter.restore()
