"""When to start a process again, when to leave it, and when the disk is too full: pure decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

GIGABYTE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Budget:
    """How many crashes within ``window`` seconds a process may have before it is left stopped."""

    crashes: int = 5
    window: float = 60.0
    first_delay: float = 0.25
    longest_delay: float = 30.0


class Disk(StrEnum):
    """How much room is left, in steps that mean something to a person."""

    FINE = "fine"
    LOW = "low"
    VERY_LOW = "very_low"
    FULL = "full"


def recent(crashes: Sequence[float], *, now: float, budget: Budget) -> list[float]:
    """The crashes that still count."""
    return [moment for moment in crashes if now - moment < budget.window]


def is_spent(crashes: Sequence[float], *, now: float, budget: Budget) -> bool:
    return len(recent(crashes, now=now, budget=budget)) >= budget.crashes


def delay(crashes: Sequence[float], *, now: float, budget: Budget) -> float:
    """Seconds to wait before the next start: doubles with every crash that still counts."""
    count = len(recent(crashes, now=now, budget=budget))
    return min(budget.longest_delay, budget.first_delay * 2.0 ** max(count - 1, 0))


def disk(free_bytes: int) -> Disk:
    """Below 5 GB there is time to act; below 500 MB PostgreSQL may stop for want of room for its log."""
    if free_bytes < GIGABYTE // 2:
        return Disk.FULL
    if free_bytes < 2 * GIGABYTE:
        return Disk.VERY_LOW
    return Disk.LOW if free_bytes < 5 * GIGABYTE else Disk.FINE
