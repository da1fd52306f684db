"""Moments, money, phones and sizes as people read them, in the language the window speaks."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

from embedded_server.contract.words import mark, number, spoken, t

_BRAZILIAN = re.compile(r"\+55(\d{2})(\d{4,5})(\d{4})")
_AMERICAN = re.compile(r"\+1(\d{3})(\d{3})(\d{4})")
_DAYS = (mark("Mon"), mark("Tue"), mark("Wed"), mark("Thu"), mark("Fri"), mark("Sat"), mark("Sun"))
_SIGNS = {"BRL": "R$", "USD": "US$", "EUR": "€"}
_UNITS = ("B", "KB", "MB", "GB", "TB")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def phone(e164: str) -> str:
    """``+55 31 98888-1234``; numbers of other countries keep their digits together."""
    if match := _BRAZILIAN.fullmatch(e164):
        return "+55 {} {}-{}".format(*match.groups())
    if match := _AMERICAN.fullmatch(e164):
        return "+1 {} {}-{}".format(*match.groups())
    return e164


def moment(dt: datetime) -> str:
    """Day and time on this machine's clock: ``21/11/2025 14:05``."""
    here = dt.astimezone()
    return f"{day(here)} {here:%H:%M}"


def day(dt: datetime) -> str:
    """``21/11/2025``, or ``2025-11-21`` in English, which reads the same on both sides of the ocean."""
    return dt.astimezone().strftime("%Y-%m-%d" if spoken() == "en" else "%d/%m/%Y")


def clock(dt: datetime) -> str:
    """``14:05``"""
    return dt.astimezone().strftime("%H:%M")


def short_moment(dt: datetime, now: datetime | None = None) -> str:
    """As short as it can be said: ``10:42``, ``ontem``, ``qui``, ``21/11``; the year when it is another."""
    here, today = dt.astimezone(), (now or _now()).astimezone()
    ago = (today.date() - here.date()) // timedelta(days=1)
    if ago == 0:
        return clock(here)
    if ago == 1:
        return t("yesterday")
    if 1 < ago < 7:
        return t(_DAYS[here.weekday()])
    if here.year != today.year:
        return day(here)
    return here.strftime("%m-%d" if spoken() == "en" else "%d/%m")


def day_name(dt: datetime, now: datetime | None = None) -> str:
    """What stands between two days of a conversation: ``Hoje``, ``Ontem``, ``qui, 20/11/2025``."""
    here, today = dt.astimezone(), (now or _now()).astimezone()
    ago = (today.date() - here.date()) // timedelta(days=1)
    if ago in (0, 1):
        return t("Yesterday") if ago else t("Today")
    return f"{t(_DAYS[here.weekday()])}, {day(here)}"


def money(amount: float, currency: str = "BRL") -> str:
    """``R$ 1.234,50``; what stands between sign and number does not break over lines."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{_SIGNS.get(currency, currency)}\N{NO-BREAK SPACE}{number(abs(amount), 2)}"


def span(seconds: float) -> str:
    """About how long: ``≈ 40 s``, ``≈ 42 min``, ``≈ 2 h 5 min``, ``≈ 3 d 4 h``."""
    return f"≈ {_span(round(seconds))}"


def duration(seconds: float) -> str:
    """Exactly how long, as players say it: ``0:32``, ``12:05``, ``1:02:03``."""
    minutes, rest = divmod(round(seconds), _MINUTE)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def percent(share: float) -> str:
    """A share of one as ``18,8%``; whole percents have no decimals."""
    hundredth = round(share * 100, 1)
    return f"{number(hundredth, 0 if hundredth == int(hundredth) else 1)}%"


def file_size(bytes_: int) -> str:
    """``812 B``, ``1,2 MB``"""
    size, unit = float(bytes_), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{number(size, 1 if unit and size < 10 else 0)} {_UNITS[unit]}"


def _span(seconds: int) -> str:
    if seconds < _MINUTE:
        return f"{seconds} s"
    if (minutes := round(seconds / _MINUTE)) < 60:
        return f"{minutes} min"
    if seconds < _DAY:
        return _two(seconds, _HOUR, "h", _MINUTE, "min")
    return _two(seconds, _DAY, "d", _HOUR, "h")


def _two(seconds: int, large: int, large_name: str, small: int, small_name: str) -> str:
    whole, rest = divmod(round(seconds / small), large // small)
    return f"{whole} {large_name} {rest} {small_name}" if rest else f"{whole} {large_name}"


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
