"""When a campaign may send, when it starts, and what it is billed as: decisions without a database."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.campaigns import rules
from engine.models import Misfire, RunDecision

NEW_YORK, LISBON, SAO_PAULO = "America/New_York", "Europe/Lisbon", "America/Sao_Paulo"
NIGHT = rules.QuietHours(time(21), time(8))
DUE = datetime(2027, 1, 11, 12, 0, tzinfo=UTC)
#: Wall times of the years 2000 to 2035, to the minute.
WALLS = st.integers(15_778_080, 34_186_080).map(
    lambda minute: datetime.fromtimestamp(minute * 60, UTC).replace(tzinfo=None)
)
ZONES = sorted(available_timezones() - {"localtime", "Factory"})


@pytest.mark.parametrize(
    ("local", "zone", "instant"),
    [
        ("2027-01-11T09:00", SAO_PAULO, "2027-01-11T12:00+00:00"),
        # The gap: 02:00 becomes 03:00, so the first valid instant is the change itself.
        ("2026-03-08T02:30", NEW_YORK, "2026-03-08T07:00+00:00"),
        ("2026-03-08T02:00", NEW_YORK, "2026-03-08T07:00+00:00"),
        ("2026-03-08T03:00", NEW_YORK, "2026-03-08T07:00+00:00"),
        ("2026-03-29T01:30", LISBON, "2026-03-29T01:00+00:00"),
        # The overlap: 01:30 happens twice, and counts the first time.
        ("2026-11-01T01:30", NEW_YORK, "2026-11-01T05:30+00:00"),
        ("2026-10-25T01:30", LISBON, "2026-10-25T00:30+00:00"),
        # Brazil's own last change, at midnight: the day began at 01:00.
        ("2018-11-04T00:15", SAO_PAULO, "2018-11-04T03:00+00:00"),
        # Half an hour of change, and a day that never was.
        ("2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:30+00:00"),
        ("2011-12-30T12:00", "Pacific/Apia", "2011-12-30T10:00+00:00"),
    ],
)
def test_sc_02_a_wall_time_happens_once_at_the_documented_instant(local, zone, instant) -> None:
    assert rules.instant_of(local, zone) == datetime.fromisoformat(instant)


@given(WALLS, st.sampled_from(ZONES))
def test_sc_02_an_instant_shows_its_wall_time_or_the_end_of_the_gap(wall: datetime, zone: str) -> None:
    instant = rules.instant_of(wall.isoformat(timespec="minutes"), zone)

    shown = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    before = (instant - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert shown == wall or before < wall < shown


@pytest.mark.parametrize("local", ["2027-01-11T09:00+00:00", "2027-01-11T09:00Z", "tomorrow", "", "09:00"])
def test_what_is_no_wall_time_is_refused(local: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever part of it is wrong
        rules.instant_of(local, SAO_PAULO)


@pytest.mark.parametrize(
    ("late", "policy", "decision"),
    [
        (timedelta(0), Misfire.ASK, RunDecision.RUN),
        (timedelta(minutes=15), Misfire.SKIP, RunDecision.RUN),
        (timedelta(minutes=15, seconds=1), Misfire.ASK, RunDecision.ASKED),
        (timedelta(minutes=15, seconds=1), Misfire.SKIP, RunDecision.SKIPPED),
        (timedelta(days=3), Misfire.RUN, RunDecision.RUN),
        (timedelta(days=3), Misfire.ASK, RunDecision.ASKED),
    ],
)
def test_a_missed_start_follows_its_owners_choice(late, policy, decision) -> None:
    assert rules.decide_run(DUE, DUE + late, policy) is decision


@pytest.mark.parametrize(
    ("moment", "open_now"),
    [
        ("20:59", True),
        ("21:00", False),
        ("21:05", False),  # a campaign resumed in the quiet waits for the morning
        ("23:59", False),
        ("00:00", False),
        ("07:59", False),
        ("08:00", True),
    ],
)
def test_sc_04_quiet_hours_cross_midnight(moment: str, open_now: bool) -> None:
    now = datetime.combine(datetime(2027, 1, 11, tzinfo=UTC), time.fromisoformat(moment), UTC)

    assert rules.open_zones(["UTC"], NIGHT, now) == (["UTC"] if open_now else [])


def test_sc_04_quiet_is_where_the_person_is() -> None:
    evening_in_brazil = datetime(2027, 1, 11, 23, 30, tzinfo=UTC)  # 20:30 there, 23:30 in Lisbon

    zones = [SAO_PAULO, LISBON, "America/Manaus", "Asia/Tokyo"]

    assert rules.open_zones(zones, NIGHT, evening_in_brazil) == [SAO_PAULO, "America/Manaus", "Asia/Tokyo"]


def test_sc_04_quiet_hours_move_with_the_clocks_of_the_person() -> None:
    winter, summer = datetime(2026, 1, 15, 8, 30, tzinfo=UTC), datetime(2026, 7, 15, 7, 30, tzinfo=UTC)

    assert rules.open_zones([LISBON], NIGHT, winter) == [LISBON]
    assert rules.open_zones([LISBON], NIGHT, summer) == [LISBON]
    assert rules.open_zones([LISBON], NIGHT, summer - timedelta(minutes=31)) == []


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    siesta = rules.quiet_hours("12:00", "14:00")

    assert siesta is not None
    assert [siesta.covers(time(h)) for h in (11, 12, 13, 14)] == [False, True, True, False]
    assert rules.quiet_hours(None, "08:00") is rules.quiet_hours("09:00", "09:00") is None
    assert rules.open_zones([LISBON], None, DUE) == [LISBON]


@given(st.times(), st.times(), st.times())
def test_a_moment_is_quiet_in_one_window_or_in_its_complement(start: time, end: time, moment: time) -> None:
    if start != end:
        window, complement = rules.QuietHours(start, end), rules.QuietHours(end, start)
        assert window.covers(moment) is not complement.covers(moment)


@pytest.mark.parametrize("bad", ["25:00", "8", "noon"])
def test_what_is_no_time_of_day_is_refused(bad: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the standard library's own words
        rules.quiet_hours(bad, "08:00")


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),  # two places each
        ("€" * 81, 2),
        ("ç" * 70, 1),  # the small ç is not in the alphabet of SMS: all becomes UTF-16
        ("ç" * 71, 2),
        ("Ç" * 160, 1),
        ("😀" * 35, 1),  # two units each
        ("😀" * 36, 2),
        ("não" + "a" * 131, 2),
        ("não" + "a" * 132, 3),
    ],
)
def test_an_sms_is_billed_by_segments(text: str, segments: int) -> None:
    assert rules.sms_segments(text) == segments


@given(st.text(max_size=500), st.text(max_size=20))
def test_a_longer_sms_is_never_billed_less(text: str, more: str) -> None:
    assert rules.sms_segments(text + more) >= rules.sms_segments(text) >= 1


def test_how_long_a_campaign_takes() -> None:
    assert rules.duration(0, 10) == timedelta(0)
    assert rules.duration(101, 10) == timedelta(seconds=11)
    assert rules.duration(5, 0) == timedelta(0)


def test_no_state_can_both_be_started_and_stopped() -> None:
    assert not rules.STARTABLE & rules.PAUSABLE
    assert rules.PAUSABLE < rules.CANCELLABLE
    assert rules.EDITABLE < rules.STARTABLE
