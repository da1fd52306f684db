"""Campaigns in words: who is left out, what stands in the way, when it ends; the codes come from the wire."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desktop.widgets import formats
from embedded_server.contract.campaigns import FlightPlanOut, MisfireName
from embedded_server.contract.channels import ChannelKindName, ChannelOut
from embedded_server.contract.labels import named
from embedded_server.contract.reasons import PERSON, STANDSTILL
from embedded_server.contract.words import mark, spoken, t, tn

#: Steps of the wizard, by the order in which they come.
AUDIENCE, MESSAGE, SCHEDULE, REVIEW = range(4)

_LEFT_OUT: dict[str, Callable[[int], str]] = {
    "opted_out": lambda n: tn("{count} opted out", "{count} opted out", n),
    "no_address": lambda n: tn(
        "{count} without a number for this channel", "{count} without a number for this channel", n
    ),
    "duplicate": lambda n: tn("{count} duplicate", "{count} duplicates", n),
    "missing_variable": lambda n: tn(
        "{count} without a value for a variable", "{count} without a value for a variable", n
    ),
    "too_long": lambda n: tn("{count} with too long a text", "{count} with too long a text", n),
    "empty": lambda n: tn("{count} with an empty text", "{count} with an empty text", n),
}


#: Names of time zones have no accents; those of Brazil's cities do.
_ACCENTS = {
    "Sao Paulo": "São Paulo",
    "Belem": "Belém",
    "Cuiaba": "Cuiabá",
    "Maceio": "Maceió",
    "Araguaina": "Araguaína",
    "Santarem": "Santarém",
    "Eirunepe": "Eirunepé",
}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in the way, as a message id, and the step on which it is put right; None for elsewhere."""

    message: str
    step: int | None = None


OBSTACLES: dict[str, Obstacle] = {
    "no_message": Obstacle(mark("The message is not written yet."), MESSAGE),
    "nobody_to_write_to": Obstacle(
        mark("Nobody in this audience can get the message. Choose other people or another channel."), AUDIENCE
    ),
    "channel_stopped": Obstacle(mark("The number is stopped. Open Connections and put it right first.")),
    "template_needs_whatsapp": Obstacle(
        mark("Templates only exist on WhatsApp. Write a text for this channel."), MESSAGE
    ),
    "template_unknown": Obstacle(
        mark("Meta's list does not have this template. Get the templates again or choose another."), MESSAGE
    ),
    "template_not_approved": Obstacle(
        mark("Meta does not send this template at the moment. Choose an approved one."), MESSAGE
    ),
    "start_in_the_past": Obstacle(mark("The start is in the past. Choose a later time."), SCHEDULE),
    "takes_too_long": Obstacle(
        mark("With this pace and these quiet hours it would take more than a year."), SCHEDULE
    ),
}

#: What only this window can see is missing.
GAPS: dict[str, Obstacle] = {
    "no_channel": Obstacle(mark("Choose the number it is sent from."), MESSAGE),
    "no_audience": Obstacle(mark("Choose whom to write to."), AUDIENCE),
    "template_open": Obstacle(mark("Fill in every field of the template."), MESSAGE),
}

MISFIRES: dict[MisfireName, tuple[str, str]] = {
    MisfireName.ASK: (
        mark("Ask me"),
        mark("It waits, and you decide whether it is still sent. Recommended."),
    ),
    MisfireName.RUN: (
        mark("Send anyway"),
        mark("It starts as soon as the computer is on again, however late."),
    ),
    MisfireName.SKIP: (mark("Skip it"), mark("It is cancelled and nobody gets anything.")),
}


def now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def left_out(code: str, people: int) -> str:
    """``30 descadastrados``"""
    known = _LEFT_OUT.get(code)
    return known(people) if known else f"{people} {code}"


def all_left_out(skipped: Mapping[str, int]) -> str:
    """Everyone who is left out and why, the largest group first."""
    groups = sorted(skipped.items(), key=lambda group: -group[1])
    return ", ".join(left_out(code, people) for code, people in groups)


