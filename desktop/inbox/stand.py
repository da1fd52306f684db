"""Where the reader stands in a timeline: which bubbles are in view, measured from one that does not move.

Only what comes into view is ever laid out. The anchor is the lower edge of the first bubble in view: what
is put above it, or grows above it, moves nothing that is being read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from desktop.inbox.bubbles import Bubble
from desktop.inbox.timeline_items import Item

#: Steps of the scroll bar for each item.
STEPS = 100
_ABOVE, _BELOW = 8.0, 14.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A bubble in view. ``top`` is in pixels below the upper edge of the view; ``index`` that of its item."""

    bubble: Bubble
    top: float
    index: int

    @property
    def bottom(self) -> float:
        return self.top + self.bubble.height


class Stand:
    def __init__(self, lay: Callable[[Item, int], Bubble]) -> None:
        self._lay = lay
        self._items: Sequence[Item] = ()
        self._places: dict[str, int] = {}
        self._width, self._height = 0, 0
        self._anchor: tuple[str, float] = ("", 0.0)
        self.at_end = True
        self.spots: list[Spot] = []

    @property
    def count(self) -> int:
        return len(self._items)

    def show(self, items: Sequence[Item]) -> None:
        """Other items around the same reader."""
        self._items = items
        self._places = {item.key: n for n, item in enumerate(items)}
        self.settle()

    def resize(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self.settle()

    def to_end(self) -> None:
        self.at_end = True
        self.settle()

    def to_item(self, key: str, top: float) -> bool:
        """Let an item begin at ``top``; whether it is here."""
        place = self._places.get(key)
        if place is None:
            return False
        self._move(key, top + self._lay(self._items[place], self._width).height)
        return True

    def scroll(self, pixels: float) -> None:
        """Towards newer messages where positive."""
        if pixels > 0 and self.at_end:
            return
        key, bottom = self._anchor
        self._move(key, bottom - pixels)

    def to_step(self, step: int) -> None:
        """Where the scroll bar was dragged to."""
        if step >= self.last_step or not self._items:
            self.to_end()
            return
        place, rest = divmod(max(0, step), STEPS)
        item = self._items[place]
        self._move(item.key, self._lay(item, self._width).height * (1 - rest / STEPS))

    @property
    def step(self) -> int:
        if self.at_end or not self.spots:
            return self.last_step
        first = self.spots[0]
        return int(STEPS * (first.index + max(0.0, -first.top) / first.bubble.height))

    @property
    def last_step(self) -> int:
        return STEPS * len(self._items)

    def find(self, key: str) -> Spot | None:
        """The spot of an item, if it is in view."""
        return next((spot for spot in self.spots if spot.bubble.item.key == key), None)

    def at(self, y: float) -> Spot | None:
        return next((spot for spot in self.spots if spot.top <= y < spot.bottom), None)

    def settle(self) -> None:
        """Lay out what is in view now."""
        key, bottom = self._anchor
        if not self._items or self._width <= 0:
            self.spots = []
            return
        place = self._places.get(key)
        if self.at_end or place is None:
            self._from_end()
        else:
            self._around(place, bottom)
            self._keep_within(bottom)
        self._hold()

    def _move(self, key: str, bottom: float) -> None:
        self._anchor, self.at_end = (key, bottom), False
        self.settle()

    def _from_end(self) -> None:
        self.at_end = True
        self._around(len(self._items) - 1, self._height - _BELOW)

    def _around(self, place: int, bottom: float) -> None:
        """Fill the view upwards and downwards from one item whose lower edge is known."""
        above: list[Spot] = []
        y, n = bottom, place
        while n >= 0 and y > 0:
            bubble = self._lay(self._items[n], self._width)
            y -= bubble.height
            above.append(Spot(bubble, y, n))
            n -= 1
        below: list[Spot] = []
        y, n = bottom, place + 1
        while n < len(self._items) and y < self._height:
            bubble = self._lay(self._items[n], self._width)
            below.append(Spot(bubble, y, n))
            y += bubble.height
            n += 1
        whole = [*reversed(above), *below]
        self.spots = [spot for spot in whole if spot.bottom > 0 and spot.top < self._height]

    def _keep_within(self, bottom: float) -> None:
        """Nothing is shown before the first item or after the last one, however far one scrolled at once."""
        first = self._edge(0)
        is_before = not self.spots and bottom > 0
        if is_before or (first is not None and first.top > _ABOVE):
            self._around(0, _ABOVE + self._lay(self._items[0], self._width).height)
        last = self._edge(-1)
        if not self.spots or (last is not None and last.bottom <= self._height - _BELOW):
            self._from_end()

    def _edge(self, which: int) -> Spot | None:
        """The first or the last item, if it is in view."""
        spot = self.spots[which] if self.spots else None
        wanted = 0 if which == 0 else len(self._items) - 1
        return spot if spot is not None and spot.index == wanted else None

    def _hold(self) -> None:
        held = next((spot for spot in self.spots if spot.bubble.entry is not None), None)
        if held is not None:
            self._anchor = held.bubble.item.key, held.bottom
