"""DO-01 to DO-05 on the public listener, with its limits shrunk."""

from __future__ import annotations

import asyncio
import gzip
import resource
import time
from collections.abc import AsyncIterator

import pytest

from embedded_server.webhooks.connection import Connection
from embedded_server.webhooks.http import HookRequest, HookResponse, Limits
from embedded_server.webhooks.listener import Listener
from embedded_server.webhooks.routing import JSON, Route, Routes
from tests.fakes.floods import flood, slowest, until
from tests.fakes.raw_http import request, seconds_until_closed, talk

LIMITS = Limits(
    head_seconds=1.0,
    body_seconds=1.0,
    body_grace=0.4,
    idle_seconds=2.0,
    answer_seconds=0.5,
    linger_seconds=0.5,
    max_connections=60,
)
STARTED = b"POST /echo HTTP/1.1\r\nHost: hooks.test\r\nX-Slow: "
BODY = request(headers=["Content-Length: 100000"])


async def echo(asked: HookRequest) -> HookResponse:
    return HookResponse(200, asked.body)


async def stuck(asked: HookRequest) -> HookResponse:
    await asyncio.Event().wait()
    return HookResponse(200)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    json = frozenset({JSON})
    routes = Routes(
        Route("POST", "/echo", echo, json),
        Route("GET", "/health", echo),
        Route("POST", "/stuck", stuck, json),
    )
    listener = Listener(routes, LIMITS)
    await listener.start("127.0.0.1", 0)
    yield listener
    await listener.stop(grace=0.2)


@pytest.mark.parametrize(
    ("first", "drip"),
    [
        pytest.param(STARTED, b"a", id="do_01_slow_headers"),
        pytest.param(b"", b"", id="do_02_silent"),
        pytest.param(BODY, b"a", id="do_03_slow_bodies"),
        pytest.param(
            b"GET /live HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: web", b"", id="do_04_half_open_ws"
        ),
        pytest.param(b"", b"\r\n", id="empty_lines"),
    ],
)
async def test_do_01_to_04_a_flood_leaves_a_real_client_its_answer(
    listener: Listener, first: bytes, drip: bytes
) -> None:
    async def ask() -> None:
        assert [a.body for a in await talk(listener.port, request(body=b"1"), until=1)] == [b"1"]

    async with flood(listener.port, 500, first=first, drip=drip) as pressing:
        worst = await slowest(ask, times=20)
        assert listener.connections <= LIMITS.max_connections
        borne = await pressing.end(within=5)

    assert worst < 0.5
    assert borne <= LIMITS.head_seconds + 1.0
    assert listener.buffered == 0


@pytest.mark.parametrize(
    ("first", "drip", "least", "most"),
    [
        (STARTED, b"a", 0.6, 1.2),
        (b"", b"", 0.6, 1.2),
        (BODY, b"a", 0.2, 0.7),
        (BODY, b"a" * 60, 0.6, 1.2),
        (request(body=b"1"), b"", 1.4, 2.2),
    ],
)
async def test_each_wait_has_its_bound(
    listener: Listener, first: bytes, drip: bytes, least: float, most: float
) -> None:
    assert least < await seconds_until_closed(listener.port, first, drip) < most


async def test_a_slow_body_is_told_why_it_was_cut(listener: Listener) -> None:
    assert [a.status for a in await talk(listener.port, BODY)] == [408]


async def test_a_verified_sender_is_the_last_to_be_closed(listener: Listener) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(request(body=b"1"))
    await reader.readuntil(b"\r\n\r\n1")

    async with flood(listener.port, 200, first=STARTED):
        writer.write(request(body=b"2"))
        assert await reader.readuntil(b"\r\n\r\n2")
    writer.close()


async def test_one_address_cannot_take_every_connection() -> None:
    listener = Listener(Routes(), Limits(max_per_address=3))

    far = [_connect(listener, "203.0.113.9") for _ in range(5)]
    near = [_connect(listener, "127.0.0.1") for _ in range(5)]

    assert [transport.aborted for transport in far] == [True, True, False, False, False]
    assert not any(transport.aborted for transport in near)


class Wire(asyncio.Transport):
    """A transport whose peer may be anywhere."""

    aborted = False

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        self.aborted = True


def _connect(listener: Listener, address: str) -> Wire:
    wire = Wire({"peername": (address, 50_000)})
    Connection(listener).connection_made(wire)
    return wire


async def test_work_that_hangs_is_answered_503_in_time(
    listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    started = time.monotonic()

    answers = await talk(listener.port, request(target="/stuck"), request(body=b"next"), until=2)

    assert [(a.status, a.body) for a in answers] == [(503, b""), (200, b"next")]
    assert time.monotonic() - started < 1
    assert "/stuck took too long" in caplog.text


async def test_a_peer_that_never_reads_is_let_go(listener: Listener) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    large = request(body=b"a" * 2_000_000)

    async with asyncio.timeout(10):
        while listener.connections and not writer.transport.is_closing():
            writer.write(large)
            await asyncio.sleep(0.05)

    assert listener.connections == 0
    writer.transport.abort()


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate"])
async def test_do_05_compressed_bombs_are_refused_unread(listener: Listener, coding: str) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    for target in ("/echo", "/health", "/nothing"):
        answers = await talk(
            listener.port, request(target=target, body=bomb, headers=[f"Content-Encoding: {coding}"])
        )
        assert answers[0].status in {404, 405, 415}

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


async def test_do_05_a_body_that_nobody_reads_costs_no_memory(listener: Listener) -> None:
    answers = await talk(
        listener.port,
        request(target="/nothing", headers=["Content-Length: 2000000000"]),
        *[b"a" * 65536] * 20,
    )

    assert [a.status for a in answers] == [413]
    assert listener.buffered == 0


async def test_bodies_in_memory_have_a_common_bound(listener: Listener) -> None:
    listener.limits = Limits(max_buffered=1_000_000)
    half = request(headers=["Content-Length: 600000"], body=b"a" * 590_000)

    async with flood(listener.port, 1, first=half):
        await until(lambda: listener.buffered >= 590_000)
        assert [a.status for a in await talk(listener.port, half)] == [503]