def people(count: int) -> str:
    return tn("{count} contact", "{count} contacts", count)


def will_receive(count: int) -> str:
    return tn("{count} contact will receive it", "{count} contacts will receive it", count)


def obstacle(code: str) -> Obstacle:
    return OBSTACLES.get(code, Obstacle(code))


def warning(code: str, count: int) -> str:
    if code == "window_closed":
        return tn(
            "{count} contact has not written in the last 24 hours. Meta refuses free text to them; "
            "an approved template reaches everybody.",
            "{count} contacts have not written in the last 24 hours. Meta refuses free text to them; "
            "an approved template reaches everybody.",
            count,
        )
    if code == "starts_in_quiet_hours":
        return t("It starts in the quiet hours: the first message leaves when they end.")
    return code


def person_reason(code: str | None, said: str | None) -> str:
    """Why one person got nothing: in our words, else in the vendor's."""
    if not code:
        return said or ""
    meaning = PERSON.get(code)
    if meaning:
        return t(meaning)
    return f"{said} ({code})" if said else t("Operator's code {code}", code=code)


def standstill(code: str) -> str:
    """Why a campaign stands still, and what to do."""
    known = STANDSTILL.get(code) or PERSON.get(code)
    if known:
        return t(known)
    return t("The operator stopped it with code {code}. See the connection, then resume.", code=code)


def channel_name(channel: ChannelOut | None) -> str:
    """``WhatsApp · Loja · +55 11 5000-0000``"""
    if channel is None:
        return t("Connection removed")
    shown = formats.phone(channel.display or channel.sender)
    return f"{named(channel.kind, channel.name)} · {shown}"


def short_channel(channel: ChannelOut | None) -> str:
    """``WhatsApp · Loja``"""
    return named(channel.kind, channel.name) if channel else t("Connection removed")


def cost(flight: FlightPlanOut, kind: ChannelKindName | None) -> str:
    """What it is likely to cost, and how many units that is."""
    if flight.cost is None or flight.currency is None:
        return t("no price on this connection")
    money = formats.money(float(flight.cost), flight.currency)
    if kind is ChannelKindName.SMS:
        return tn("{money} ({count} SMS part)", "{money} ({count} SMS parts)", flight.units, money=money)
    return money


def zone_of(name: str) -> ZoneInfo:
    """Raises nothing: a zone this machine does not know is read on Brazil's clocks."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("America/Sao_Paulo")


def there(moment: datetime, zone: str) -> datetime:
    """A moment on the clocks of the campaign's zone."""
    return moment.astimezone(zone_of(zone))


def in_zone(wall: datetime, zone: str) -> datetime:
    """A wall time as a moment, on the clocks of a zone."""
    return wall.replace(tzinfo=zone_of(zone))


def day_and_clock(moment: datetime, zone: str, today: datetime) -> str:
    """``15:10`` today, ``12/01 09:00`` on another day, with the year when it is another."""
    here, today = there(moment, zone), there(today, zone)
    if here.date() == today.date():
        return f"{here:%H:%M}"
    english = spoken() == "en"
    if here.year == today.year:
        return f"{here:%m-%d %H:%M}" if english else f"{here:%d/%m %H:%M}"
    return f"{here:%Y-%m-%d %H:%M}" if english else f"{here:%d/%m/%Y %H:%M}"


def ends(flight: FlightPlanOut, zone: str) -> str:
    """``≈ 42 min, termina 15:10``"""
    if not flight.sending or flight.finishes_at is None:
        return ""
    takes = formats.span(flight.duration_seconds)
    return t("{takes}, ends {at}", takes=takes, at=day_and_clock(flight.finishes_at, zone, now()))


def city(zone: str) -> str:
    """``São Paulo`` of ``America/Sao_Paulo``"""
    name = zone.rpartition("/")[2].replace("_", " ")
    return _ACCENTS.get(name, name)
