"""What becomes of one send: by header, by script, by the number's last four digits, or by chance.

A number (or the header ``X-Simulate``) chooses its fate:

======  ==========================================  ============================================
digits  Meta                                        Twilio
======  ==========================================  ============================================
0001    131026 in the answer                        21211 in the answer
0002    accepted, then 131026 in a failed status    accepted, then undelivered 30003
0003    accepted, then 131049 in a failed status    accepted, then undelivered 30007
0004    131056 once, then fine                      20429 once, then fine
0005    130429 with Retry-After once, then fine     20429 with Retry-After once, then fine
0006    accepted, then the connection is reset      the same
0007    accepted, then 500                          the same
0008    accepted, answered late                     the same
0009    131050 in the answer (opted out)            21610 in the answer (opted out)
0010    132015 in the answer (template paused)      accepted, then undelivered 30006
0011    190/463 in the answer (token expired)       20003 in the answer (bad credentials)
0012    500 without accepting                       the same
0013    accepted, never any status                  the same
0014    connection reset without accepting          the same
0015    131047 in the answer (window closed)        21408 in the answer (country not allowed)
======  ==========================================  ============================================

The header takes the same four digits or a spelled fate: ``deliver``, ``reject:131048``,
``reject_once:130429``, ``fail:131049``, ``accept_then_reset``, ``accept_then_500``, ``accept_then_late``,
``refuse_500``, ``reset``, ``silent``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from embedded_server.simulator.behavior import Behavior


class Provider(StrEnum):
    META = "meta"
    TWILIO = "twilio"


class Ending(StrEnum):
    """The kinds of fate."""

    DELIVER = "deliver"
    REJECT = "reject"
    REJECT_ONCE = "reject_once"
    FAIL = "fail"
    ACCEPT_THEN_RESET = "accept_then_reset"
    ACCEPT_THEN_500 = "accept_then_500"
    ACCEPT_THEN_LATE = "accept_then_late"
    REFUSE_500 = "refuse_500"
    RESET = "reset"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Fate:
    """One decided outcome. ``code`` is the vendor's own; ``statuses`` replaces the usual ladder."""

    ending: Ending
    code: int | None = None
    #: Seconds in the ``Retry-After`` header of a refusal.
    retry_after: int | None = None
    #: Seconds a late answer takes.
    late_after: float | None = None
    statuses: tuple[str, ...] | None = None


class UnknownFate(ValueError):
    """The spelled fate means nothing; a refusal or failure also needs its code."""


DELIVER = Fate(Ending.DELIVER)
_CODED = frozenset({Ending.REJECT, Ending.REJECT_ONCE, Ending.FAIL})
_NAMES = frozenset(ending.value for ending in Ending)
_THROTTLE = {Provider.META: 130429, Provider.TWILIO: 20429}
_CHANCES = (
    Ending.ACCEPT_THEN_RESET,
    Ending.ACCEPT_THEN_500,
    Ending.ACCEPT_THEN_LATE,
    Ending.REFUSE_500,
    Ending.RESET,
)
_COMMON = {
    "0006": Fate(Ending.ACCEPT_THEN_RESET),
    "0007": Fate(Ending.ACCEPT_THEN_500),
    "0008": Fate(Ending.ACCEPT_THEN_LATE),
    "0012": Fate(Ending.REFUSE_500),
    "0013": Fate(Ending.SILENT),
    "0014": Fate(Ending.RESET),
}
SUFFIXES: dict[Provider, dict[str, Fate]] = {
    Provider.META: {
        **_COMMON,
        "0001": Fate(Ending.REJECT, 131026),
        "0002": Fate(Ending.FAIL, 131026),
        "0003": Fate(Ending.FAIL, 131049),
        "0004": Fate(Ending.REJECT_ONCE, 131056),
        "0005": Fate(Ending.REJECT_ONCE, 130429, retry_after=1),
        "0009": Fate(Ending.REJECT, 131050),
        "0010": Fate(Ending.REJECT, 132015),
        "0011": Fate(Ending.REJECT, 190),
        "0015": Fate(Ending.REJECT, 131047),
    },
    Provider.TWILIO: {
        **_COMMON,
        "0001": Fate(Ending.REJECT, 21211),
        "0002": Fate(Ending.FAIL, 30003),
        "0003": Fate(Ending.FAIL, 30007),
        "0004": Fate(Ending.REJECT_ONCE, 20429),
        "0005": Fate(Ending.REJECT_ONCE, 20429, retry_after=1),
        "0009": Fate(Ending.REJECT, 21610),
        "0010": Fate(Ending.FAIL, 30006),
        "0011": Fate(Ending.REJECT, 20003),
        "0015": Fate(Ending.REJECT, 21408),
    },
}


