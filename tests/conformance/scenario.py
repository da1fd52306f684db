"""The table of scenarios: each has a name, is one function of a stage, and fails by raising."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.conformance.stage import Stage

Play = Callable[[Stage], Awaitable[None]]

SCENARIOS: dict[str, Play] = {}


def scenario(play: Play) -> Play:
    """Its name is the function's."""
    SCENARIOS[play.__name__] = play
    return play
