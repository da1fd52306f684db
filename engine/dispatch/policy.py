"""How long doubts last and when a lane holds its breath: decisions and numbers, no effects."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta

from engine.providers.port import Outcome


@dataclass(frozen=True, slots=True)
class Policy:
    """Times the dispatcher lives by; tests shorten them, the product does not."""

    #: Between two look-ups of a doubtful send at a vendor that can be asked (reliability 2.4, rule 3).
    lookup_gap: timedelta = timedelta(seconds=60)
    #: Look-ups that must answer and find nothing before a send is proved not to exist.
    lookups_needed: int = 2
    #: How long a healthy inbound path must have been silent before a doubt becomes "unconfirmed" (rule 4).
    patience: timedelta = timedelta(minutes=15)
    #: Inbound events older than this mean that silence proves nothing.
    healthy_lag: timedelta = timedelta(seconds=60)
    #: Results wait this long for company before they are written.
    flush_seconds: float = 0.03
    #: Between two claims of one number: many small claims would cost the database several times as much.
    gather_seconds: float = 0.02
    #: Messages a second from which on a claim that takes long would cost a number its pace.
    fast: float = 200.0
    #: Most rows of one claim.
    claim_most: int = 1024
    #: How long a lane with nothing to do stays.
    idle_seconds: float = 3.0
    sweep_seconds: float = 1.0
    reconcile_seconds: float = 5.0
    breaker_seconds: float = 30.0

    def gather(self, rate: float) -> float:
        """Seconds between two claims of a number with this pace."""
        return self.gather_seconds * 2 if rate > self.fast else self.gather_seconds

    def catch_up(self, rate: float) -> float:
        """Seconds of its pace that a number may make up for at once; always more than it gathers.

        Little, so that a pause finds few messages already claimed; for a fast number as much as flows in
        while the database is busy with others.
        """
        return self.gather_seconds * (20 if rate > self.fast else 2)


#: The provider port has no say in these.
BREAKER_WINDOW = 60.0
BREAKER_COUNT = 5
BREAKER_SHARE = 0.10


@dataclass(slots=True)
class Breaker:
    """Stops a lane while the vendor leaves too many sends in doubt (reliability 2.8, provider 5xx storm).

    It opens when within a minute at least five sends, and at least a tenth of all, ended uncertain; after
    ``hold`` seconds it lets the lane try again.
    """

    hold: float = 30.0
    #: One entry a second: the second, sends, doubtful sends.
    _recent: deque[list[int]] = field(default_factory=deque)
    _total: int = 0
    _doubtful: int = 0
    _opened: float | None = None

    def note(self, outcome: Outcome, now: float) -> None:
        second, doubtful = int(now), int(outcome is Outcome.UNCERTAIN)
        if not self._recent or self._recent[-1][0] != second:
            self._recent.append([second, 0, 0])
        self._recent[-1][1] += 1
        self._recent[-1][2] += doubtful
        self._total += 1
        self._doubtful += doubtful
        self._forget(now - BREAKER_WINDOW)
        if self._doubtful >= BREAKER_COUNT and self._doubtful >= BREAKER_SHARE * self._total:
            self._opened = now
            self._forget(now + 1)

    def _forget(self, before: float) -> None:
        while self._recent and self._recent[0][0] < before:
            _, total, doubtful = self._recent.popleft()
            self._total -= total
            self._doubtful -= doubtful

    def wait(self, now: float) -> float:
        """Seconds until the lane may go on; 0 when it may."""
        if self._opened is None or now >= self._opened + self.hold:
            self._opened = None
            return 0.0
        return self._opened + self.hold - now
