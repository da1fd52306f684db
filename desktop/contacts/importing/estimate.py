"""How long a job that reads a file will still take, from how far it came since we began to watch."""

from __future__ import annotations

#: Seconds of watching before a guess is worth saying.
_SOON = 1.0


class Estimate:
    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None

    def forget(self) -> None:
        self._first = None

    def rest(self, position: int, total: int, now: float) -> float | None:
        """Seconds left at the pace so far; None as long as there is none. ``now`` only has to grow."""
        if self._first is None or position < self._first[1]:
            self._first = (now, position)
        began, origin = self._first
        if now - began < _SOON or position <= origin:
            return None
        return max(0.0, (total - position) * (now - began) / (position - origin))
