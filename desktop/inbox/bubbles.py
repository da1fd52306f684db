"""Lays out what the chat shows: how high each bubble is and where its parts stand, kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QTextLayout, QTextOption

from desktop.inbox.entries import Entry, Trouble
from desktop.inbox.links import Link, links_in
from desktop.inbox.pictures import place_size
from desktop.inbox.timeline_items import Item, ItemKind
from desktop.widgets import formats
from desktop.widgets.theme import font
from embedded_server.contract.conversations import MediaOut
from embedded_server.contract.words import t, tp

#: Laid-out bubbles that are kept; a window of messages is smaller.
MOST = 600
EDGE, PAD, TOP, BOTTOM = 16.0, 13.0, 9.0, 7.0
META, TICK = 17.0, 15.0
QUOTE, SOUND, PAPER, ACTION = 42.0, 44.0, 48.0, 30.0
_FRAME, _REASON_WIDE = 4.0, 240.0
_WIDEST, _SHARE, _NARROWEST = 560.0, 0.68, 62.0
_CHIP, _CHIP_ROOM = 24.0, 44.0
_GAP, _GAP_TOGETHER, _REACTIONS = 8.0, 2.0, 14.0
#: Nobody reads more in a bubble; copying and the appliance have all of it.
_LONGEST = 8000
_BREAK = "\u2028"


class Part(StrEnum):
    """What of a bubble can be pointed at."""

    TEXT = "text"
    LINK = "link"
    PICTURE = "picture"
    SOUND = "sound"
    PAPER = "paper"
    QUOTE = "quote"
    RETRY = "retry"
    DELETE = "delete"
    STATE = "state"
    BUBBLE = "bubble"


_PAPER = (Part.PAPER, 260.0, PAPER)
_OTHERS = {"audio": (Part.SOUND, 236.0, SOUND)}


@dataclass(slots=True)
class Bubble:
    """One laid-out item. Everything is measured from its own left top; ``height`` includes the gap above."""

    item: Item
    width: int
    height: float
    box: QRectF
    text: QTextLayout | None = None
    text_at: QPointF = field(default_factory=QPointF)
    links: tuple[Link, ...] = ()
    heading: QRectF | None = None
    quote: QRectF | None = None
    files: list[tuple[MediaOut, Part, QRectF]] = field(default_factory=list)
    reason: QTextLayout | None = None
    reason_at: QPointF = field(default_factory=QPointF)
    actions: list[tuple[Part, str, QRectF]] = field(default_factory=list)
    meta: QRectF = field(default_factory=QRectF)

    @property
    def entry(self) -> Entry | None:
        return self.item.entry


class Bubbles:
    """Lays out each item once for a width, the last :data:`MOST` of them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Bubble] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def lay(self, item: Item, width: int) -> Bubble:
        kept = self._kept.get(item.key)
        if kept is None or kept.width != width or kept.item != item:
            kept = _chip(item, width) if item.entry is None else _Laying(item, item.entry, width).bubble()
            self._kept[item.key] = kept
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)
        self._kept.move_to_end(item.key)
        return kept

    def clear(self) -> None:
        """Fonts or language are others than before."""
        self._kept.clear()


def actions_of(entry: Entry) -> list[tuple[Part, str]]:
    """What a person can do about a message in trouble."""
    match entry.trouble:
        case Trouble.UNSENT:
            return [(Part.RETRY, t("Try again")), (Part.DELETE, tp("message", "Delete"))]
        case Trouble.FAILED if entry.kind == "text":
            return [(Part.RETRY, t("Try again"))]
    return []


def lay_text(text: str, role: str, width: float) -> tuple[QTextLayout, float, float]:
    """The text in lines, how wide the widest is, and how high they are together.

    Laid out a second time at its own width, so that what runs from right to left ends at its right edge.
    """
    layout = QTextLayout(text[:_LONGEST].replace("\n", _BREAK), font(role))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    layout.setTextOption(option)
    layout.setCacheEnabled(True)
    natural, height = _break(layout, width)
    if natural < width:
        _, height = _break(layout, natural + 1)
    return layout, natural + 1, height


def meta_text(entry: Entry) -> str:
    clock = formats.clock(entry.at)
    return t("edited · {time}", time=clock) if entry.is_edited and not entry.is_revoked else clock


def _break(layout: QTextLayout, width: float) -> tuple[float, float]:
    layout.beginLayout()
    natural = y = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        line.setPosition(QPointF(0, y))
        y += line.height() + 1
        natural = max(natural, line.naturalTextWidth())
    layout.endLayout()
    return natural, y


