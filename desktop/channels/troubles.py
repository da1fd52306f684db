"""What is wrong with a number and what runs out, worst first: for its card, its details and the guides."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from desktop.channels import reasons
from desktop.widgets import formats
from embedded_server.contract.channels import ChannelOut, ChannelStateName, InspectionOut, ProviderName
from embedded_server.contract.labels import Color
from embedded_server.contract.linked import LinkOut, LinkStateName
from embedded_server.contract.words import t, tn

#: Days before its end from which on a token is announced, each in a louder color.
ANNOUNCED = ((1, Color.RED), (7, Color.ORANGE), (14, Color.YELLOW))
#: What the number can live with; everything else keeps it from sending.
MILD = frozenset({"webhook_missing", "token_expires_soon", "permission_missing", "number_unusable"})
_DAY = 86400
#: What the reasons of a channel that stands still for want of its link begin with.
_LINKED = "linked_"
_WORST_FIRST = (Color.RED, Color.ORANGE, Color.YELLOW, Color.NEUTRAL)


@dataclass(frozen=True, slots=True)
class Trouble:
    """``said`` is the vendor's own words, where it gave any."""

    color: Color
    what: str
    help: str = ""
    said: str = field(default="", repr=False)


def health_of(channel: ChannelOut) -> InspectionOut:
    """What the vendor said at the last test."""
    return InspectionOut.model_validate(channel.health)


def of_channel(channel: ChannelOut, link: LinkOut | None = None) -> list[Trouble]:
    """Why it stands still, what the last test found, whether its token runs out; empty when all is well.

    ``link`` is that of a linked number, where it is known.
    """
    if channel.state is ChannelStateName.DISABLED:
        what = t("You disabled this number: nothing is sent or received on it.")
        return [Trouble(Color.NEUTRAL, what, t("Resume it whenever you want."))]
    found = [*_linked(link), *of_inspection(channel.provider, health_of(channel))]
    if link is None or not is_of_link(channel):
        found = [*_stopped(channel), *found]
    if end := ending(channel):
        found.append(end)
    once = list({trouble.what: trouble for trouble in reversed(found)}.values())[::-1]
    return sorted(once, key=lambda trouble: _WORST_FIRST.index(trouble.color))


def of_inspection(provider: ProviderName, told: InspectionOut) -> list[Trouble]:
    """What the vendor's answer says is wrong."""
    return [_problem(provider, word, told) for word in told.problems if word != "token_expires_soon"]


def is_hopeless(told: InspectionOut) -> bool:
    """Whether a number like this could not send: there is no sense in keeping it."""
    return any(word not in MILD and word != "unreachable" for word in told.problems)


def days_left(until: datetime) -> int:
    """Whole days, begun ones too; 0 or less once it is over."""
    return math.ceil((until.timestamp() - time.time()) / _DAY)


def announced(until: datetime | None) -> tuple[int, Color] | None:
    """The step of :data:`ANNOUNCED` the end has come within, if any."""
    if until is None:
        return None
    left = (until.timestamp() - time.time()) / _DAY
    return next(((days, color) for days, color in ANNOUNCED if left <= days), None)


def ending(channel: ChannelOut) -> Trouble | None:
    """That its token runs out, once that is to be announced."""
    until = channel.token_expires_at
    if until is None or not (step := announced(until)):
        return None
    left = days_left(until)
    if left <= 0:
        what = t("The access token ended on {day}.", day=formats.day(until))
        return Trouble(step[1], what, t("Make a new token at Meta and replace it under Settings."))
    what = tn(
        "The access token ends in {count} day, on {day}.",
        "The access token ends in {count} days, on {day}.",
        left,
        day=formats.day(until),
    )
    return Trouble(step[1], what, t("Make a new token at Meta and replace it under Settings before that."))


def is_of_link(channel: ChannelOut) -> bool:
    """Whether it stands still for want of its link only: the link says more, and ends it by itself."""
    return channel.state is ChannelStateName.STOPPED and (channel.stop_reason or "").startswith(_LINKED)


def _linked(link: LinkOut | None) -> Iterator[Trouble]:
    if link is None:
        return
    if reason := reasons.of_code(ProviderName.LINKED, f"{_LINKED}{link.state}"):
        help_ = t(reason.help)
        if link.state is LinkStateName.BANNED and link.until:
            help_ = t("It ends on {moment}. Then try again here.", moment=formats.moment(link.until))
        yield Trouble(Color.RED, t(reason.what), help_)
    if link.state is LinkStateName.BACKOFF:
        what = t("The connection to WhatsApp was lost; it is made again by itself.")
        yield Trouble(Color.YELLOW, what, t("What you send meanwhile waits and goes out afterwards."))
    until = link.restricted_until
    if until and not link.ended_at and until.timestamp() > time.time():
        yield Trouble(
            Color.ORANGE,
            t(
                "WhatsApp limited messages to people who never wrote to you, until {moment}.",
                moment=formats.moment(until),
            ),
            t("Replies go on. Campaigns to new people wait until then."),
        )


def _stopped(channel: ChannelOut) -> Iterator[Trouble]:
    if channel.state is not ChannelStateName.STOPPED:
        return
    code, told = channel.stop_reason or "", health_of(channel)
    said = told.reason or ""
    if reason := reasons.of_code(channel.provider, code):
        yield Trouble(Color.RED, t(reason.what), t(reason.help), said if told.code == code else "")
    else:
        yield Trouble(
            Color.RED,
            reasons.unknown_code(code or "?"),
            t("Test the connection: the answer often says more. Then resume."),
            said,
        )


def _problem(provider: ProviderName, word: str, told: InspectionOut) -> Trouble:
    color = Color.YELLOW if word in MILD else Color.RED
    reason = reasons.of_problem(provider, word, told.code)
    if reason is None:
        return Trouble(color, t("The vendor refused this number."), said=told.reason or "")
    is_said = word in ("token_invalid", "app_refused", "api_key_invalid", "refused")
    return Trouble(color, t(reason.what), t(reason.help), (told.reason or "") if is_said else "")
