"""What a vendor's error means for one message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from engine.providers.port import Action, Outcome


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an error means for the message. ``wait`` is the least delay before another try, where known."""

    outcome: Outcome
    action: Action | None = None
    wait: timedelta | None = None


def by_status(status: int | None, *, parsed: bool) -> Verdict:
    """What an unknown error means. ``parsed`` says the vendor's own error shape was in the answer.

    Without a status the error came in a failed status, which is final.
    """
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Verdict(Outcome.REJECTED, Action.RETRY)
    if status is None:
        return Verdict(Outcome.REJECTED, Action.PERMANENT)
    if parsed and status == HTTPStatus.UNAUTHORIZED:
        return Verdict(Outcome.REJECTED, Action.STOP_CHANNEL)
    # A 4xx without the vendor's shape may come from anything on the way: it proves no refusal.
    if parsed and HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Verdict(Outcome.REJECTED, Action.PERMANENT)
    return Verdict(Outcome.UNCERTAIN)
