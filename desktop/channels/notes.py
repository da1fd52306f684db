"""A tinted box that says what is wrong or worth knowing, by icon and words as well as by color."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from desktop.channels.troubles import Trouble
from desktop.widgets.icons import pixmap
from desktop.widgets.layouts import column, row
from desktop.widgets.text import Text
from desktop.widgets.theme import RADIUS, fill, theme
from embedded_server.contract.labels import Color
from embedded_server.contract.words import t

_ICON = 18
_ICONS = {
    Color.GREEN: "circle-check",
    Color.YELLOW: "triangle-alert",
    Color.ORANGE: "triangle-alert",
    Color.RED: "circle-alert",
}


class Note(QWidget):
    """What happened, what to do, and what the vendor said; as high as its words need."""

    def __init__(self, trouble: Trouble | None = None) -> None:
        super().__init__()
        self._color = Color.NEUTRAL
        self._picture = QLabel()
        self._picture.setFixedSize(_ICON, _ICON)
        self.what = Text("", "strong", wrap=True)
        self.help = Text("", "small", wrap=True, color="text")
        self.said = Text("", "small", wrap=True, color="text", selectable=True)
        words = column(self.what, self.help, self.said, gap="xs")
        line = row(self._picture, words, gap="s", margins="m")
        line.setAlignment(self._picture, Qt.AlignmentFlag.AlignTop)
        line.setStretch(1, 1)
        self.setLayout(line)
        # Shown before it has a place, it would be a window of its own.
        if trouble:
            self._say(trouble)
        else:
            self.hide()
        theme.changed.connect(self._tint)

    def show_trouble(self, trouble: Trouble) -> None:
        self._say(trouble)
        self.show()

    def _say(self, trouble: Trouble) -> None:
        self._color = trouble.color
        said = t("The vendor's words: “{said}”", said=trouble.said) if trouble.said else ""
        for label, words in ((self.what, trouble.what), (self.help, trouble.help), (self.said, said)):
            label.show_text(words)
            label.setVisible(bool(words))
        self.setAccessibleName(" ".join(filter(None, (trouble.what, trouble.help, said))))
        self._tint()

    def words(self) -> str:
        """Everything it says."""
        return self.accessibleName()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill(painter, QRectF(self.rect()), theme.color(f"{self._color}_bg"), RADIUS)

    def _tint(self) -> None:
        self._picture.setPixmap(pixmap(_ICONS.get(self._color, "info"), self._color, _ICON))
        self.update()
