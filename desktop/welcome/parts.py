"""What the pages of the way in are made of: a heading, a notice, a large choice, and steps that follow."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.widgets.badge import Badge
from desktop.widgets.icons import pixmap
from desktop.widgets.layouts import STRETCH, TopDown, column, row
from desktop.widgets.motion import Beat
from desktop.widgets.text import Text
from desktop.widgets.theme import RADIUS, SPACE, fill, theme
from embedded_server.contract.labels import Color
from embedded_server.contract.words import t

_ICON = 18
_CHOICE_ICON = 28
_SPIN = 16


class Page(QWidget):
    """A title, a sentence, a notice that may be hidden, and the page's own ``body``."""

    def __init__(self, title: str, lead: str = "") -> None:
        super().__init__()
        self.title = Text(title, "title", wrap=True)
        self.lead = Text(lead, "small", wrap=True)
        self.lead.setVisible(bool(lead))
        self.notice = Notice()
        self.body: QVBoxLayout = TopDown()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(SPACE["l"])
        whole = TopDown()
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(SPACE["l"])
        whole.addLayout(column(self.title, self.lead, gap="xs"))
        whole.addWidget(self.notice)
        whole.addLayout(self.body)
        self.setLayout(whole)

    def say(self, title: str, lead: str = "") -> None:
        self.title.show_text(title)
        self.lead.show_text(lead)
        self.lead.setVisible(bool(lead))

    def arrive(self) -> None:
        """The page has just come: the first thing to do in it gets the keys."""


class Notice(QWidget):
    """A sentence on a colored ground, hidden while there is nothing to say."""

    def __init__(self, color: Color = Color.RED, icon: str = "circle-alert") -> None:
        super().__init__()
        self._color, self._icon = color, icon
        self._picture = QLabel()
        self._picture.setFixedSize(QSize(_ICON, _ICON))
        self.text = Text("", "small", color=color, wrap=True)
        inner = row(self._picture, self.text, gap="s", margins="m")
        inner.setStretch(1, 1)
        inner.setAlignment(self._picture, Qt.AlignmentFlag.AlignTop)
        self.setLayout(inner)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()
        self._tint()
        theme.changed.connect(self._tint)

    def show_text(self, text: str, color: Color | None = None, icon: str = "") -> None:
        if color is not None:
            self._color, self._icon = color, icon or self._icon
            self.text.recolor(color)
            self._tint()
        if text and text != self.text.whole():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))
        self.text.show_text(text)
        self.setVisible(bool(text))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill(painter, QRectF(self.rect()), theme.color(f"{self._color}_bg"), RADIUS)

    def _tint(self) -> None:
        self._picture.setPixmap(pixmap(self._icon, self._color, _ICON))
        self.update()


class Choice(QPushButton):
    """A button as large as a card: icon, title, one sentence, and a word beside the title."""

    def __init__(self, icon: str, title: str, text: str, *, mark: str = "") -> None:
        super().__init__()
        self._icon = icon
        self._picture = QLabel()
        self._picture.setFixedSize(QSize(_CHOICE_ICON, _CHOICE_ICON))
        name, sentence = Text(title, "heading"), Text(text, "small", wrap=True)
        head = row(name, gap="s")
        if mark:
            head.addWidget(Badge(mark, Color.GREEN))
        head.addStretch(1)
        self._inner = row(self._picture, column(head, sentence, gap="xs"), gap="l", margins="l")
        self._inner.setStretch(1, 1)
        self.setLayout(self._inner)
        for label in (self._picture, name, sentence):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._tint()
        theme.changed.connect(self._tint)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._inner.heightForWidth(width)

    def sizeHint(self) -> QSize:
        return self._inner.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._inner.minimumSize()

    def _tint(self) -> None:
        self._picture.setPixmap(pixmap(self._icon, "accent", _CHOICE_ICON))


class Steps(QWidget):
    """A list of things that are done one after the other: what is done, what goes on, and what is to come."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._marks = [_Mark() for _ in names]
        self._texts = [Text(name) for name in names]
        rows = [
            row(mark, text, STRETCH, gap="m") for mark, text in zip(self._marks, self._texts, strict=True)
        ]
        self.setLayout(column(*rows, gap="m"))
        self.show_step(0)

    def show_step(self, current: int) -> None:
        """All before it are done. One past the last means that everything is."""
        for number, (mark, text) in enumerate(zip(self._marks, self._texts, strict=True)):
            mark.show_place(number - current)
            text.recolor("text" if number <= current else "mute")
            said = t("done") if number < current else t("in progress") if number == current else t("to come")
            text.setAccessibleDescription(said)


class _Mark(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._place = 0
        self._beat = Beat(self)
        self.setFixedSize(QSize(_SPIN + 4, _SPIN + 4))
        theme.changed.connect(self.update)

    def show_place(self, place: int) -> None:
        """Below zero it is done, at zero it goes on."""
        self._place = place
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        middle = QRectF(self.rect()).center()
        painter.translate(middle)
        if self._place == 0:
            painter.rotate(360 * self._beat.turn(self.rect()))
        name, color = _MARKS[(self._place > 0) - (self._place < 0)]
        painter.drawPixmap(round(-_SPIN / 2), round(-_SPIN / 2), pixmap(name, color, _SPIN))


_MARKS = {-1: ("circle-check", "green"), 0: ("loader-circle", "accent"), 1: ("circle", "line2")}
