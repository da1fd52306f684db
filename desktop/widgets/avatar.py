"""Avatars: initials on a color that stays with the name."""

from __future__ import annotations

from zlib import crc32

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop.widgets.icons import pixmap
from desktop.widgets.theme import TOKENS, fill, font


class Avatar(QWidget):
    """A disc of ``size`` pixels. Who has no letters in the name gets the picture of a person."""

    def __init__(self, name: str = "", size: int = 44) -> None:
        super().__init__()
        self._name = name
        self.setFixedSize(size, size)

    def show_name(self, name: str) -> None:
        self._name = name
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_avatar(QPainter(self), QRectF(self.rect()), self._name)


def paint_avatar(painter: QPainter, rect: QRectF, name: str) -> None:
    """Paint into a square."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    fill(painter, rect, color_of(name), rect.width() / 2)
    letters = initials(name)
    if letters:
        face = QFont(font("strong"))
        face.setPixelSize(max(9, round(rect.width() * 0.36)))
        painter.setFont(face)
        painter.setPen(Qt.GlobalColor.white)
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), letters)
    else:
        size = round(rect.width() * 0.5)
        edge = (rect.width() - size) / 2
        painter.drawPixmap(rect.topLeft() + QPointF(edge, edge), pixmap("user", "on_avatar", size))
    painter.restore()


def initials(name: str) -> str:
    """``Ana Maria da Silva`` is AS; what has no letter in it, such as a phone number, has none."""
    words = [word for word in name.split() if word[0].isalpha()]
    if not words:
        return ""
    ends = words[:1] if len(words) == 1 else [words[0], words[-1]]
    return "".join(word[0].upper() for word in ends)


def color_of(name: str) -> QColor:
    """The same for the same name, on every machine."""
    colors = TOKENS["avatars"]
    return QColor(colors[crc32(name.encode()) % len(colors)])
