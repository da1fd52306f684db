"""The spool on a real disk: what was acknowledged is found again, in order, and only by its company."""

# ruff: noqa: ASYNC240 - a test may look at a small file at once

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from engine.ids import new_id
from engine.intake import (
    EventKind,
    EventRefused,
    IntakeUnavailable,
    NewEvent,
    Source,
    SpoolFile,
    SpoolFull,
    SpoolingStore,
)
from engine.vault import CellUnreadable, CompanyKeys
from tests.fakes.floods import until

COMPANY, CHANNEL = uuid4(), uuid4()
KEYS = CompanyKeys(COMPANY, {1: os.urandom(32)})


class Database:
    """Keeps the writer's promises, in memory, and can go away."""

    def __init__(self) -> None:
        self.rows: list[NewEvent] = []
        self.is_away = False
        self.refused: set[str] = set()

    async def store(self, rows: Sequence[NewEvent]) -> None:
        await asyncio.sleep(0)
        if self.is_away:
            raise IntakeUnavailable
        if any(row.dedupe_key in self.refused for row in rows):
            raise EventRefused
        self.rows.extend(rows)

    @property
    def keys(self) -> list[str]:
        return [row.dedupe_key for row in self.rows]


async def keys(company_id: UUID) -> CompanyKeys:
    if company_id != COMPANY:
        raise CellUnreadable
    return KEYS


def event(key: str, *, company_id: UUID = COMPANY, payload: bytes = b"Ol\xc3\xa1") -> NewEvent:
    return NewEvent(company_id, new_id(), CHANNEL, Source.TWILIO, EventKind.MESSAGE, key, payload)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool" / "twilio"


def spooling(
    database: Database, path: Path, *, most_bytes: int = 1_000_000, every: float = 0.02
) -> SpoolingStore:
    return SpoolingStore(database.store, keys, SpoolFile(path, most_bytes=most_bytes), every=every)


async def test_with_a_database_nothing_touches_the_disk(path: Path) -> None:
    database = Database()

    await spooling(database, path).store([event("SM1")])

    assert database.keys == ["SM1"]
    assert not path.exists()


async def test_without_one_events_wait_on_the_disk_sealed(path: Path) -> None:
    database = Database()
    database.is_away = True

    await spooling(database, path).store([event("SM1", payload=b"a person's words")])

    assert b"words" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_after_a_crash_everything_acknowledged_goes_to_the_database_in_order(path: Path) -> None:
    database = Database()
    database.is_away = True
    sent = [event(f"SM{n}") for n in range(500)]
    await spooling(database, path).store(sent[:1])
    await spooling(database, path).store(sent[1:])

    database.is_away = False
    await spooling(database, path).drain()

    assert database.rows == sent
    assert path.stat().st_size == 0


async def test_what_is_spooled_goes_before_what_is_new(path: Path) -> None:
    database = Database()
    database.is_away = True
    store = spooling(database, path)
    await store.store([event("old")])
    database.is_away = False

    await store.store([event("new")])
    assert database.keys == []
    await store.start()
    await until(lambda: store.is_empty)
    await store.store([event("newest")])
    await store.close()

    assert database.keys == ["old", "new", "newest"]


async def test_a_steady_stream_finds_its_way_back_to_the_database(path: Path) -> None:
    database = Database()
    database.is_away = True
    store = spooling(database, path, every=0.01)
    await store.start()
    for n in range(200):
        database.is_away = n < 100
        await store.store([event(f"SM{n:03}")])
    await until(lambda: store.is_empty)
    await store.close()

    assert sorted(database.keys) == [f"SM{n:03}" for n in range(200)]


async def test_a_torn_end_is_cut_and_the_next_event_is_safe(path: Path) -> None:
    database = Database()
    database.is_away = True
    await spooling(database, path).store([event("SM1")])
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])

    await spooling(database, path).store([event("SM2")])
    database.is_away = False
    await spooling(database, path).drain()

    assert database.keys == ["SM1", "SM2"]


async def test_a_damaged_record_costs_only_itself(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    database = Database()
    database.is_away = True
    await spooling(database, path).store([event("SM1"), event("SM2"), event("SM3")])
    data = bytearray(path.read_bytes())
    data[data.index(b"SM2")] ^= 0xFF
    path.write_bytes(data)
    database.is_away = False

    await spooling(database, path).drain()

    assert database.keys == ["SM1", "SM3"]
    assert "damaged" in caplog.text


async def test_a_drain_that_fails_half_way_forgets_nothing(path: Path) -> None:
    database = Database()
    database.is_away = True
    store = spooling(database, path)
    await store.store([event("SM1"), event("SM2")])

    with pytest.raises(IntakeUnavailable):
        await store.drain()

    assert not store.is_empty
    database.is_away = False
    await store.drain()
    assert database.keys == ["SM1", "SM2"]


async def test_what_belongs_to_nobody_any_more_does_not_block_the_rest(path: Path) -> None:
    database = Database()
    database.is_away = True
    store = spooling(database, path)
    await store.store([event("SM1"), event("gone"), event("SM2")])
    database.is_away = False
    database.refused.add("gone")

    await store.drain()

    assert database.keys == ["SM1", "SM2"]
    with pytest.raises(EventRefused):
        await store.store([event("gone")])
    assert store.is_empty


async def test_a_full_reserve_or_a_missing_key_is_a_refusal(path: Path) -> None:
    database = Database()
    database.is_away = True
    store = spooling(database, path, most_bytes=1_000)

    with pytest.raises(IntakeUnavailable):
        await store.store([event("SM1", company_id=uuid4())])
    with pytest.raises(IntakeUnavailable) as refused:
        await store.store([event("SM1", payload=b"a" * 2_000)])

    assert isinstance(refused.value.__cause__, SpoolFull)
    assert store.is_empty
