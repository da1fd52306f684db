"""Check boxes and radio buttons in the colors of the theme, whose words may need several lines."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QRadioButton, QSizePolicy

from desktop.widgets.icons import pixmap
from desktop.widgets.theme import font, theme

_BOX, _GAP, _EDGE, _LINE = 18, 10, 5, 320
_WRAP = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)


class Check(QCheckBox):
    """Yes or no. The whole of it can be pressed."""

    def __init__(self, text: str) -> None:
        super().__init__(text.replace("&", "&&"))
        _prepare(self, text)

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def sizeHint(self) -> QSize:
        return _hint(self)

    def minimumSizeHint(self) -> QSize:
        return QSize(_BOX + 2 * _EDGE, _BOX + 2 * _EDGE)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return _height(self, width)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = _paint_ground(painter, self, 5)
        if self.isChecked():
            painter.drawPixmap(box.topLeft() + QPointF(2, 2), pixmap("check", "on_accent", _BOX - 4))


class Radio(QRadioButton):
    """One of several that stand together."""

    def __init__(self, text: str) -> None:
        super().__init__(text.replace("&", "&&"))
        _prepare(self, text)

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def sizeHint(self) -> QSize:
        return _hint(self)

    def minimumSizeHint(self) -> QSize:
        return QSize(_BOX + 2 * _EDGE, _BOX + 2 * _EDGE)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return _height(self, width)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = _paint_ground(painter, self, _BOX / 2)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("on_accent"))
            painter.drawEllipse(box.center(), 4, 4)


def _prepare(button: QAbstractButton, text: str) -> None:
    policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)
    button.setSizePolicy(policy)
    button.setAccessibleName(text)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    theme.changed.connect(button.update)


def _words(button: QAbstractButton) -> str:
    return button.text().replace("&&", "&")


def _hint(button: QAbstractButton) -> QSize:
    whole = QFontMetrics(font("body")).horizontalAdvance(_words(button))
    width = min(whole, _LINE) + _BOX + _GAP + 2 * _EDGE + 1
    return QSize(width, _height(button, width))


def _height(button: QAbstractButton, width: int) -> int:
    room = max(40, width - _BOX - _GAP - 2 * _EDGE)
    text = QFontMetrics(font("body")).boundingRect(QRect(0, 0, room, 10_000), _WRAP, _words(button))
    return max(_BOX, text.height()) + 2 * _EDGE


def _paint_ground(painter: QPainter, button: QAbstractButton, radius: float) -> QRectF:
    """Box, ring and words; says where the box is."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    box = QRectF(_EDGE, _EDGE, _BOX, _BOX).adjusted(0.5, 0.5, -0.5, -0.5)
    if button.hasFocus():
        painter.setPen(QPen(theme.color("ring"), 2))
        painter.drawRoundedRect(box.adjusted(-3, -3, 3, 3), radius + 3, radius + 3)
    edge = "accent" if button.isChecked() else "line2"
    painter.setOpacity(1 if button.isEnabled() else 0.5)
    painter.setPen(QPen(theme.color(edge), 1.5))
    painter.setBrush(theme.color("accent" if button.isChecked() else "bg"))
    painter.drawRoundedRect(box, radius, radius)
    painter.setPen(theme.color("text"))
    painter.setFont(font("body"))
    left = _EDGE + _BOX + _GAP
    words = QRectF(left, _EDGE, button.width() - left - _EDGE, button.height() - 2 * _EDGE)
    painter.drawText(words, _WRAP, _words(button))
    return box
