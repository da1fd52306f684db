"""The businesses the stand-ins know: WhatsApp accounts, numbers and Twilio accounts, created on first use."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from embedded_server.simulator.config import SimulatorConfig
from embedded_server.simulator.templates import seeded

DEFAULT_WABA = "215589313241560883"
DEFAULT_TWILIO = "AC11111111111111111111111111111111"
DEFAULT_APP = "684200000000001"
MESSAGES_PER_SECOND = {"STANDARD": 80, "HIGH": 1000}


@dataclass(slots=True)
class Bucket:
    """A token bucket: ``rate`` a second with ``burst`` saved up."""

    rate: float
    burst: float
    level: float = 0.0
    at: float = 0.0

    def take(self, now: float) -> bool:
        if not self.at:
            self.level = self.burst
        else:
            self.level = min(self.burst, self.level + max(0.0, now - self.at) * self.rate)
        self.at = now
        if self.level < 1:
            return False
        self.level -= 1
        return True


@dataclass(slots=True)
class Waba:
    """A WhatsApp business account; ``app_secret`` signs its webhooks."""

    id: str
    app_secret: str = field(repr=False)
    app_id: str = DEFAULT_APP
    name: str = "Loja Ipê"
    webhook_url: str | None = None
    templates: dict[str, dict[str, Any]] = field(default_factory=seeded)

    def find_template(self, name: str, language: str) -> dict[str, Any] | None:
        for template in self.templates.values():
            if template["name"] == name and template["language"] == language:
                return template
        return None


@dataclass(slots=True)
class Number:
    """A business number on the Cloud API."""

    id: str
    waba: Waba = field(repr=False)
    display: str = ""
    verified_name: str = "Loja Ipê"
    quality: str = "GREEN"
    status: str = "CONNECTED"
    #: STANDARD or HIGH; None follows the general behavior.
    throughput: str | None = None
    bucket: Bucket | None = field(default=None, repr=False)
    #: Statuses waiting to leave in one post.
    waiting: list[tuple[str, str]] = field(default_factory=list, repr=False)

    @property
    def digits(self) -> str:
        return _digits(self.display)


@dataclass(slots=True)
class TwilioAccount:
    """``auth_token`` signs its webhooks; ``known`` means it was told to us, not assumed."""

    sid: str
    auth_token: str = field(repr=False)
    known: bool = False
    inbound_url: str | None = None


class Accounts:
    """Any id is welcome; what was not configured gets sensible defaults."""

    def __init__(self, config: SimulatorConfig) -> None:
        self._config = config
        self.wabas: dict[str, Waba] = {}
        self.numbers: dict[str, Number] = {}
        self.twilio: dict[str, TwilioAccount] = {}
        #: Which Twilio account last sent from a number: inbound messages to it belong there.
        self.twilio_numbers: dict[str, str] = {}
        #: Bearer tokens that count; empty means any.
        self.tokens: set[str] = set()
        self._assumed: Waba | None = None

    def waba(self, waba_id: str) -> Waba:
        """The account with this id; a new one adopts the numbers whose account we had to assume."""
        if waba_id not in self.wabas:
            waba = self.wabas[waba_id] = Waba(waba_id, self._config.app_secret)
            for number in self.numbers.values():
                if number.waba is self._assumed:
                    number.waba = waba
        return self.wabas[waba_id]

    def number(self, number_id: str) -> Number:
        known = self.numbers.get(number_id)
        if known is None:
            known = self.numbers[number_id] = Number(number_id, self._home(), _display(number_id))
        return known

    def numbers_of(self, waba: Waba) -> list[Number]:
        return [number for number in self.numbers.values() if number.waba is waba]

    def find_number(self, to: str | None) -> Number:
        """The number with this id or these digits; without either, the first one there is."""
        for number in self.numbers.values():
            if to is None or to in (number.id, number.digits):
                return number
        return self.number(to or "573542517421694")

    def twilio_account(self, sid: str) -> TwilioAccount:
        if sid not in self.twilio:
            self.twilio[sid] = TwilioAccount(sid, self._config.auth_token)
        return self.twilio[sid]

    def twilio_home(self, our_number: str) -> TwilioAccount:
        """Whose inbound messages arrive at ``our_number``."""
        sid = self.twilio_numbers.get(our_number) or next(iter(self.twilio), DEFAULT_TWILIO)
        return self.twilio_account(sid)

    def find_app_secret(self, app_id: str) -> str:
        for waba in self.wabas.values():
            if waba.app_id == app_id:
                return waba.app_secret
        return self._config.app_secret

    def _home(self) -> Waba:
        real = [waba for waba in self.wabas.values() if waba is not self._assumed]
        if real:
            return real[-1]
        if self._assumed is None:
            self._assumed = self.wabas.setdefault(DEFAULT_WABA, Waba(DEFAULT_WABA, self._config.app_secret))
        return self._assumed


@lru_cache(maxsize=1024)
def _digits(display: str) -> str:
    return "".join(c for c in display if c in "0123456789")


def _display(number_id: str) -> str:
    subscriber = zlib.crc32(number_id.encode()) % 10_000_000
    return f"+55 11 3{subscriber // 10_000:03d}-{subscriber % 10_000:04d}"
