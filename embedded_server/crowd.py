"""Who may stay when there are more connections than places. Both listeners share it."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Protocol


class Guest(Protocol):
    """One connection."""

    @property
    def address(self) -> str: ...
    @property
    def is_waiting(self) -> bool:
        """Whether the peer, not we, has the next move; only such a connection may be closed for another."""

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """Who goes first, smallest first: the leaving, the unproven, the longest waiting."""

    def abort(self) -> None: ...


class Crowd:
    """The connections of one listener.

    When all places are taken, the newcomer gets the place of whoever kept us waiting longest, so that a flood
    of silent peers cannot lock a real one out: it sends its request within milliseconds.
    """

    def __init__(self, *, places: int, per_address: int) -> None:
        """Loopback has no bound of its own: that is the tunnel, which speaks for everybody."""
        self._places, self._per_address = places, per_address
        self._guests: dict[Guest, str] = {}
        self._addresses: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._guests)

    @property
    def guests(self) -> tuple[Guest, ...]:
        return tuple(self._guests)

    def admit(self, newcomer: Guest) -> bool:
        """Take a newcomer in, closing another if need be. False: there is no place, and it must be closed."""
        address = newcomer.address
        self._guests[newcomer] = address
        self._addresses[address] += 1
        if self._addresses[address] > self._per_address and not is_loopback(address):
            return self._evict(newcomer, (g for g, where in self._guests.items() if where == address))
        return len(self._guests) <= self._places or self._evict(newcomer, self._guests)

    def forget(self, guest: Guest) -> None:
        address = self._guests.pop(guest, None)
        if address is None:
            return
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]

    def _evict(self, newcomer: Guest, among: Iterable[Guest]) -> bool:
        waiting = [guest for guest in among if guest is not newcomer and guest.is_waiting]
        if not waiting:
            return False
        victim = min(waiting, key=lambda guest: guest.rank)
        # Its place is free at once, though its end reaches us only with the next turn of the loop.
        self.forget(victim)
        victim.abort()
        return True


@lru_cache(maxsize=1024)
def is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
