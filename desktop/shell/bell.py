"""What happened elsewhere, behind the bell: each line leads to its place."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop.shell.notices import News, Notices
from desktop.shell.screen import Navigator
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.formats import short_moment
from desktop.widgets.icons import pixmap
from desktop.widgets.layouts import STRETCH, clear, column, holder, row, rule
from desktop.widgets.text import Text
from desktop.widgets.theme import RADIUS, fill, font, theme
from embedded_server.contract.words import t

_WIDTH, _HEIGHT = 380, 440
_LISTED = 40
_LINE = 60
_ICON = 18
_ICONS = {"inbox": "message-circle", "campaigns": "megaphone", "channels": "plug", "contacts": "users"}


class NewsLine(QAbstractButton):
    """One of them, as a button: Tab reaches it, Enter opens it."""

    def __init__(self, news: News) -> None:
        super().__init__()
        self._news = news
        self.setAccessibleName(f"{news.title}. {news.text}")
        self.setFixedHeight(_LINE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.isDown():
            fill(painter, QRectF(self.rect()), theme.color("hover"), RADIUS)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("ring"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        picture = _ICONS.get(self._news.screen, "bell")
        painter.drawPixmap(12, (_LINE - _ICON) // 2, pixmap(picture, "accent", _ICON))
        room = self.rect().adjusted(24 + _ICON, 8, -12, -8)
        when = short_moment(self._news.at) if self._news.at else ""
        width = self._say(painter, room, when, "meta", Qt.AlignmentFlag.AlignRight)
        self._say(painter, room.adjusted(0, 0, -width - 12, 0), self._news.title, "strong")
        self._say(painter, room.adjusted(0, room.height() // 2, 0, 0), self._news.text, "small")

    def _say(
        self,
        painter: QPainter,
        room: QRect,
        text: str,
        role: str,
        side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> int:
        painter.setFont(font(role))
        painter.setPen(theme.color("text" if role == "strong" else "mute"))
        metrics = painter.fontMetrics()
        cut = metrics.elidedText(" ".join(text.split()), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignTop | side), cut)
        return metrics.horizontalAdvance(cut)


class Bell(QFrame):
    """Opens beside its button and closes by Esc, a click elsewhere, or when a line was followed."""

    def __init__(self, notices: Notices, navigator: Navigator, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._notices, self._navigator = notices, navigator
        self.setWindowTitle(t("Notifications"))
        self.setFixedSize(_WIDTH, _HEIGHT)
        self._build()
        notices.news_changed.connect(self._on_news)

    def popup_beside(self, button: QWidget) -> None:
        """At the right of a button, its lower edge on the button's."""
        self._fill()
        corner = button.mapToGlobal(QPoint(button.width() + 8, button.height()))
        room = button.screen().availableGeometry()
        self.move(corner.x(), max(room.top() + 8, corner.y() - self.height()))
        self.show()
        lines = self.lines()
        (lines[0] if lines else self.settle_all).setFocus()

    def lines(self) -> list[NewsLine]:
        found = (self._lines.itemAt(n) for n in range(self._lines.count()))
        widgets = (item.widget() for item in found if item is not None)
        return [widget for widget in widgets if isinstance(widget, NewsLine)]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(theme.color("line2"))
        painter.setBrush(theme.color("raised"))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
        lines = self.lines()
        if not step or not lines:
            super().keyPressEvent(event)
            return
        focused = next((n for n, line in enumerate(lines) if line.hasFocus()), -step)
        lines[(focused + step) % len(lines)].setFocus(Qt.FocusReason.TabFocusReason)

    def _build(self) -> None:
        self.settle_all = Button(t("Mark all as seen"), kind=Kind.QUIET)
        self.settle_all.clicked.connect(self._on_settle_all)
        self._lines = QVBoxLayout()
        self._lines.setContentsMargins(4, 4, 4, 4)
        self._lines.setSpacing(2)
        self._room = QScrollArea()
        self._room.setWidgetResizable(True)
        self._room.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._room.setWidget(holder(self._lines))
        self._empty = EmptyState(
            "bell", t("Nothing new"), t("What happens while you look elsewhere is listed here.")
        )
        head = row(Text(t("Notifications"), "heading"), STRETCH, self.settle_all, margins="m")
        whole = column(head, rule(), self._room, self._empty, gap="")
        whole.setStretch(2, 1)
        whole.setStretch(3, 1)
        self.setLayout(whole)
        self._fill()

    def _fill(self) -> None:
        clear(self._lines)
        news = self._notices.news[:_LISTED]
        for one in news:
            line = NewsLine(one)
            line.clicked.connect(partial(self._follow, one))
            self._lines.addWidget(line)
        self._lines.addStretch(1)
        self._room.setVisible(bool(news))
        self._empty.setVisible(not news)
        self.settle_all.setEnabled(bool(news))

    def _on_news(self) -> None:
        if self.isVisible():
            self._fill()

    def _on_settle_all(self) -> None:
        self._notices.settle_all()
        self._fill()

    def _follow(self, news: News, *_: object) -> None:
        self.hide()
        self._notices.settle(news.key)
        self._navigator.go(news.screen, news.target)
