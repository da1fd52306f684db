"""Decisions about sends as plain functions: no database, no clock, no network."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from engine.models import AttemptState, Receipt
from engine.providers.port import Action, Outcome

STATE_OF = {
    Outcome.ACCEPTED: AttemptState.ACCEPTED,
    Outcome.UNCERTAIN: AttemptState.UNCERTAIN,
    Outcome.REJECTED: AttemptState.REJECTED,
    Outcome.NOT_SENT: AttemptState.NOT_SENT,
}

#: Tries of one recipient before a refusal-for-now becomes a failure. NOT_SENT never gives up.
MOST_TRIES = 8
LONGEST_WAIT = timedelta(minutes=15)

#: Of one number: four times what Meta's ceiling of 1,000 a second needs when its answers take a third of a
#: second. Only numbers beyond it (and the simulator's) come near: 1,024 cost them a sixth of their pace, for
#: then nothing was under way while the next ones were claimed.
WIDEST_WINDOW = 2048

#: How far a message came, lowest first; a receipt only ever moves up.
_RANK = {Receipt.SENT: 1, Receipt.DELIVERED: 2, Receipt.READ: 3, Receipt.PLAYED: 4}


def rank(status: str) -> int:
    """The height of a vendor's status word on the ladder; 0 for words that are no receipt."""
    try:
        return _RANK[Receipt(status)]
    except ValueError:
        return 0


def may_try_again(action: Action | None, tries: int) -> bool:
    """Whether a refused recipient goes back into the queue."""
    if action in (Action.STOP_CHANNEL, Action.STOP_CAMPAIGN):
        return True
    return action in (Action.RETRY, Action.RETRY_RECIPIENT) and tries < MOST_TRIES


def wait_before_retry(action: Action | None, tries: int, asked: timedelta | None) -> timedelta:
    """How long a refused recipient waits.

    The vendor's own word wins. A pair limit (131056) grows as 4^n seconds (providers 1.4), everything else
    as 2^n, both capped.
    """
    if asked is not None:
        return min(asked, timedelta(hours=24))
    base = 4 if action is Action.RETRY_RECIPIENT else 2
    return min(timedelta(seconds=base ** min(tries, 10)), LONGEST_WAIT)


def attempt_of(token: str | None) -> UUID | None:
    """The attempt a planted token names, or None for a token that is not ours."""
    if token is None:
        return None
    try:
        return UUID(token)
    except ValueError:
        return None


def in_flight_window(rate: float, latency: float) -> int:
    """How many calls may be under way at once on one number.

    Little's law with half as much again, never below 8: a crash leaves at most this many sends in doubt
    (reliability 2.4), so the window is no wider than the pace needs.
    """
    return max(8, min(WIDEST_WINDOW, int(rate * latency * 1.5) + 1))
