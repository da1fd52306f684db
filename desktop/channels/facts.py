"""What is known of a number, in words: one line for its card, and a table for its details."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from desktop.channels.link_words import engines
from desktop.channels.troubles import days_left, health_of
from desktop.widgets import formats
from embedded_server.contract import labels
from embedded_server.contract.channels import ChannelModeName, ChannelOut, InspectionOut, ProviderName
from embedded_server.contract.linked import LinkOut
from embedded_server.contract.words import mark, number, t, tn

#: Dots stand for what is not shown of a secret.
DOTS = "••••"

_QUALITY = {
    "GREEN": mark("high"),
    "YELLOW": mark("medium"),
    "RED": mark("low"),
    "UNKNOWN": mark("not yet known"),
}
_TIERS = {"TIER_50": 50, "TIER_250": 250, "TIER_1K": 1000, "TIER_2K": 2000, "TIER_10K": 10_000}
_TIERS |= {"TIER_100K": 100_000}
_UNLIMITED = "TIER_UNLIMITED"
_NAME = {
    "APPROVED": mark("approved"),
    "AVAILABLE_WITHOUT_REVIEW": mark("approved"),
    "PENDING_REVIEW": mark("under review"),
    "DECLINED": mark("refused"),
    "EXPIRED": mark("expired"),
    "NONE": mark("not reviewed"),
}
_STATUS = {
    "CONNECTED": mark("connected"),
    "PENDING": mark("not yet connected"),
    "OFFLINE": mark("offline"),
    "FLAGGED": mark("under observation for low quality"),
    "RESTRICTED": mark("restricted"),
    "RATE_LIMITED": mark("restricted"),
    "DISCONNECTED": mark("disconnected"),
    "BANNED": mark("banned"),
    "UNVERIFIED": mark("not verified"),
    "active": mark("active"),
    "suspended": mark("suspended"),
    "closed": mark("closed"),
}
_WEBHOOK = {
    "here": mark("arrives here"),
    "elsewhere": mark("goes to another address"),
    "app": mark("goes to the address of the app at Meta"),
    "nowhere": mark("goes nowhere"),
}


def shown_number(channel: ChannelOut) -> str:
    """The number people see; until the vendor told it, the vendor's id of it."""
    return channel.display or formats.phone(channel.sender.removeprefix("whatsapp:"))


def masked(end: str | None) -> str:
    return f"{DOTS}{end}" if end else ""


def secret_line(channel: ChannelOut, name: str) -> str:
    """A kept secret by its last characters, where they are known."""
    if channel.mode is ChannelModeName.SIMULATOR:
        return t("not needed in the simulator")
    return masked(channel.hints.get(name)) or t("kept")


def line(channel: ChannelOut, link: LinkOut | None = None) -> str:
    """The muted line of a card. ``link`` is that of a linked number, where it is known."""
    parts = _of_link_in_short(channel, link) if is_linked(channel) else _parts(channel)
    # A line may break behind a dot, not before it.
    return "\N{NO-BREAK SPACE}· ".join(part for part in parts if part)


def is_linked(channel: ChannelOut) -> bool:
    """Whether a phone carries it: it has no vendor, and what only vendors have."""
    return channel.provider is ProviderName.LINKED


def rows(channel: ChannelOut, link: LinkOut | None = None) -> list[tuple[str, str]]:
    """Names and values of everything known, for the details; what is unknown is left out."""
    if is_linked(channel):
        return [(name, value) for name, value in _of_link(channel, link) if value]
    told = health_of(channel)
    meta = channel.provider is ProviderName.META
    found = [
        (t("Number"), shown_number(channel)),
        (t("Carried by"), f"{labels.text(channel.kind)} · {labels.text(channel.provider)}"),
        (t("Phone number id") if meta else t("Sender"), channel.sender),
        (t("WhatsApp account id") if meta else t("Account"), channel.account),
        *(_of_meta(channel, told) if meta else _of_twilio(channel, told)),
        (t("What customers write"), _word(_WEBHOOK, told.webhook)),
        (t("Last test"), last_test(told)),
    ]
    return [(name, value) for name, value in found if value]


def quality(told: InspectionOut) -> str:
    return _word(_QUALITY, told.quality)


def limit(told: InspectionOut) -> str:
    """How many people may be written to first in a day."""
    if told.messaging_limit == _UNLIMITED:
        return t("no limit")
    if people := _TIERS.get(told.messaging_limit or ""):
        return t("{count} new people a day", count=number(people))
    return told.messaging_limit or ""


def last_test(told: InspectionOut) -> str:
    return formats.moment(told.checked_at) if told.checked_at else t("never")


def _parts(channel: ChannelOut) -> Iterator[str]:
    told = health_of(channel)
    yield shown_number(channel)
    if channel.mode is ChannelModeName.SIMULATOR:
        yield t("nothing leaves this computer")
    elif channel.provider is ProviderName.META:
        yield t("Token {end}", end=secret_line(channel, "access_token"))
    else:
        yield f"{channel.account[:2]}{DOTS}{channel.account[-2:]}"
    if told.quality:
        yield t("quality {word}", word=quality(told))
    yield limit(told)
    if told.balance is not None and told.currency:
        yield t("balance {amount}", amount=formats.money(told.balance, told.currency))
    if told.checked_at:
        yield t("tested {when}", when=formats.short_moment(told.checked_at))


def _of_link_in_short(channel: ChannelOut, link: LinkOut | None) -> Iterator[str]:
    yield shown_number(channel)
    if channel.mode is ChannelModeName.SIMULATOR:
        yield t("nothing leaves this computer")
    else:
        yield t("through the phone")
    if link and link.opened_at and not link.ended_at:
        yield t("linked since {day}", day=formats.day(link.opened_at))


def _of_link(channel: ChannelOut, link: LinkOut | None) -> Iterator[tuple[str, str]]:
    yield t("Number"), shown_number(channel)
    yield t("Carried by"), f"{labels.text(channel.kind)} · {labels.text(channel.provider)}"
    if link is None:
        return
    yield t("Link"), labels.text(link.state)
    yield t("In this state since"), formats.moment(link.changed_at)
    yield t("Linked on"), formats.moment(link.opened_at) if link.opened_at else ""
    yield t("Unlinked on"), formats.moment(link.ended_at) if link.ended_at else ""
    yield t("Held by"), engines()[link.engine][0]
    yield t("Message in doubt"), engines()[link.engine][1]


def _of_meta(channel: ChannelOut, told: InspectionOut) -> Iterator[tuple[str, str]]:
    name = _word(_NAME, told.name_status)
    yield (t("Name people see"), f"{told.verified_name} ({name})" if name else told.verified_name or "")
    yield t("State at Meta"), _word(_STATUS, told.status)
    yield t("Quality"), quality(told)
    yield t("Limit of conversations you begin"), limit(told)
    yield t("Access token"), secret_line(channel, "access_token")
    if until := channel.token_expires_at:
        left = max(0, days_left(until))
        ends = tn("{day}, in {count} day", "{day}, in {count} days", left, day=formats.day(until))
        yield t("Token ends"), ends


def _of_twilio(channel: ChannelOut, told: InspectionOut) -> Iterator[tuple[str, str]]:
    yield t("Name of the account"), told.verified_name or ""
    yield t("State at Twilio"), _word(_STATUS, told.status)
    if told.balance is not None and told.currency:
        yield t("Balance"), formats.money(told.balance, told.currency)
    yield t("Auth token"), secret_line(channel, "auth_token")


def _word(words: Mapping[str, str], said: str | None) -> str:
    """A vendor's word in ours, or as it is."""
    return t(words.get(said, said)) if said else ""
