"""Decisions about the life of a linked session: no database, no clock, no process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from engine.providers.linked.protocol import Phase

#: A number that is not connected for so long is announced as dead.
DEAD_AFTER = timedelta(seconds=60)

#: The linking is over, and only a new one helps.
ENDING = frozenset({Phase.LOGGED_OUT, Phase.EXPIRED, Phase.PASSKEY})
#: Nothing happens until a person decides or a time has come; the link itself still stands.
WAITING_FOR_SOMEBODY = frozenset({Phase.REPLACED, Phase.OUTDATED, Phase.FAILED, Phase.BANNED})
#: The code of :attr:`Phase.FAILED` for a number whose channel a person disabled: the link itself is kept.
SWITCHED_OFF = "disabled"
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


@dataclass(frozen=True, slots=True)
class Budget:
    """How often a fallen host is started again by itself (whatsapp.md, section 5)."""

    falls: int = 5
    within: timedelta = timedelta(minutes=10)
    longest_wait: float = 60.0

    def recent(self, falls: Sequence[float], now: float) -> list[float]:
        """Those that still count; ``falls`` and ``now`` are seconds on one clock."""
        return [fall for fall in falls if now - fall < self.within.total_seconds()]

    def wait(self, falls: int, chance: float) -> float:
        """Seconds before the next start: from half of the bound to all of it, as ``chance`` (0 to 1) says."""
        most = min(self.longest_wait, 2.0 ** max(0, falls - 1))
        return most / 2 + chance * most / 2


def stands_still(phase: str, code: str | None) -> bool:
    """Whether nothing happens here until somebody decides; one that was switched off goes on by itself."""
    return phase in WAITING_FOR_SOMEBODY and code != SWITCHED_OFF


def is_over(phase: Phase, *, was_linked: bool) -> bool:
    """Whether this linking has come to its end. A number that was linked before only waits for its code."""
    return phase in ENDING and (phase is not Phase.EXPIRED or not was_linked)
