"""Lucide's icons in the colors of the theme."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources
from io import BytesIO
from zipfile import ZipFile

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from desktop.widgets.theme import theme


def icon(name: str, color: str = "text", size: int = 20) -> QIcon:
    """An icon by Lucide's name in a color token. Ask again after the theme changed: pixels do not follow."""
    return QIcon(pixmap(name, color, size))


def pixmap(name: str, color: str = "text", size: int = 20) -> QPixmap:
    """Drawn once for each color, size and resolution of the screen.

    Raises:
        LookupError: Lucide has no icon of this name.
    """
    application = QApplication.instance()
    ratio = application.devicePixelRatio() if isinstance(application, QApplication) else 1.0
    return _drawn(name, theme.color(color).name(), size, ratio)


@lru_cache(maxsize=512)
def _drawn(name: str, color: str, size: int, ratio: float) -> QPixmap:
    drawn = QPixmap(round(size * ratio), round(size * ratio))
    drawn.setDevicePixelRatio(ratio)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    _renderer(name, color).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return drawn


def _renderer(name: str, color: str) -> QSvgRenderer:
    try:
        svg = _archive().read(f"{name}.svg").decode()
    except KeyError as error:
        raise LookupError(name) from error
    return QSvgRenderer(QByteArray(svg.replace("currentColor", color).encode()))


@cache
def _archive() -> ZipFile:
    return ZipFile(BytesIO(resources.files("lucide").joinpath("lucide.zip").read_bytes()))
