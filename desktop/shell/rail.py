"""The navigation rail: one icon for each screen, and at its foot the bell and the account."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from desktop.shell.app_icon import count_text
from desktop.widgets.icons import pixmap
from desktop.widgets.layouts import rule
from desktop.widgets.text import plain_tip
from desktop.widgets.theme import RADIUS, SPACE, fill, font, theme
from embedded_server.contract.words import tn

WIDTH = 64
_BUTTON = 48
_ICON = 22
_MARK = 18


class RailButton(QToolButton):
    """An icon, a patch when it is chosen, and a count when something waits behind it."""

    def __init__(self, icon: str, name: str, key: str = "") -> None:
        super().__init__()
        self._icon, self._name, self._key, self._count = icon, name, key, 0
        self.setFixedSize(_BUTTON, _BUTTON)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._describe()
        theme.changed.connect(self.update)

    @property
    def count(self) -> int:
        return self._count

    def show_count(self, count: int) -> None:
        self._count = count
        self._describe()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_BUTTON, _BUTTON)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect())
        if self.isChecked() or self.underMouse() or self.isDown():
            ground = "selected" if self.isChecked() or self.isDown() else "hover"
            fill(painter, whole, theme.color(ground), RADIUS)
        edge = (_BUTTON - _ICON) / 2
        color = "accent" if self.isChecked() else "neutral"
        painter.drawPixmap(QPointF(edge, edge), pixmap(self._icon, color, _ICON))
        if self._count:
            self._paint_count(painter)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("ring"), 2))
            painter.drawRoundedRect(whole.adjusted(1, 1, -1, -1), RADIUS, RADIUS)

    def _paint_count(self, painter: QPainter) -> None:
        text = count_text(self._count)
        painter.setFont(font("meta"))
        width = max(_MARK, painter.fontMetrics().horizontalAdvance(text) + 10)
        place = QRectF(_BUTTON - width - 2, 3, width, _MARK)
        fill(painter, place.adjusted(-2, -2, 2, 2), theme.color("surface"), _MARK / 2 + 2)
        fill(painter, place, theme.color("accent"), _MARK / 2)
        painter.setPen(theme.color("on_accent"))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def _describe(self) -> None:
        waits = tn("{count} unread", "{count} unread", self._count) if self._count else ""
        self.setAccessibleName(f"{self._name}, {waits}" if waits else self._name)
        tip = f"{self._name} ({self._key})" if self._key else self._name
        self.setToolTip(plain_tip(f"{tip} · {waits}" if waits else tip))


class Rail(QWidget):
    """``chosen`` carries a screen's name. Arrow keys walk from button to button."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self.setProperty("pane", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._screens: dict[str, RailButton] = {}
        self._order: list[RailButton] = []
        self._current = ""
        self._top, self._foot = self._boxes()

    def add_screen(self, name: str, icon: str, title: str, key: str, *, at_bottom: bool = False) -> None:
        button = RailButton(icon, title, key)
        button.clicked.connect(lambda *_: self._on_clicked(name))
        self._screens[name] = button
        self._put(button, at_bottom=at_bottom)

    def add_foot(self, icon: str, name: str, key: str = "") -> RailButton:
        """Something of the window itself, at the foot."""
        button = RailButton(icon, name, key)
        button.setCheckable(False)
        self._put(button, at_bottom=True)
        return button

    def choose(self, name: str) -> None:
        """Show which screen stands; says nothing of it."""
        self._current = name
        # Not a group of Qt's: of an exclusive one, Tab reaches the chosen button alone.
        for other, button in self._screens.items():
            button.setChecked(other == name)

    def show_count(self, name: str, count: int) -> None:
        if button := self._screens.get(name):
            button.show_count(count)

    def buttons(self) -> Sequence[RailButton]:
        return tuple(self._order)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
        focused = next((n for n, button in enumerate(self._order) if button.hasFocus()), None)
        if not step or focused is None:
            super().keyPressEvent(event)
            return
        following = self._order[(focused + step) % len(self._order)]
        following.setFocus(Qt.FocusReason.TabFocusReason)

    def _on_clicked(self, name: str) -> None:
        self.choose(self._current)
        self.chosen.emit(name)

    def _put(self, button: RailButton, *, at_bottom: bool) -> None:
        (self._foot if at_bottom else self._top).addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        layouts = (self._top, self._foot)
        items = [box.itemAt(n) for box in layouts for n in range(box.count())]
        found = [item.widget() for item in items if item is not None]
        self._order = [widget for widget in found if isinstance(widget, RailButton)]
        for one, next_ in zip(self._order, self._order[1:], strict=False):
            QWidget.setTabOrder(one, next_)

    def _boxes(self) -> tuple[QVBoxLayout, QVBoxLayout]:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, SPACE["m"], 0, SPACE["m"])
        top, foot = QVBoxLayout(), QVBoxLayout()
        for box in (top, foot):
            box.setSpacing(SPACE["m"])
        whole.addLayout(top)
        whole.addStretch(1)
        whole.addLayout(foot)
        return top, foot


def edge() -> QWidget:
    """The hairline between the rail and what it leads to."""
    return rule(vertical=True)
