"""The application's icon, drawn from the tokens, with the number of unread conversations where asked."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QIcon, QPainter, QPixmap

from desktop.widgets.icons import pixmap
from desktop.widgets.theme import fill, font, theme

_SIZES = (16, 22, 32, 48, 64, 128)


def app_icon(unread: int = 0) -> QIcon:
    """In every size a window system asks for."""
    icon = QIcon()
    for size in _SIZES:
        icon.addPixmap(app_picture(size, unread))
    return icon


def app_picture(size: int, unread: int = 0) -> QPixmap:
    """One size of it, for a splash or an about box."""
    drawn = QPixmap(size, size)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    fill(painter, QRectF(0, 0, size, size), theme.color("accent"), size * 0.24)
    inner = round(size * 0.6)
    edge = (size - inner) // 2
    glyph = pixmap("message-circle", "on_accent", inner)
    painter.drawPixmap(QRectF(edge, edge, inner, inner), glyph, QRectF(glyph.rect()))
    if unread:
        _mark(painter, size, unread)
    painter.end()
    return drawn


def count_text(count: int) -> str:
    """What fits into a badge."""
    return str(count) if count < 100 else "99+"


def _mark(painter: QPainter, size: int, unread: int) -> None:
    """A dot; from a size where it can be read, with the number in it."""
    across = size * 0.56 if size >= 22 else size * 0.44
    place = QRectF(size - across, 0, across, across)
    fill(painter, place, theme.color("danger"), across / 2)
    if size < 22:
        return
    text = count_text(unread)
    digits = QFont(font("chip"))
    digits.setPixelSize(max(8, round(across * (0.72 if len(text) < 3 else 0.46))))
    painter.setFont(digits)
    painter.setPen(theme.color("on_danger"))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