def spelled(provider: Provider, words: str) -> Fate:
    """Read ``reject:131026`` or four digits of the table.

    Raises:
        UnknownFate: neither of the two.
    """
    if words in SUFFIXES[provider]:
        return SUFFIXES[provider][words]
    name, _, code = words.partition(":")
    if name not in _NAMES or (code and not code.isdecimal()) or (name in _CODED and not code):
        raise UnknownFate(words)
    return Fate(Ending(name), int(code) if code else None)


@dataclass(slots=True)
class Script:
    """A fate prepared for the next sends, to anyone or to one number (digits only)."""

    fate: Fate
    provider: Provider | None = None
    to: str | None = None
    #: Sends it still covers; None means all of them.
    left: int | None = 1

    def covers(self, provider: Provider, digits: str) -> bool:
        return self.provider in (None, provider) and self.to in (None, digits) and self.left != 0


@dataclass(slots=True)
class Oracle:
    """Decides fates and remembers the scripts and what was already refused once."""

    rng: Random
    scripts: list[Script] = field(default_factory=list)
    _refused: set[tuple[Provider, str]] = field(default_factory=set)

    def fate_of(self, behavior: Behavior, provider: Provider, digits: str, header: str | None = None) -> Fate:
        """The fate of one send to ``digits``.

        Raises:
            UnknownFate: the header spells no fate.
        """
        for fate in self._candidates(behavior, provider, digits, header):
            if fate.ending is not Ending.REJECT_ONCE:
                return fate
            if (provider, digits) not in self._refused:
                self._refused.add((provider, digits))
                return Fate(Ending.REJECT, fate.code, retry_after=fate.retry_after)
        return DELIVER

    def forget(self) -> None:
        self.scripts.clear()
        self._refused.clear()

    def _candidates(
        self, behavior: Behavior, provider: Provider, digits: str, header: str | None
    ) -> Iterator[Fate]:
        if header:
            yield spelled(provider, header)
        if self.scripts and (fate := self._scripted(provider, digits)):
            yield fate
        if behavior.suffixes and (fate := SUFFIXES[provider].get(digits[-4:])):
            yield fate
        yield self._by_chance(behavior, provider)

    def _scripted(self, provider: Provider, digits: str) -> Fate | None:
        covering = [script for script in self.scripts if script.covers(provider, digits)]
        # A script for this very number goes before one for anybody.
        script = min(covering, key=lambda script: script.to is None, default=None)
        if script is None:
            return None
        if script.left is not None:
            script.left -= 1
            if script.left == 0:
                self.scripts.remove(script)
        return script.fate

    def _by_chance(self, behavior: Behavior, provider: Provider) -> Fate:
        drawn = self.rng.random()
        for ending in _CHANCES:
            drawn -= getattr(behavior, ending)
            if drawn < 0:
                return Fate(ending)
        if drawn < behavior.throttle:
            return Fate(Ending.REJECT, _THROTTLE[provider], retry_after=behavior.throttle_retry_after)
        if behavior.fail and self.rng.random() < behavior.fail:
            return self.rng.choice([SUFFIXES[provider]["0002"], SUFFIXES[provider]["0003"]])
        return DELIVER
