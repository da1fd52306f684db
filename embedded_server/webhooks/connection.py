"""One connection of the public listener: reads requests, answers them in order, and never waits for ever."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from typing import Protocol, cast

from embedded_server.webhooks.http import CONTINUE, HookResponse, Limits
from embedded_server.webhooks.reader import Phase, Reader, Ready, Refused
from embedded_server.webhooks.routing import Routes

logger = logging.getLogger(__name__)

_OVERDUE = HookResponse(503)
_FAILED = HookResponse(500)


class Host(Protocol):
    """What a connection needs from the listener that holds it."""

    limits: Limits
    routes: Routes
    answered: Counter[int]
    refused: Counter[int]
    buffered: int
    stopping: bool

    def admit(self, connection: Connection) -> None: ...

    def forget(self, connection: Connection) -> None: ...


class Connection(asyncio.Protocol):
    """Answers run one at a time, so pipelined requests are answered in their order.

    While one is being answered and another already waits, nothing more is read from the peer.
    """

    def __init__(self, listener: Host) -> None:
        self._listener = listener
        self._limits = listener.limits
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()
        self._queue: deque[Ready | HookResponse] = deque()
        self._task: asyncio.Task[None] | None = None
        self._busy_since = 0.0
        self._overdue = self._closing = self._half_closed = self._read_paused = self._deaf = False
        self._blocked_since: float | None = None
        self._partial = self._discarded = 0
        #: A verified sender used it: the last to go when room is needed.
        self.proven = False
        self._served = False

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        self._reader = Reader(
            self._listener.routes,
            self._limits,
            on_phase=self._on_phase,
            on_ready=self._on_ready,
            remote=self.address,
        )
        self._listener.admit(self)

    def data_received(self, data: bytes) -> None:
        if self._closing or self._deaf:
            self._discarded += len(data)
            if self._discarded > self._limits.max_body:
                self.abort()
            return
        try:
            self._reader.feed(data)
        except Refused as refusal:
            self._refuse(refusal.response)
        self._count_partial()
        self._advance()

    def eof_received(self) -> bool:
        # A peer may close its half and still wait for the answer.
        self._half_closed = True
        return not self._closing and (self._task is not None or bool(self._queue))

    def pause_writing(self) -> None:
        self._blocked_since = self._loop.time()

    def resume_writing(self) -> None:
        self._blocked_since = None
        self._advance()

    def connection_lost(self, error: Exception | None) -> None:
        # Work under way goes on: its rows are as welcome without anybody waiting for the answer.
        self._closing = True
        self._drop_queue()
        self._listener.buffered -= self._partial
        self._partial = 0
        self._listener.forget(self)

    # What the reader tells.

    def _on_phase(self, _phase: Phase) -> None:
        self._since = self._loop.time()

    def _on_ready(self, ready: Ready) -> None:
        if len(self._queue) >= self._limits.max_pipelined:
            raise Refused(503)
        self._listener.buffered += len(ready.request.body)
        self._queue.append(ready)

    # Answering.

    def _refuse(self, response: HookResponse) -> None:
        self._deaf = True
        self._queue.append(response)

    def _advance(self) -> None:
        while self._queue and self._task is None and not self._closing and self._blocked_since is None:
            turn = self._queue.popleft()
            if isinstance(turn, HookResponse):
                self._listener.refused[turn.status] += 1
                self._answer(turn, keep_alive=False)
            elif turn.answer is not None:
                self._listener.refused[turn.answer.status] += 1
                self._answer(turn.answer, keep_alive=turn.keep_alive)
            else:
                self._busy_since = self._loop.time()
                self._task = self._loop.create_task(self._serve(turn))
        if not self._closing:
            self._read_on()

    def _read_on(self) -> None:
        if self._queue and not self._read_paused:
            self._read_paused = True
            self._transport.pause_reading()
        elif not self._queue and self._read_paused:
            self._read_paused = False
            self._since = self._loop.time()
            self._transport.resume_reading()
        if self._reader.expects_continue and self._task is None and not self._queue:
            self._reader.expects_continue = False
            self._transport.write(CONTINUE)

    async def _serve(self, turn: Ready) -> None:
        assert turn.match is not None
        route = turn.match.route
        try:
            response = await route.handler(turn.request)
        except asyncio.CancelledError:
            if not self._overdue:
                raise
            logger.warning("%s took too long", route.template)
            response = _OVERDUE
        except Exception:
            logger.exception("%s failed", route.template)
            response = _FAILED
        self._overdue, self._task = False, None
        self._listener.buffered -= len(turn.request.body)
        self._listener.answered[response.status] += 1
        self.proven = self.proven or response.status == 200
        self._answer(response, keep_alive=turn.keep_alive)
        self._advance()

    def _answer(self, response: HookResponse, *, keep_alive: bool) -> None:
        if self._closing:
            return
        self._served = True
        close = not keep_alive or self._listener.stopping or (self._half_closed and not self._queue)
        self._transport.write(response.render(close=close))
        if close:
            self._leave()
        elif self._reader.phase is Phase.IDLE:
            self._since = self._loop.time()

    def _leave(self) -> None:
        """Close our half and wait a little for the peer's: closing at once could destroy our last answer."""
        self._closing = True
        self._since = self._loop.time()
        self._drop_queue()
        if self._half_closed:
            self._transport.close()
            return
        self._transport.write_eof()
        if self._read_paused:
            self._read_paused = False
            self._transport.resume_reading()

    def _drop_queue(self) -> None:
        self._listener.buffered -= sum(len(t.request.body) for t in self._queue if isinstance(t, Ready))
        self._queue.clear()

    def _count_partial(self) -> None:
        """Keep the listener's sum of bodies in memory right, and refuse what would burst it."""
        partial = self._reader.received if self._reader.phase is Phase.BODY else 0
        if partial == self._partial:
            return
        self._listener.buffered += partial - self._partial
        self._partial = partial
        if partial and self._listener.buffered > self._limits.max_buffered and not self._deaf:
            self._refuse(_OVERDUE)

    # Time, called by the listener's sweep.

    def check(self, now: float) -> None:
        """Put an end to whatever has lasted too long by the time of the next sweep."""
        now += self._limits.sweep_seconds
        if self._closing:
            if now - self._since > self._limits.linger_seconds:
                self.abort()
        elif self._blocked_since is not None:
            if now - self._blocked_since > self._limits.linger_seconds:
                self.abort()
        elif self._task is not None:
            if now - self._busy_since > self._limits.answer_seconds and not self._overdue:
                self._overdue = True
                self._task.cancel()
        elif self._is_late(now - self._since):
            self.expire()

    def _is_late(self, waited: float) -> bool:
        limits = self._limits
        if self._reader.phase is Phase.HEAD:
            return waited > limits.head_seconds
        if self._reader.phase is Phase.BODY:
            slow = self._reader.received < limits.body_rate * (waited - limits.sweep_seconds)
            return waited > limits.body_seconds or (waited > limits.body_grace and slow)
        return waited > (limits.idle_seconds if self._served else limits.head_seconds)

    @property
    def is_waiting(self) -> bool:
        """Whether the peer, not we, has the next move."""
        return self._task is None and not self._queue

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """Who goes first when room is needed: the leaving, the unproven, the longest waiting."""
        return (not self._closing, self.proven, self._since)

    def expire(self) -> None:
        """End a connection whose peer kept us waiting; a half-sent request is told why."""
        if not self._closing and self._reader.phase is not Phase.IDLE:
            self._transport.write(HookResponse(408).render(close=True))
        self._closing = True
        self._since = self._loop.time()
        self._transport.close()

    def drain(self) -> None:
        """Let go as soon as nothing is under way."""
        if self.is_waiting and self._reader.phase is Phase.IDLE and not self._closing:
            self._closing = True
            self._transport.close()

    def abort(self) -> None:
        self._closing = True
        self._transport.abort()
        self._listener.forget(self)
