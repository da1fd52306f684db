"""The four steps on one line: where one is, what is behind, and a click to any of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from desktop.widgets.icons import pixmap
from desktop.widgets.layouts import STRETCH, row
from desktop.widgets.theme import fill, font, theme
from embedded_server.contract.words import t

_DISC, _GAP, _EDGE = 24, 8, 6
_CHECK = 14


class Stepper(QWidget):
    """``wanted`` carries the number of the step that was clicked, from 0."""

    wanted = Signal(int)

    def __init__(self, titles: Sequence[str]) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self.steps = [_Step(place, title) for place, title in enumerate(titles)]
        items: list[QWidget] = []
        for place, step in enumerate(self.steps):
            if place:
                items.append(_Line())
            self._group.addButton(step, place)
            items.append(step)
        self.setLayout(row(*items, STRETCH, gap="s"))
        self._group.idClicked.connect(self.wanted)
        self.show_step(0)

    def show_step(self, current: int) -> None:
        for place, step in enumerate(self.steps):
            step.show_state(is_current=place == current, is_behind=place < current)


class _Step(QAbstractButton):
    """A number in a disc and a word; what is behind has a check mark instead of its number."""

    def __init__(self, place: int, title: str) -> None:
        super().__init__()
        self._number, self._title = str(place + 1), title
        self._is_behind = False
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_state(is_current=False, is_behind=False)
        theme.changed.connect(self.update)

    def show_state(self, *, is_current: bool, is_behind: bool) -> None:
        self._is_behind = is_behind
        self.setChecked(is_current)
        self.setAccessibleName(t("Step {number}: {title}", number=self._number, title=self._title))
        self.setAccessibleDescription(t("Current step") if is_current else "")
        self.update()

    def sizeHint(self) -> QSize:
        words = QFontMetrics(font("strong")).horizontalAdvance(self._title)
        return QSize(_EDGE * 2 + _DISC + _GAP + words + 2, _DISC + 2 * _EDGE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        disc = QRectF(_EDGE, _EDGE, _DISC, _DISC)
        is_marked = self.isChecked() or self._is_behind
        fill(painter, disc, theme.color("accent" if is_marked else "neutral_bg"), _DISC / 2)
        if self._is_behind:
            corner = disc.center() - QRectF(0, 0, _CHECK, _CHECK).center()
            painter.drawPixmap(corner, pixmap("check", "on_accent", _CHECK))
        else:
            painter.setFont(font("chip"))
            painter.setPen(theme.color("on_accent" if is_marked else "neutral"))
            painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, self._number)
        painter.setFont(font("strong"))
        painter.setPen(theme.color("text" if is_marked else "mute"))
        left = disc.right() + _GAP
        words = QRectF(left, 0, self.width() - left, self.height())
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), self._title)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("ring"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)


class _Line(QWidget):
    """What joins two steps."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(32, _DISC)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(0, self.height() // 2, self.width(), 1, theme.color("line2"))
