"""Buttons: a verb first, an icon where it helps, the key in the tooltip."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QPushButton, QToolButton

from desktop.widgets.icons import icon, pixmap
from desktop.widgets.text import plain_tip
from desktop.widgets.theme import CONTROL, theme

ICON = 18
#: Air between an icon and the words behind it.
_AIR = 4


class Kind(StrEnum):
    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"
    QUIET = "quiet"


_ON = {Kind.PRIMARY: "on_accent", Kind.DANGER: "on_danger"}


class Button(QPushButton):
    """A button with words. ``key`` is shown in the tooltip; bind it in the registry of shortcuts."""

    def __init__(self, text: str, *, kind: Kind = Kind.PLAIN, icon: str = "", key: str = "") -> None:
        # An ampersand would be a mnemonic, and Alt with a letter is ours.
        super().__init__(text.replace("&", "&&"))
        self._icon, self._kind = icon, kind
        self.setProperty("kind", kind.value)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setIconSize(QSize(ICON + _AIR, ICON))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(plain_tip(key))
        self._tint()
        theme.changed.connect(self._tint)

    def show_icon(self, name: str) -> None:
        self._icon = name
        self._tint()

    def show_text(self, text: str) -> None:
        self.setText(text.replace("&", "&&"))

    def _tint(self) -> None:
        if self._icon:
            self.setIcon(_with_air(pixmap(self._icon, _ON.get(self._kind, "text"), ICON)))


class IconButton(QToolButton):
    """A button without words: ``name`` is what a screen reader says and, with the key, the tooltip."""

    def __init__(self, icon: str, name: str, *, key: str = "", kind: Kind = Kind.QUIET) -> None:
        super().__init__()
        self._icon, self._kind = icon, kind
        self.setProperty("kind", kind.value)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(CONTROL, CONTROL)
        self.setIconSize(QSize(ICON, ICON))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.rename(name, key)
        self._tint()
        self.toggled.connect(self._tint)
        theme.changed.connect(self._tint)

    def rename(self, name: str, key: str = "") -> None:
        self.setAccessibleName(name)
        self.setToolTip(plain_tip(f"{name} ({key})" if key else name))

    def show_icon(self, name: str) -> None:
        self._icon = name
        self._tint()

    def _tint(self) -> None:
        color = "accent" if self.isChecked() else _ON.get(self._kind, "text")
        self.setIcon(icon(self._icon, color, ICON))


def _with_air(picture: QPixmap) -> QIcon:
    """Qt leaves next to nothing between icon and words."""
    ratio = picture.devicePixelRatio()
    wide = QPixmap(round((ICON + _AIR) * ratio), round(ICON * ratio))
    wide.setDevicePixelRatio(ratio)
    wide.fill(Qt.GlobalColor.transparent)
    painter = QPainter(wide)
    painter.drawPixmap(QPoint(0, 0), picture)
    painter.end()
    return QIcon(wide)
