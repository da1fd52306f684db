"""Where somebody is on the way through an import."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.icons import pixmap
from desktop.widgets.theme import fill, font, theme
from embedded_server.contract.words import t

_DISC, _GAP, _CHECK = 24.0, 8.0, 14
_MIDDLE = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine


class Steps(QWidget):
    """Numbered steps on a line: those behind are ticked, the present one is colored."""

    def __init__(self, titles: Sequence[str]) -> None:
        super().__init__()
        self._titles, self._step = list(titles), 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_step(0)
        theme.changed.connect(self.update)

    @property
    def step(self) -> int:
        return self._step

    def show_step(self, step: int) -> None:
        self._step = step
        place, of = step + 1, len(self._titles)
        self.setAccessibleName(
            t("Step {place} of {of}: {title}", place=place, of=of, title=self._titles[step])
        )
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(480, 32)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        widths = [self._words(place) for place in range(len(self._titles))]
        taken = sum(widths) + len(widths) * (_DISC + 2 * _GAP)
        line = max(8.0, (self.width() - taken) / max(1, len(widths) - 1) - _GAP)
        left, middle = 0.0, self.height() / 2
        for place, width in enumerate(widths):
            self._paint_disc(painter, QRectF(left, middle - _DISC / 2, _DISC, _DISC), place)
            left += _DISC + _GAP
            painter.setFont(font("strong" if place == self._step else "body"))
            painter.setPen(theme.color("text" if place <= self._step else "mute"))
            painter.drawText(QRectF(left, 0, width + 2, self.height()), int(_MIDDLE), self._titles[place])
            left += width + _GAP
            if place + 1 < len(widths):
                painter.setPen(QPen(theme.color("line"), 2))
                painter.drawLine(round(left), round(middle), round(left + line), round(middle))
                left += line + _GAP

    def _words(self, place: int) -> float:
        face = font("strong" if place == self._step else "body")
        return QFontMetricsF(face).horizontalAdvance(self._titles[place])

    def _paint_disc(self, painter: QPainter, disc: QRectF, place: int) -> None:
        if place < self._step:
            fill(painter, disc, theme.color("selected"), _DISC / 2)
            edge = (_DISC - _CHECK) / 2
            painter.drawPixmap(disc.topLeft() + QPointF(edge, edge), pixmap("check", "accent", _CHECK))
            return
        is_here = place == self._step
        fill(painter, disc, theme.color("accent" if is_here else "neutral_bg"), _DISC / 2)
        painter.setFont(font("chip"))
        painter.setPen(theme.color("on_accent" if is_here else "neutral"))
        painter.drawText(disc, int(Qt.AlignmentFlag.AlignCenter), str(place + 1))