def _chip(item: Item, width: int) -> Bubble:
    wide = text_width("chip", item.words) + 32
    room = float(width) if item.kind is ItemKind.NEW else wide
    return Bubble(item, width, _CHIP_ROOM, QRectF((width - room) / 2, 14, room, _CHIP))


class _Laying:
    """One bubble while it is laid out, from top to bottom."""

    def __init__(self, item: Item, entry: Entry, width: int) -> None:
        self._entry = entry
        self._room = min(_WIDEST, width * _SHARE) - 2 * PAD
        self._bubble = Bubble(item, width, 0, QRectF())
        self._inner = _NARROWEST
        self._y = TOP

    def bubble(self) -> Bubble:
        self._heading()
        self._quote()
        for file in self._entry.files:
            self._file(file)
        self._text()
        self._reason()
        self._actions()
        self._meta()
        self._place()
        return self._bubble

    def _widen(self, wanted: float) -> None:
        self._inner = max(self._inner, min(wanted, self._room))

    def _heading(self) -> None:
        if words := self._bubble.item.words:
            self._widen(text_width("chip", words))
            self._bubble.heading = QRectF(PAD, self._y, self._room, 18)
            self._y += 20

    def _quote(self) -> None:
        if (quoted := self._entry.quoted) is not None:
            self._widen(max(120.0, text_width("small", quoted.text[:80]) + 24))
            self._bubble.quote = QRectF(PAD, self._y, 0, QUOTE)
            self._y += QUOTE + 6

    def _file(self, file: MediaOut) -> None:
        if is_picture(file, self._entry.kind):
            size = place_size(file, int(self._room + 2 * (PAD - _FRAME)))
            place = QRectF(_FRAME, self._y - (TOP - _FRAME), size.width(), size.height())
            self._widen(size.width() - 2 * (PAD - _FRAME))
            self._bubble.files.append((file, Part.PICTURE, place))
        else:
            part, width, height = _OTHERS.get(self._entry.kind, _PAPER)
            place = QRectF(PAD, self._y, min(width, self._room), height)
            self._widen(width)
            self._bubble.files.append((file, part, place))
        self._y = place.bottom() + 6

    def _text(self) -> None:
        if not self._entry.text:
            return
        layout, width, height = lay_text(self._entry.text, "body", self._room)
        self._bubble.text, self._bubble.text_at = layout, QPointF(PAD, self._y)
        self._bubble.links = () if self._entry.is_aside else links_in(self._entry.text[:_LONGEST])
        self._widen(width)
        self._y += height

    def _reason(self) -> None:
        if not self._entry.reason:
            return
        self._y += 4
        room = min(self._room, max(self._inner, _REASON_WIDE))
        layout, width, height = lay_text(self._entry.reason, "small", room)
        self._bubble.reason, self._bubble.reason_at = layout, QPointF(PAD, self._y)
        self._widen(width)
        self._y += height

    def _actions(self) -> None:
        left = PAD
        for part, words in actions_of(self._entry):
            width = text_width("chip", words) + 20
            self._bubble.actions.append((part, words, QRectF(left, self._y + 4, width, ACTION - 6)))
            left += width + 8
        if self._bubble.actions:
            self._widen(left - PAD)
            self._y += ACTION

    def _meta(self) -> None:
        tick = TICK + 4 if self._entry.standing else 0
        width = text_width("meta", meta_text(self._entry)) + tick
        self._widen(width)
        self._bubble.meta = QRectF(PAD + self._inner - width, self._y, width, META)
        self._y += META + BOTTOM

    def _place(self) -> None:
        bubble, entry = self._bubble, self._entry
        gap = _GAP_TOGETHER if bubble.item.goes_on else _GAP
        width = self._inner + 2 * PAD
        left = bubble.width - EDGE - width if entry.is_own else EDGE
        bubble.box = QRectF(left, gap, width, self._y)
        bubble.height = gap + self._y + (_REACTIONS if entry.reactions else 0)
        if bubble.quote is not None:
            bubble.quote.setWidth(self._inner)
        if bubble.heading is not None:
            bubble.heading.setWidth(self._inner)


def is_picture(file: MediaOut, kind: str) -> bool:
    return kind in ("image", "sticker") and file.mime.startswith("image/")


@lru_cache(maxsize=8)
def metrics(role: str) -> QFontMetricsF:
    return QFontMetricsF(font(role))


@lru_cache(maxsize=2048)
def text_width(role: str, text: str) -> float:
    return metrics(role).horizontalAdvance(text)
