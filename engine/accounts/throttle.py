"""How often one may be wrong: failed sign-ins are counted in this process (reliability 1.5)."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import timedelta

from engine.errors import EngineError, Kind

WINDOW_SECONDS = 60.0
#: Failures a minute of one account from one address, and of one address over all accounts.
PER_ACCOUNT = 5
PER_ADDRESS = 20
FIRST_LOCK_SECONDS = 60.0
LONGEST_LOCK_SECONDS = 3600.0
_REMEMBERED = 20_000


class TooManyAttempts(EngineError):
    """Too many failed attempts. Wait a little before the next one."""

    kind = Kind.LIMITED

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__()
        self.retry_after = retry_after


@dataclass(slots=True)
class _Record:
    failures: list[float] = field(default_factory=list)
    locks: int = 0
    locked_until: float = 0.0


class Throttle:
    """Every lock lasts twice as long as the one before; a success forgets the account's.

    A lock holds for an account *and* an address, so that nobody can lock somebody else out.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._records: OrderedDict[Hashable, _Record] = OrderedDict()

    def check(self, account: str, address: str) -> None:
        """Raises:
        TooManyAttempts: this account or address is locked; ``retry_after`` says for how long.
        """
        now = self._clock()
        until = max(self._until((account, address)), self._until(address))
        if until > now:
            raise TooManyAttempts(timedelta(seconds=until - now))

    def failed(self, account: str, address: str) -> None:
        self._count((account, address), PER_ACCOUNT)
        self._count(address, PER_ADDRESS)

    def succeeded(self, account: str, address: str) -> None:
        self._records.pop((account, address), None)

    def _until(self, key: Hashable) -> float:
        record = self._records.get(key)
        return record.locked_until if record else 0.0

    def _count(self, key: Hashable, most: int) -> None:
        now = self._clock()
        record = self._records.setdefault(key, _Record())
        self._records.move_to_end(key)
        record.failures = [t for t in record.failures if now - t < WINDOW_SECONDS] + [now]
        if len(record.failures) >= most:
            length = min(FIRST_LOCK_SECONDS * 2**record.locks, LONGEST_LOCK_SECONDS)
            record.failures, record.locks, record.locked_until = [], record.locks + 1, now + length
        while len(self._records) > _REMEMBERED:
            self._records.popitem(last=False)
