"""Decisions about the life of a linked session: no database, no clock, no process."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

from engine.providers.linked.protocol import Phase

#: A host that fell so often within so long is not started again by itself (whatsapp.md, section 5).
MOST_FALLS = 5
FALLS_WITHIN = timedelta(minutes=10)
_LONGEST_WAIT = 60.0
#: A number that is not connected for so long is announced as dead.
DEAD_AFTER = timedelta(seconds=60)

#: The linking is over, and only a new one helps.
ENDING = frozenset({Phase.LOGGED_OUT, Phase.EXPIRED, Phase.PASSKEY})
#: Nothing happens until a person decides or a time has come; the link itself still stands.
WAITING_FOR_SOMEBODY = frozenset({Phase.REPLACED, Phase.OUTDATED, Phase.FAILED, Phase.BANNED})
#: Linking is under way.
LINKING = frozenset({Phase.STARTING, Phase.WAITING, Phase.SCANNED})

#: Why a channel stands still, as its ``stop_reason`` says it.
STOP_REASONS = {
    Phase.LOGGED_OUT: "linked_logged_out",
    Phase.REPLACED: "linked_replaced",
    Phase.BANNED: "linked_banned",
    Phase.OUTDATED: "linked_outdated",
    Phase.FAILED: "linked_failed",
}

#: Messages a day to people who never wrote, by the age of the link in days; the last one stays.
_WARM_UP = (20, 30, 45, 65, 90, 120, 160, 200)
#: A time lock whose end WhatsApp did not tell.
REACHOUT_LOCK = timedelta(hours=24)


def wait_before_start(falls: int) -> float:
    """Seconds before a fallen host is started again: full jitter up to twice the last, a minute at most."""
    most = min(_LONGEST_WAIT, 2.0 ** max(0, falls))
    return random.uniform(most / 2, most)  # noqa: S311 - spreads load, keeps no secret


def may_start_again(falls: Sequence[float], now: float) -> bool:
    """``falls`` and ``now`` are seconds on one clock."""
    recent = [fall for fall in falls if now - fall < FALLS_WITHIN.total_seconds()]
    return len(recent) < MOST_FALLS


def cold_budget(days: int) -> int:
    """Messages to people who never wrote that a number linked so many days ago may send in a day."""
    return _WARM_UP[min(max(days, 0), len(_WARM_UP) - 1)]


def is_over(phase: Phase, *, was_linked: bool) -> bool:
    """Whether this linking has come to its end. A number that was linked before only waits for its code."""
    return phase in ENDING and (phase is not Phase.EXPIRED or not was_linked)
