"""What lies under a point of the chat, and what is selected there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from desktop.inbox.bubbles import Bubble, Part
from desktop.inbox.links import Link
from desktop.inbox.units import between, units
from embedded_server.contract.conversations import MediaOut

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Hit:
    """``position`` is the place in the text that is nearest, in Qt's units."""

    key: str
    part: Part
    position: int = 0
    link: Link | None = None
    file: MediaOut | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Part of the text of one bubble; ``fixed`` is where it was begun, ``moving`` follows the mouse."""

    key: str
    fixed: int
    moving: int

    @property
    def span(self) -> tuple[int, int]:
        return min(self.fixed, self.moving), max(self.fixed, self.moving)

    def of(self, text: str) -> str:
        return between(text, *self.span)


def hit(bubble: Bubble, point: QPointF) -> Hit | None:
    """``point`` is measured from the item's own left top; None outside of the bubble."""
    if bubble.entry is None or not bubble.box.contains(point):
        return None
    inside = point - bubble.box.topLeft()
    part, file = next(_parts_at(bubble, inside), (Part.BUBBLE, None))
    position = _position(bubble, inside)
    link = _link_at(bubble, inside)
    if link is not None:
        part = Part.LINK
    return Hit(bubble.item.key, part, position, link, file)


def word_at(text: str, position: int) -> tuple[int, int]:
    """The word around a place in a text, in Qt's units."""
    start = seen = 0
    for match in _WORD.finditer(text):
        start += units(text[seen : match.start()])
        end = start + units(match[0])
        if start <= position <= end:
            return start, end
        start, seen = end, match.end()
    return position, position


def _parts_at(bubble: Bubble, point: QPointF) -> Iterator[tuple[Part, MediaOut | None]]:
    for part, _, place in bubble.actions:
        if place.contains(point):
            yield part, None
    for file, part, place in bubble.files:
        if place.contains(point):
            yield part, file
    if bubble.quote is not None and bubble.quote.contains(point):
        yield Part.QUOTE, None
    if bubble.meta.contains(point):
        yield Part.STATE, None
    if _text_place(bubble).contains(point):
        yield Part.TEXT, None


def _text_place(bubble: Bubble) -> QRectF:
    if bubble.text is None:
        return QRectF()
    return bubble.text.boundingRect().translated(bubble.text_at).adjusted(-4, -2, 4, 2)


def _position(bubble: Bubble, point: QPointF) -> int:
    """The nearest place in the text; above it the beginning, below it the end."""
    if bubble.text is None:
        return 0
    y = point.y() - bubble.text_at.y()
    if y < 0:
        return 0
    for n in range(bubble.text.lineCount()):
        line = bubble.text.lineAt(n)
        if y < line.y() + line.height() + 1:
            return line.xToCursor(point.x() - bubble.text_at.x())
    return units(bubble.text.text())


def _link_at(bubble: Bubble, point: QPointF) -> Link | None:
    """Only on the letters themselves, not in the room beside the end of a line."""
    if bubble.text is None or not bubble.links:
        return None
    at = point - bubble.text_at
    for n in range(bubble.text.lineCount()):
        line = bubble.text.lineAt(n)
        if line.naturalTextRect().contains(at):
            position = line.xToCursor(at.x())
            return next((k for k in bubble.links if k.start <= position < k.start + k.length), None)
    return None
