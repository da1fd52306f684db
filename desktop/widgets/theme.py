"""Colors, type and spacing of the interface, from the tokens all clients share; light, dark or the system's.

One theme serves the process: :func:`install` dresses the application, :data:`theme` answers every painter.
"""

from __future__ import annotations

import json
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, Final

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFont, QFontDatabase, QPainter, QPalette
from PySide6.QtWidgets import QApplication

from desktop.widgets import style

TOKENS: Final[dict[str, Any]] = json.loads(
    resources.files("embedded_server.contract").joinpath("tokens.json").read_text("utf-8")
)
SPACE: Final[dict[str, int]] = TOKENS["space"]
RADIUS: Final[int] = TOKENS["radius"]["control"]
CARD_RADIUS: Final[int] = TOKENS["radius"]["card"]
CONTROL: Final[int] = TOKENS["control"]
MOTION_MS: Final[int] = TOKENS["motion_ms"]


class Mode(StrEnum):
    LIGHT = "light"
    DARK = "dark"
    SYSTEM = "system"


class Theme(QObject):
    """Which of a token's two colors counts now. ``changed`` comes after the application has them."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.mode = Mode.SYSTEM
        self.is_dark = False
        self._colors: dict[str, QColor] = {}
        self._choose(is_dark=False)

    def color(self, name: str) -> QColor:
        """Raises KeyError for a token that does not exist. Do not change what it returns."""
        return self._colors[name]

    def use(self, mode: Mode) -> None:
        """Dress the application anew, at once."""
        self.mode = mode
        self._apply(self._wants_dark())

    def follow_system(self) -> None:
        """Called when the system switched: only counts while the mode is the system's."""
        if self.mode is Mode.SYSTEM and self._wants_dark() is not self.is_dark:
            self._apply(self._wants_dark())

    def _wants_dark(self) -> bool:
        if self.mode is not Mode.SYSTEM:
            return self.mode is Mode.DARK
        return _application().styleHints().colorScheme() is Qt.ColorScheme.Dark

    def _apply(self, is_dark: bool) -> None:
        self._choose(is_dark=is_dark)
        application = _application()
        application.setPalette(_palette(self))
        application.setStyleSheet(style.sheet({name: c.name() for name, c in self._colors.items()}))
        self.changed.emit()

    def _choose(self, *, is_dark: bool) -> None:
        self.is_dark = is_dark
        self._colors = {name: QColor(pair[is_dark]) for name, pair in TOKENS["colors"].items()}


theme: Final = Theme()


def install(application: QApplication, mode: Mode = Mode.SYSTEM) -> None:
    """Dress a new application: style, fonts, palette and style sheet."""
    application.setStyle("Fusion")
    QFontDatabase.setApplicationEmojiFontFamilies(TOKENS["emoji_fonts"])
    application.setFont(font("body"))
    application.styleHints().colorSchemeChanged.connect(lambda _: theme.follow_system())
    theme.use(mode)


@cache
def font(role: str) -> QFont:
    """The font of a role in ``tokens.json`` ("body", "title", …). Copy it before changing it."""
    pixels, weight = TOKENS["type"][role]
    made = QFont()
    made.setFamilies(TOKENS["fonts"])
    made.setPixelSize(pixels)
    made.setWeight(QFont.Weight(weight))
    return made


def fill(painter: QPainter, rect: QRectF, color: QColor, radius: float) -> None:
    """A rounded patch without a border."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(color))
    painter.drawRoundedRect(rect, radius, radius)


def _application() -> QApplication:
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        raise TypeError("There is no application to dress")
    return application


def _palette(colors: Theme) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for part, name in (
        (role.Window, "bg"),
        (role.WindowText, "text"),
        (role.Base, "bg"),
        (role.AlternateBase, "surface"),
        (role.Text, "text"),
        (role.PlaceholderText, "mute"),
        (role.Button, "raised"),
        (role.ButtonText, "text"),
        (role.ToolTipBase, "raised"),
        (role.ToolTipText, "text"),
        (role.Highlight, "accent"),
        (role.HighlightedText, "on_accent"),
        (role.Link, "accent"),
        (role.Mid, "line"),
        (role.Accent, "accent"),
    ):
        palette.setColor(part, colors.color(name))
    disabled = QPalette.ColorGroup.Disabled
    for part in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(disabled, part, colors.color("line2"))
    return palette
