"""Ids: UUIDv7 as the standard says, in order, and the same for the same fact."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

import time_machine
from hypothesis import given
from hypothesis import strategies as st

from engine.ids import natural_id, new_id

MOMENT = datetime(2026, 7, 1, 12, 30, 15, 250_000, tzinfo=UTC)
MOMENTS = st.integers(315_532_800_000, 7_258_118_400_000).map(
    lambda n: datetime.fromtimestamp(n // 1000, UTC) + timedelta(milliseconds=n % 1000)
)


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def test_an_id_is_a_uuid_of_version_7_and_begins_with_its_millisecond() -> None:
    with time_machine.travel(MOMENT, tick=False):
        made = new_id()

    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == milliseconds(MOMENT)


def test_later_ids_are_greater() -> None:
    made = [new_id() for _ in range(20_000)]

    assert made == sorted(set(made))


def test_ids_stay_in_order_when_the_clock_steps_back() -> None:
    future = datetime.now(UTC) + timedelta(hours=1)
    with time_machine.travel(future, tick=False):
        ahead = new_id()

    assert new_id() > ahead


def test_threads_never_make_the_same_id() -> None:
    made: list[list[object]] = [[] for _ in range(8)]
    threads = [
        threading.Thread(target=lambda box=box: box.extend(new_id() for _ in range(2_000))) for box in made
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({id_ for box in made for id_ in box}) == 16_000
    assert all(box == sorted(box, key=str) for box in made)


@given(MOMENTS, st.lists(st.text(), min_size=1, max_size=4))
def test_the_same_fact_has_the_same_id(moment: datetime, parts: list[str]) -> None:
    first = natural_id(moment, *parts)

    assert first == natural_id(moment, *parts)
    assert (first.version, first.variant) == (7, RFC_4122)
    assert abs((first.int >> 80) - milliseconds(moment)) <= 1


@given(st.lists(st.text(), min_size=1, max_size=3), st.lists(st.text(), min_size=1, max_size=3))
def test_another_fact_has_another_id(one: list[str], other: list[str]) -> None:
    clean = [[part.replace("\x1f", "") for part in parts] for parts in (one, other)]

    same = natural_id(MOMENT, *clean[0]) == natural_id(MOMENT, *clean[1])

    assert same is (clean[0] == clean[1])


@given(MOMENTS, MOMENTS)
def test_natural_ids_stand_in_the_order_of_their_moments(one: datetime, other: datetime) -> None:
    if abs(milliseconds(one) - milliseconds(other)) > 1:
        assert (natural_id(one, "a") < natural_id(other, "a")) is (one < other)


def test_parts_are_not_run_together() -> None:
    assert natural_id(MOMENT, "ab", "c") != natural_id(MOMENT, "a", "bc")


def test_a_broken_text_of_a_vendor_still_has_an_id() -> None:
    assert natural_id(MOMENT, "\ud800").version == 7


def test_a_moment_before_1970_is_the_beginning() -> None:
    assert natural_id(datetime(1960, 1, 1, tzinfo=UTC), "a").int >> 80 == 0
