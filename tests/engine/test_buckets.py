"""Token buckets: exact in this process, shared through Redis, and half the pace while Redis is away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from engine.cache import buckets
from engine.cache.buckets import LEFT_ALONE, Grant, LocalBuckets, RedisBuckets
from tests.fakes.redis_server import RedisServer, redis_server


@dataclass
class Stopwatch:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def local(watch) -> LocalBuckets:
    return LocalBuckets(watch)


@pytest.fixture
def server(tmp_path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as server:
        yield server


@pytest.fixture
async def shared(server) -> AsyncIterator[RedisBuckets]:
    client = Redis.from_url(server.url)
    yield RedisBuckets(client)
    await client.aclose()


@pytest.fixture
async def sibling(server) -> AsyncIterator[RedisBuckets]:
    """The same buckets in another process, as far as Redis can tell."""
    client = Redis.from_url(server.url)
    yield RedisBuckets(client)
    await client.aclose()


async def full_pace(shared: RedisBuckets) -> None:
    """Wait until Redis is asked again: it grants a full burst of ten, the fallback only five."""
    for n in range(1_000):
        if (await shared.take(f"probe {n}", rate=1, burst=10, want=10)).granted == 10:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("Redis was never asked again")


async def test_a_bucket_begins_full_and_says_when_the_next_token_comes(local) -> None:
    assert await local.take("n", rate=4, burst=3, want=5) == Grant(3, 0.0)
    assert await local.take("n", rate=4, burst=3, want=1) == Grant(0, 0.25)


async def test_a_bucket_refills_at_its_rate_and_never_beyond_its_burst(local, watch) -> None:
    await local.take("n", rate=4, burst=3, want=3)

    watch.seconds = 0.5
    assert (await local.take("n", rate=4, burst=3, want=9)).granted == 2
    watch.seconds = 3600
    assert (await local.take("n", rate=4, burst=3, want=9)).granted == 3


async def test_numbers_do_not_share_a_bucket(local) -> None:
    await local.take("one", rate=1, burst=1, want=1)

    assert (await local.take("two", rate=1, burst=1, want=1)).granted == 1


async def test_what_was_not_used_is_put_back(local) -> None:
    await local.take("n", rate=1, burst=5, want=5)

    await local.put_back("n", 2)

    assert (await local.take("n", rate=1, burst=5, want=5)).granted == 2


@given(
    st.lists(st.tuples(st.floats(0, 5), st.integers(1, 50)), max_size=60),
    st.floats(0.1, 100),
    st.floats(1, 50),
)
def test_no_stretch_of_time_gets_more_than_its_rate_and_one_burst(asks, rate: float, burst: float) -> None:
    watch = Stopwatch()
    local = LocalBuckets(watch)

    async def ask() -> int:
        granted = 0
        for pause, want in asks:
            watch.seconds += pause
            granted += (await local.take("n", rate=rate, burst=burst, want=want)).granted
        return granted

    assert asyncio.run(ask()) <= burst + watch.seconds * rate + 1e-6


async def test_processes_share_one_bucket_through_redis(shared, sibling, monkeypatch) -> None:
    monkeypatch.setattr(buckets, "PATIENCE", 10)

    began = time.monotonic()
    asks = ([shared, sibling][n % 2].take("n", rate=1, burst=20, want=3) for n in range(40))
    granted = sum(grant.granted for grant in await asyncio.gather(*asks))

    assert 20 <= granted <= 20 + (time.monotonic() - began) + 1


async def test_what_was_not_used_is_put_back_into_redis(shared) -> None:
    await shared.take("n", rate=0.01, burst=5, want=5)

    await shared.put_back("n", 2)

    assert (await shared.take("n", rate=0.01, burst=5, want=5)).granted == 2


async def test_st_01_killed_redis_halves_the_pace_until_it_is_back(server, shared, caplog) -> None:
    assert (await shared.take("n", rate=1, burst=10, want=10)).granted == 10

    server.kill()
    assert (await shared.take("n", rate=1, burst=10, want=10)).granted == 5
    assert 1.5 < (await shared.take("n", rate=1, burst=10, want=10)).wait <= 2
    server.start()
    await full_pace(shared)

    messages = [r.message for r in caplog.records if r.levelname == "WARNING"]
    assert messages == ["Redis is away; numbers go on at half their pace"]


async def test_st_01_a_frozen_redis_holds_nobody_up(server, shared) -> None:
    await shared.take("n", rate=1, burst=10, want=1)
    server.freeze()

    began = time.monotonic()
    granted = [(await shared.take("n", rate=1000, burst=10, want=1)).granted for _ in range(200)]

    assert sum(granted) > 0
    assert time.monotonic() - began < LEFT_ALONE
    server.thaw()
    await full_pace(shared)


async def test_st_01_after_a_freeze_every_answer_belongs_to_its_question(server, shared) -> None:
    """A late answer to an abandoned question must not be read as the answer to the next one."""
    server.freeze()
    await asyncio.gather(*(shared.take(f"{n}", rate=1, burst=30, want=30) for n in range(5)))
    server.thaw()
    await full_pace(shared)

    wanted = [await shared.take(f"new {n}", rate=1, burst=30, want=n + 1) for n in range(20)]

    assert [grant.granted for grant in wanted] == [n + 1 for n in range(20)]


async def test_st_01_emptied_redis_begins_again_with_full_buckets(server, shared) -> None:
    await shared.take("n", rate=1, burst=4, want=4)

    with server.client() as client:
        client.flushall()

    assert (await shared.take("n", rate=1, burst=4, want=9)).granted == 4


async def test_st_01_a_full_redis_is_as_one_that_is_away(server, shared) -> None:
    with server.client() as client:
        client.config_set("maxmemory", "100kb")

    grant = await shared.take("n", rate=1, burst=10, want=10)

    assert grant.granted == 5


async def test_buckets_nobody_uses_disappear(server, shared) -> None:
    await shared.take("n", rate=2, burst=10, want=1)

    with server.client() as client:
        assert 0 < client.ttl("bucket:n") <= 65
