"""Token buckets that hold a number to its pace: in this process, or in Redis for all processes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

#: An answer that takes longer is none: a lane must not stand still behind a frozen Redis.
PATIENCE = 0.5
#: How long Redis is left alone after it gave no answer.
LEFT_ALONE = 1.0


@dataclass(frozen=True, slots=True)
class Grant:
    """``granted`` tokens may be used now; when none, the next comes in ``wait`` seconds."""

    granted: int
    wait: float


class Buckets(Protocol):
    async def take(self, key: str, *, rate: float, burst: float, want: int) -> Grant:
        """Take up to ``want`` tokens from a bucket that refills at ``rate`` per second up to ``burst``."""
        ...

    async def put_back(self, key: str, tokens: int) -> None:
        """Return tokens that were taken and not used."""
        ...


class LocalBuckets:
    """Buckets of this process, on the monotonic clock: a step of the wall clock grants nothing."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._levels: dict[str, tuple[float, float]] = {}

    async def take(self, key: str, *, rate: float, burst: float, want: int) -> Grant:
        now = self._clock()
        level, at = self._levels.get(key, (burst, now))
        level = min(burst, level + (now - at) * rate)
        granted = min(want, int(level))
        self._levels[key] = (level - granted, now)
        return Grant(granted, 0.0 if granted else (1 - level) / rate)

    async def put_back(self, key: str, tokens: int) -> None:
        if key in self._levels:
            level, at = self._levels[key]
            self._levels[key] = (level + tokens, at)


_TAKE = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1e6
local rate, burst, want = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local held = redis.call('HMGET', KEYS[1], 'level', 'at')
local passed = math.max(0, now - (tonumber(held[2]) or now))
local level = math.min(burst, (tonumber(held[1]) or burst) + passed * rate)
local granted = math.min(want, math.floor(level))
redis.call('HSET', KEYS[1], 'level', tostring(level - granted), 'at', tostring(now))
redis.call('EXPIRE', KEYS[1], 60 + math.ceil(burst / rate))
local wait = 0
if granted == 0 then wait = (1 - level) / rate end
return {granted, tostring(wait)}
"""


class RedisBuckets:
    """Buckets shared through Redis, on its clock. While Redis is away, half the pace from this process."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take = redis.register_script(_TAKE)
        self._fallback = LocalBuckets()
        self._away = False
        self._alone_until = 0.0

    async def take(self, key: str, *, rate: float, burst: float, want: int) -> Grant:
        answer = await self._ask(lambda: self._take(keys=[f"bucket:{key}"], args=[rate, burst, want]))
        if answer is None:
            return await self._fallback.take(key, rate=rate / 2, burst=max(1.0, burst / 2), want=want)
        granted, wait = answer
        return Grant(int(granted), float(wait))

    async def put_back(self, key: str, tokens: int) -> None:
        level = await self._ask(lambda: self._redis.hincrbyfloat(f"bucket:{key}", "level", tokens))
        if level is None:
            await self._fallback.put_back(key, tokens)

    async def _ask(self, question: Callable[[], Awaitable[Any]]) -> Any | None:
        """What Redis answers; None while it is away."""
        if time.monotonic() < self._alone_until:
            return None
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await question()
        except (RedisError, OSError):
            self._alone_until = time.monotonic() + LEFT_ALONE
            if not self._away:
                logger.warning("Redis is away; numbers go on at half their pace")
            self._away = True
            return None
        if self._away:
            logger.info("Redis is back; numbers go on at their full pace")
        self._away = False
        return answer
