"""The doorbell over real PostgreSQL and real Redis: it rings, it may fail, it never runs what it carries."""

from __future__ import annotations

import asyncio
import pickle
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from engine.db.address import DatabaseAddress
from engine.queue import doorbell
from engine.queue.doorbell import Doorbell, build_huey
from engine.worker import Ear
from tests.fakes.poll import until
from tests.fakes.redis_server import RedisServer, redis_server

QUEUE = "huey.redis.engine"


@pytest.fixture
def redis(tmp_path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as server:
        yield server


@dataclass
class House:
    """A bell to ring, and a worker who answers. ``slip`` puts bytes into the queue as an attacker would."""

    bell: Doorbell
    worker: Doorbell
    slip: Callable[[bytes], None]
    heard: list[tuple[str, ...]] = field(default_factory=list)

    async def answered(self, count: int = 1) -> None:
        await until(lambda: len(self.heard) >= count)


@pytest.fixture(params=["postgres", "redis"])
def store(request, address) -> tuple[DatabaseAddress, str | None, Callable[[bytes], None]]:
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis")

        def push(data: bytes) -> None:
            with server.client() as client:
                client.lpush(QUEUE, data)

        return address, server.url, push

    own: DatabaseAddress = request.getfixturevalue("own_address")

    def insert(data: bytes) -> None:
        with psycopg.connect(own.app, autocommit=True) as connection:
            connection.execute("INSERT INTO huey_task (queue, data) VALUES ('engine', %s)", (data,))

    return own, None, insert


@pytest.fixture
async def house(store) -> AsyncIterator[House]:
    address, url, slip = store
    house = House(Doorbell(build_huey(address, url)), Doorbell(build_huey(address, url)), slip)

    async def hear(*ids: str) -> None:
        house.heard.append(ids)

    house.worker.chore("lane", hear)
    house.worker.huey.storage.read_timeout = 0.1
    house.worker.attach(asyncio.get_running_loop())
    ear = Ear(house.worker.huey, workers=1, periodic=False, check_worker_health=False, max_delay=0.1)
    ear.start()
    yield house
    await asyncio.to_thread(ear.stop, graceful=True)
    for bell in (house.bell, house.worker):
        bell.huey.storage.close()


class Bomb:
    """Unpickled, it would touch a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return (Path.touch, (self.target,))


async def test_a_ring_is_answered_in_another_process(house) -> None:
    await house.bell.ring("lane", "company", "channel")

    await house.answered()
    assert house.heard == [("company", "channel")]


async def test_st_05_a_pickle_in_the_queue_is_refused_and_told(house, tmp_path, caplog) -> None:
    house.slip(pickle.dumps(Bomb(tmp_path / "touched")))
    await house.bell.ring("lane", "after")

    await house.answered()
    assert house.heard == [("after",)]
    assert not (tmp_path / "touched").exists()
    assert "in the queue that are not a ring of ours" in caplog.text


async def test_st_05_what_is_no_ring_of_ours_is_refused(house, caplog) -> None:
    forged = [b"", b"{}", b"[]", b'"ring"', b"[1, 2]", b'{"id": 1}', b"\x80\x04", b"[" * 9000]
    for data in forged:
        house.slip(data)
    await house.bell.ring("lane", "after")

    await house.answered()
    assert caplog.text.count("in the queue that are not a ring of ours") >= len(forged)


async def test_a_ring_for_something_else_harms_nobody(house, caplog) -> None:
    house.slip(b'["1", "os.system", null, 0, 0, null, ["true"], {}, null, null, null, null]')
    await house.bell.ring("nothing")
    await house.bell.ring("lane", "after")

    await house.answered()
    assert "Nobody here answers a ring for nothing" in caplog.text


async def test_a_chore_that_fails_is_told_and_the_next_ring_is_answered(house, caplog) -> None:
    async def fail(*_: str) -> None:
        raise ZeroDivisionError

    house.worker.chore("bad", fail)
    await house.bell.ring("bad", "1")
    await house.bell.ring("lane", "after")

    await house.answered()
    assert "its rows are still due" in caplog.text
    assert "ZeroDivisionError" in caplog.text


async def test_nothing_stays_behind_in_the_database(own_address) -> None:
    bell = Doorbell(build_huey(own_address, None))
    await bell.ring("lane", "1")
    await asyncio.to_thread(lambda: bell.huey.execute(bell.huey.dequeue()))
    bell.huey.storage.close()

    with psycopg.connect(own_address.app) as connection:
        for table in ("huey_task", "huey_kv", "huey_schedule"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


async def test_with_the_administrators_address_the_queue_steps_down(postgres) -> None:
    address = DatabaseAddress(postgres.superuser_dsn, postgres.superuser_dsn, set_role=True)
    storage = build_huey(address, None).storage

    assert storage.sql("SELECT current_user", results=True) == [("masteria_app",)]
    storage.close()


async def test_st_01_without_redis_a_ring_is_lost_and_nobody_waits(redis, own_address, caplog) -> None:
    bell = Doorbell(build_huey(own_address, redis.url))
    redis.kill()

    began = time.monotonic()
    for _ in range(100):
        await bell.ring("lane", "1")

    assert time.monotonic() - began < doorbell.PATIENCE
    assert caplog.text.count("Could not ring for lane; the sweeper will") == 1


async def test_st_01_a_frozen_redis_holds_nobody_up_who_rings(redis, own_address) -> None:
    bell = Doorbell(build_huey(own_address, redis.url))
    await bell.ring("lane", "1")
    redis.freeze()

    began = time.monotonic()
    for _ in range(100):
        await bell.ring("lane", "1")

    assert time.monotonic() - began < 2 * doorbell.PATIENCE


async def test_st_01_redis_is_rung_again_when_it_is_back(redis, own_address, monkeypatch) -> None:
    monkeypatch.setattr(doorbell, "LEFT_ALONE", 0.05)
    bell = Doorbell(build_huey(own_address, redis.url))
    redis.kill()
    await bell.ring("lane", "lost")
    redis.start()

    async with asyncio.timeout(10):
        while not bell.huey.storage.queue_size():
            await asyncio.sleep(0.05)
            await bell.ring("lane", "heard")
