"""Delivers webhooks: a pool of keep-alive connections, retries with back-off, duplicates and reordering."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache, partial
from random import Random
from typing import Any
from urllib.parse import urlsplit

from embedded_server.simulator.behavior import Behavior
from embedded_server.simulator.fates import Provider
from embedded_server.simulator.line import BROKEN, TIMED_OUT, Line, Origin

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Policy:
    """When a post that was not answered with 200 goes out again."""

    #: Seconds before the first retry; doubles up to ``cap``.
    first: float
    cap: float
    #: Retries before giving up.
    attempts: int
    #: Seconds after the first try before giving up.
    patience: float
    #: Which failures are tried again: ``4xx``, ``5xx``, ``ct`` (connect), ``rt`` (read).
    on: frozenset[str] = frozenset({"2xx", "3xx", "4xx", "5xx", "ct", "rt"})


@dataclass(slots=True)
class Post:
    """One signed webhook. ``keys`` name the events inside, for the acknowledgement record."""

    provider: Provider
    url: str
    request: bytes = field(repr=False)
    keys: tuple[str, ...]
    policy: Policy
    tries: int = 0
    first_tried: float = 0.0
    era: int = 0

    @property
    def origin(self) -> Origin:
        return _origin(self.url)


@dataclass(slots=True)
class Tally:
    """Counts of one provider's posts. ``failures`` counts tries, ``dropped`` posts given up on."""

    posted: int = 0
    acknowledged: int = 0
    failures: int = 0
    retries: int = 0
    duplicated: int = 0
    dropped: int = 0


@lru_cache(maxsize=256)
def _origin(url: str) -> Origin:
    return Origin.of(url)


@lru_cache(maxsize=256)
def _opening_lines(url: str) -> str:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return f"POST {target} HTTP/1.1\r\nHost: {parts.netloc.rpartition('@')[2]}\r\nAccept: */*\r\n"


def compose(url: str, headers: dict[str, str], body: bytes) -> bytes:
    """A whole HTTP/1.1 POST request; the URL's fragment stays here, its query goes along untouched."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    return f"{_opening_lines(url)}{lines}Content-Length: {len(body)}\r\n\r\n".encode("ascii") + body


class Courier:
    """Everything between "this happened" and the receiver's 200.

    At least once and in no particular order, as the real senders. ``pending`` counts what is planned, queued
    or in flight; :meth:`forget` drops it all.
    """

    def __init__(self, connections: int, rng: Random) -> None:
        self.tallies = {provider: Tally() for provider in Provider}
        self.results: Counter[str] = Counter()
        #: How often each event was answered with 200: these may never be lost.
        self.acknowledged: Counter[str] = Counter()
        self.behavior = Behavior()
        self.pending = 0
        self._rng = rng
        self._connections = connections
        self._busy = 0
        self._queue: deque[Post] = deque()
        self._idle: dict[Origin, list[Line]] = {}
        self._lines: set[Line] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._era = 0

    async def stop(self) -> None:
        self.forget()
        for task in self._opening:
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        for line in tuple(self._lines):
            line.close()

    def later(self, delay: float, action: Callable[[], object]) -> None:
        """Run ``action`` after ``delay`` seconds, unless everything is forgotten before."""
        self.pending += 1
        asyncio.get_running_loop().call_later(delay, self._fire, self._era, action)

    def send(self, post: Post) -> None:
        """Queue one post, now or, when it is to be overtaken or doubled, a little later again."""
        behavior = self.behavior
        if behavior.duplicate and self._rng.random() < behavior.duplicate:
            self.tallies[post.provider].duplicated += 1
            twin = Post(post.provider, post.url, post.request, post.keys, post.policy)
            self.later(self._rng.uniform(*behavior.reorder_by), partial(self._put, twin))
        if behavior.reorder and self._rng.random() < behavior.reorder:
            self.later(self._rng.uniform(*behavior.reorder_by), partial(self._put, post))
        else:
            self._put(post)

    def forget(self) -> None:
        """Drop what waits; what is on the wire finishes uncounted."""
        self._era += 1
        self.pending = 0
        self.tallies = {provider: Tally() for provider in Provider}
        self.results.clear()
        self.acknowledged.clear()
        self._queue.clear()

    def report(self) -> dict[str, Any]:
        each = {provider.value: asdict(tally) for provider, tally in self.tallies.items()}
        total = sum((Counter(tally) for tally in each.values()), Counter())
        failed = {reason: n for reason, n in self.results.items() if not reason.startswith("2")}
        names = (field.name for field in fields(Tally))
        return {
            **{name: total[name] for name in names},
            "pending": self.pending,
            "by_provider": each,
            "failed_by": failed,
        }

    def _fire(self, era: int, action: Callable[[], object]) -> None:
        if era == self._era:
            self.pending -= 1
            action()

    def _put(self, post: Post) -> None:
        self.pending += 1
        post.era = self._era
        self._queue.append(post)
        self._pump()

    def _pump(self) -> None:
        while self._queue and self._busy < self._connections:
            self._busy += 1
            post = self._queue.popleft()
            post.first_tried = post.first_tried or asyncio.get_running_loop().time()
            line = self._take(post.origin)
            if line is None:
                self._open_for(post)
            else:
                self._carry(line, post)

    def _take(self, origin: Origin) -> Line | None:
        idle = self._idle.get(origin, [])
        while idle:
            line = idle.pop()
            if line.usable:
                return line
            self._lines.discard(line)
        return None

    def _open_for(self, post: Post) -> None:
        task = asyncio.create_task(self._open(post))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, post: Post) -> None:
        try:
            async with asyncio.timeout(self.behavior.webhook_timeout):
                line = await Line.connect(post.origin)
        except (OSError, TimeoutError):
            self._finish(post, "ct")
        else:
            self._lines.add(line)
            self._carry(line, post)

    def _carry(self, line: Line, post: Post) -> None:
        line.post(post.request, self.behavior.webhook_timeout, partial(self._done, line, post))

    def _done(self, line: Line, post: Post, result: str) -> None:
        if line.usable:
            self._idle.setdefault(post.origin, []).append(line)
        else:
            self._lines.discard(line)
        if result == BROKEN and line.posts > 1:
            # A kept connection may have been closed just now: one try on a new one is no retry.
            self._open_for(post)
        else:
            self._finish(post, "rt" if result in {BROKEN, TIMED_OUT} else result)

    def _finish(self, post: Post, result: str) -> None:
        self._busy -= 1
        if post.era == self._era:
            self.pending -= 1
            self._settle(post, result)
        self._pump()

    def _settle(self, post: Post, result: str) -> None:
        tally = self.tallies[post.provider]
        tally.posted += 1
        self.results[result] += 1
        if result == "200" or (result.startswith("2") and post.provider is Provider.TWILIO):
            tally.acknowledged += 1
            for key in post.keys:
                self.acknowledged[key] += 1
            return
        tally.failures += 1
        if self._may_retry(post, result):
            delay = min(post.policy.cap, post.policy.first * 2 ** min(post.tries, 30))
            post.tries += 1
            tally.retries += 1
            self.later(delay * self._rng.uniform(0.8, 1.2), partial(self._put, post))
        else:
            tally.dropped += 1
            logger.info("Gave up a %s webhook after %d tries: %s", post.provider, post.tries + 1, result)

    def _may_retry(self, post: Post, result: str) -> bool:
        reason = result if result in {"ct", "rt"} else f"{result[0]}xx"
        waited = asyncio.get_running_loop().time() - post.first_tried
        policy = post.policy
        return reason in policy.on and post.tries < policy.attempts and waited < policy.patience
