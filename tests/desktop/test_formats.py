"""Moments, money, phones and sizes as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from desktop.widgets import formats
from embedded_server.contract import words

NOW = datetime(2025, 11, 21, 14, 5).astimezone()


@pytest.mark.parametrize(
    ("e164", "shown"),
    [
        ("+5531988881234", "+55 31 98888-1234"),
        ("+553133334444", "+55 31 3333-4444"),
        ("+14155550132", "+1 415 555-0132"),
        ("+351912345678", "+351912345678"),
        ("", ""),
    ],
)
def test_a_phone(e164: str, shown: str) -> None:
    assert formats.phone(e164) == shown


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (timedelta(minutes=5), "14:00"),
        (timedelta(days=1), "ontem"),
        (timedelta(days=1, hours=14), "ontem"),
        (timedelta(days=3), "ter"),
        (timedelta(days=6), "sáb"),
        (timedelta(days=7), "14/11"),
        (timedelta(days=400), "17/10/2024"),
        (timedelta(minutes=-5), "14:10"),
        (timedelta(days=-2), "23/11"),
    ],
)
def test_a_moment_as_short_as_can_be(ago: timedelta, shown: str) -> None:
    assert formats.short_moment(NOW - ago, NOW) == shown


def test_a_moment_in_full_is_of_this_machine_and_of_the_language() -> None:
    assert formats.moment(NOW.astimezone(UTC)) == "21/11/2025 14:05"
    assert formats.day_name(NOW, NOW) == "Hoje"
    assert formats.day_name(NOW - timedelta(days=2), NOW) == "qua, 19/11/2025"

    words.use("en")

    assert formats.moment(NOW) == "2025-11-21 14:05"
    assert formats.short_moment(NOW - timedelta(days=3), NOW) == "Tue"


def test_money() -> None:
    assert formats.money(1234.5) == "R$\N{NO-BREAK SPACE}1.234,50"
    assert formats.money(-3, "USD") == "-US$\N{NO-BREAK SPACE}3,00"

    words.use("en")

    assert formats.money(1234.5) == "R$\N{NO-BREAK SPACE}1,234.50"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.4, "≈ 0 s"),
        (40, "≈ 40 s"),
        (2520, "≈ 42 min"),
        (3599, "≈ 1 h"),
        (7500, "≈ 2 h 5 min"),
        (86_399, "≈ 24 h"),
        (273_600, "≈ 3 d 4 h"),
    ],
)
def test_about_how_long(seconds: float, shown: str) -> None:
    assert formats.span(seconds) == shown


def test_how_long_exactly() -> None:
    assert [formats.duration(n) for n in (32, 725, 3723)] == ["0:32", "12:05", "1:02:03"]


def test_shares_and_sizes() -> None:
    assert [formats.percent(n) for n in (0.188, 0.5, 1)] == ["18,8%", "50%", "100%"]
    assert [formats.file_size(n) for n in (812, 1_234_567, 25_000_000)] == ["812 B", "1,2 MB", "24 MB"]
