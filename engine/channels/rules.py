"""What a channel of each vendor needs, and what its states allow: no database, no network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.models import ChannelKind, ChannelMode, ChannelState, Provider

#: Secrets by vendor: those it cannot do without, and those it may have besides.
NEEDED = {
    Provider.META: frozenset({"access_token", "app_secret"}),
    Provider.TWILIO: frozenset({"auth_token"}),
    #: Its keys are the session's own.
    Provider.LINKED: frozenset(),
}
OPTIONAL = {
    Provider.META: frozenset({"app_id", "verify_token"}),
    Provider.TWILIO: frozenset({"api_key_sid", "api_key_secret"}),
    Provider.LINKED: frozenset(),
}
#: What the built-in simulator signs with; known to everyone, protects nothing.
SIMULATED = {
    Provider.META: {"access_token": "simulated", "app_secret": "simulated-app-secret"},
    Provider.TWILIO: {"auth_token": "simulated-auth-token"},
    Provider.LINKED: {},
}
#: Messages a second a fresh number may send, as the vendors document it.
DEFAULT_RATE = {Provider.META: 80.0, Provider.TWILIO: 1.0, Provider.LINKED: 0.5}
#: What the vendors allow at most.
MAX_RATE = 1000.0

#: What a fresh Meta number and a high-throughput one may send, and Twilio's short codes and plain numbers.
_STANDARD, _HIGH, _SHORT_CODE, _LONG_CODE = 80.0, 1000.0, 100.0, 10.0
#: No vendor names a limit for a linked number; faster than a person at a keyboard it only endangers itself.
_LINKED = 2.0
#: Secrets of which the last characters may be shown, so that a person knows which one is kept.
_HINTED = frozenset({"access_token", "auth_token"})
#: A hint gives away a quarter of a secret at most.
_HINT, _LEAST_HINTED = 4, 16
_HINTS = "hints"

_SENDERS = {
    (Provider.META, ChannelKind.WHATSAPP): re.compile(r"\d{5,20}"),
    (Provider.TWILIO, ChannelKind.SMS): re.compile(r"\+\d{6,15}|MG[0-9a-fA-F]{32}|\d{3,6}"),
    (Provider.TWILIO, ChannelKind.WHATSAPP): re.compile(r"whatsapp:\+\d{6,15}|MG[0-9a-fA-F]{32}"),
    (Provider.LINKED, ChannelKind.WHATSAPP): re.compile(r"\+\d{6,15}"),
}
_ACCOUNTS = {
    Provider.META: re.compile(r"\d{5,20}"),
    Provider.TWILIO: re.compile(r"AC[0-9a-zA-Z]{32}"),
    Provider.LINKED: re.compile(r"\d{6,15}@s\.whatsapp\.net"),
}


def can_carry(provider: Provider, kind: ChannelKind) -> bool:
    return (provider, kind) in _SENDERS


def is_sender(provider: Provider, kind: ChannelKind, sender: str) -> bool:
    """Whether this is how the vendor writes its senders; a phone number typed into Meta's field is not."""
    return _SENDERS[provider, kind].fullmatch(sender) is not None


def is_account(provider: Provider, account: str) -> bool:
    return _ACCOUNTS[provider].fullmatch(account) is not None


def complete(
    provider: Provider, mode: ChannelMode, given: Mapping[str, str], *, verify_token: str
) -> dict[str, str]:
    """The secrets with what we can supply: the simulator's own, and a verify token for Meta's handshake."""
    known = SIMULATED[provider] if mode is ChannelMode.SIMULATOR else {}
    made = {"verify_token": verify_token} if provider is Provider.META else {}
    return {**made, **known, **{name: value for name, value in given.items() if value}}


def unknown_secrets(provider: Provider, given: Mapping[str, str]) -> set[str]:
    return set(given) - NEEDED[provider] - OPTIONAL[provider]


def missing_secrets(provider: Provider, held: Mapping[str, str]) -> set[str]:
    return {name for name in NEEDED[provider] if not held.get(name)}


def with_hints(settings: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """The settings with the ends of the secrets that were given; hints of the others stay."""
    ends = {
        name: value[-_HINT:]
        for name, value in given.items()
        if name in _HINTED and len(value) >= _LEAST_HINTED
    }
    kept = {name: end for name, end in hints(settings).items() if name not in given}
    return {**chosen(settings), **({_HINTS: kept | ends} if kept | ends else {})}


def hints(settings: Mapping[str, Any]) -> dict[str, str]:
    """The last characters of kept secrets by name."""
    return dict(settings.get(_HINTS) or {})


def chosen(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a person decided, without what is kept beside it."""
    return {name: value for name, value in settings.items() if name != _HINTS}


def rate_limit(provider: Provider, mode: ChannelMode, sender: str, throughput: str | None) -> float:
    """Messages a second the vendor allows such a number at most; the simulator allows everything."""
    if mode is ChannelMode.SIMULATOR:
        return MAX_RATE
    if provider is Provider.META:
        return _HIGH if throughput == "HIGH" else _STANDARD
    if provider is Provider.LINKED:
        return _LINKED
    if sender.startswith("MG"):
        return MAX_RATE
    return _SHORT_CODE if sender.isdigit() else _LONG_CODE


def can_resume(state: ChannelState) -> bool:
    return state is not ChannelState.ACTIVE


def is_stoppable(state: ChannelState) -> bool:
    return state is ChannelState.ACTIVE
