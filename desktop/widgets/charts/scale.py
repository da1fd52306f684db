"""Axes: round numbers at even steps, and where a value falls between them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from desktop.widgets import formats
from embedded_server.contract.words import number, t

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def nice_ticks(highest: float, count: int = 5) -> list[float]:
    """From 0 to at least ``highest`` in about ``count`` even steps of round numbers.

    Whole numbers stay whole: nobody sent 2,5 messages.
    """
    if not math.isfinite(highest) or highest <= 0:
        return [0.0, 1.0]
    raw = highest / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in _STEPS if factor * power >= raw * (1 - 1e-9))
    if highest >= 1:
        step = max(1.0, step if step >= 10 or step == int(step) else math.ceil(step))
    steps = math.ceil(highest / step - 1e-9)
    return [step * n for n in range(steps + 1)]


def decimals(value: float) -> int:
    """How many a person wants to read."""
    if value == int(value):
        return 0
    return 1 if abs(value) >= 1 else 2


def plain(value: float) -> str:
    """The number in full, as tooltip and table say it."""
    return number(value, decimals(value))


def short(value: float) -> str:
    """The number as an axis says it: 12 mil, 1,5 mi."""
    for size, words in ((1e6, t("{n}M")), (1e3, t("{n}k"))):
        if abs(value) >= size:
            part = value / size
            return words.format(n=number(part, 0 if part == int(part) else 1))
    return plain(value)


def percent(part: float, whole: float) -> str:
    """A share; a dash of nothing."""
    return formats.percent(part / whole) if whole > 0 else "–"


def every(count: int, room: float, width: float) -> int:
    """Show each how-manieth of ``count`` labels so that none touches another."""
    fits = max(1, int(room // max(1.0, width)))
    return max(1, math.ceil(count / fits))


def highest(series: Sequence[Sequence[float]]) -> float:
    return max((value for values in series for value in values), default=0.0)
