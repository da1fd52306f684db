"""Colors of tags: what somebody chose once becomes the nearest badge, whose contrast is known."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from PySide6.QtGui import QColor

from embedded_server.contract.labels import Color
from embedded_server.contract.words import mark

#: What can be chosen: a name, and the color as it is kept.
PALETTE: dict[Color, tuple[str, str]] = {
    Color.NEUTRAL: (mark("Gray"), "#64748b"),
    Color.BLUE: (mark("Blue"), "#2563eb"),
    Color.GREEN: (mark("Green"), "#16a34a"),
    Color.YELLOW: (mark("Yellow"), "#ca8a04"),
    Color.ORANGE: (mark("Orange"), "#ea580c"),
    Color.RED: (mark("Red"), "#dc2626"),
    Color.PURPLE: (mark("Purple"), "#7c3aed"),
}

#: Up to which hue, in degrees, a color is called what; beyond the last it is red again.
_HUES = (
    (14, Color.RED),
    (38, Color.ORANGE),
    (68, Color.YELLOW),
    (175, Color.GREEN),
    (250, Color.BLUE),
    (320, Color.PURPLE),
)
_PALE = 40
_GRAY = 70


class Mark(NamedTuple):
    """A tag as it is painted."""

    name: str
    color: Color


@lru_cache(maxsize=1024)
def badge_color(color: str | None) -> Color:
    """The badge of a tag's ``#rrggbb``; without one it is gray."""
    chosen = QColor(color or "")
    if not chosen.isValid() or chosen.hsvSaturation() < _PALE or _is_slate(chosen):
        return Color.NEUTRAL
    hue = chosen.hsvHue()
    return next((found for upto, found in _HUES if hue < upto), Color.RED)


def _is_slate(color: QColor) -> bool:
    """A gray with a tint of its own."""
    parts = (color.red(), color.green(), color.blue())
    return max(parts) - min(parts) < _GRAY and color.hsvSaturation() < 2 * _GRAY
