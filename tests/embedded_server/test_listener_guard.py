"""The private listener: DO-01 to DO-05, AU-08 and AU-09 on a real socket, with shrunk limits."""

from __future__ import annotations

import asyncio
import gzip
import resource
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from embedded_server.limits import Guard, GuardedHandler, Limits, protect
from embedded_server.problems import problems
from tests.fakes.floods import flood, slowest, until
from tests.fakes.raw_http import Answer, parse, request, seconds_until_closed, talk

LIMITS = Limits(
    head_seconds=1.0,
    body_seconds=1.0,
    upload_seconds=2.0,
    body_grace=0.4,
    idle_seconds=1.4,
    linger_seconds=0.3,
    max_json=2_000,
    max_upload=50_000,
    max_connections=60,
)
STARTED = b"POST /things HTTP/1.1\r\nHost: localhost\r\nX-Slow: "


async def things(asked: web.Request) -> web.Response:
    return web.Response(body=await asked.read())


async def imports(asked: web.Request) -> web.Response:
    size = 0
    async for chunk in asked.content.iter_any():
        size += len(chunk)
    return web.Response(text=str(size))


async def live(asked: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(asked)
    async for message in socket:
        await socket.send_str(message.data)
    return socket


class Private:
    """The guarded application and how to talk to it."""

    def __init__(self, port: int, guard: Guard) -> None:
        self.port, self.guard = port, guard

    def request(
        self, method: str = "POST", target: str = "/things", body: bytes = b"", *headers: str
    ) -> bytes:
        host = [] if any(h.lower().startswith("host:") for h in headers) else [f"Host: localhost:{self.port}"]
        raw = request(method, target, body, headers=[*host, *headers])
        return raw.replace(b"Host: hooks.test\r\n", b"", 1)

    async def ask(
        self, method: str = "POST", target: str = "/things", body: bytes = b"", *headers: str
    ) -> Answer:
        return (await talk(self.port, self.request(method, target, body, *headers), until=1))[0]


@pytest.fixture
async def private() -> AsyncIterator[Private]:
    app = web.Application(middlewares=[problems], client_max_size=LIMITS.max_json)
    app.router.add_post("/things", things)
    app.router.add_post("/imports/{id}", imports)
    app.router.add_get("/live", live)
    runner = protect(
        app, hosts=["painel.loja.example", "10.0.0.5:9000"], uploads=["POST /imports/{id}"], limits=LIMITS
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield Private(runner.addresses[0][1], runner.guard)
    await runner.cleanup()


async def test_an_ordinary_request_passes(private: Private) -> None:
    answer = await private.ask(body=b'{"a": 1}')

    assert (answer.status, answer.body) == (200, b'{"a": 1}')


@pytest.mark.parametrize(
    ("first", "drip"),
    [
        pytest.param(STARTED, b"a", id="do_01_slow_headers"),
        pytest.param(b"", b"", id="do_02_silent"),
        pytest.param(
            b"POST /things HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 1000\r\n\r\n",
            b"a",
            id="do_03_slow_bodies",
        ),
        pytest.param(
            b"GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: web",
            b"",
            id="do_04_half_open_ws",
        ),
    ],
)
async def test_do_01_to_04_a_flood_leaves_a_real_client_its_answer(
    private: Private, first: bytes, drip: bytes
) -> None:
    async def ask() -> None:
        assert (await private.ask(body=b"1")).body == b"1"

    first = first.replace(b"{port}", str(private.port).encode())
    async with flood(private.port, 500, first=first, drip=drip) as pressing:
        worst = await slowest(ask, times=20)
        assert len(private.guard.crowd) <= LIMITS.max_connections
        borne = await pressing.end(within=6)

    assert worst < 0.5
    assert borne <= LIMITS.head_seconds + LIMITS.linger_seconds + 1.0


async def test_each_wait_has_its_bound(private: Private) -> None:
    done = private.request(body=b"1")

    assert 0.6 < await seconds_until_closed(private.port, STARTED, b"a") < 1.3
    assert 0.6 < await seconds_until_closed(private.port) < 1.3
    assert 0.9 < await seconds_until_closed(private.port, done) < 1.8


async def test_a_slow_body_is_told_why_it_was_cut(private: Private) -> None:
    answer = await private.ask("POST", "/things", b"", "Content-Length: 1000")

    assert (answer.status, answer.headers["content-type"]) == (408, "application/problem+json")


async def test_an_upload_may_take_longer_than_a_json_body(private: Private) -> None:
    head = private.request("POST", "/imports/1", b"", "Content-Length: 30000")

    borne = await seconds_until_closed(private.port, head, b"a" * 100)

    assert LIMITS.body_seconds + 0.3 < borne < LIMITS.upload_seconds + LIMITS.linger_seconds + 0.5


async def test_an_upload_streams_and_others_are_capped(private: Private) -> None:
    large = b"a" * 40_000

    assert (await private.ask("POST", "/imports/1", large)).body == b"40000"
    assert (await private.ask("POST", "/imports/1", large * 2)).status == 413
    assert (await private.ask("POST", "/things", large)).status == 413
    chunked = b"9c40\r\n" + large + b"\r\n0\r\n\r\n"
    assert (await private.ask("POST", "/things", chunked, "Transfer-Encoding: chunked")).status == 413


async def test_a_body_that_comes_before_its_handler_begins_is_no_head(private: Private) -> None:
    pieces = [b"a" * 20_000, b"a" * 20_000]
    reader, writer = await asyncio.open_connection("127.0.0.1", private.port)
    await until(lambda: len(private.guard.crowd) == 1)
    (connection,) = private.guard.crowd.guests

    # One turn of the loop a piece, as when everything lies ready: the handler is about to begin.
    for piece in (private.request("POST", "/imports/1", b"", "Content-Length: 40000"), *pieces):
        connection.data_received(piece)
        await asyncio.sleep(0)

    assert (await asyncio.wait_for(reader.readline(), 10)).split()[1] == b"200"
    writer.close()


async def test_too_many_or_too_large_headers_are_refused(private: Private) -> None:
    many = [f"X-{n}: 1" for n in range(70)]
    several = [f"X-{n}: {'a' * 3_000}" for n in range(6)]

    assert (await private.ask("POST", "/things", b"", *many)).status in {400, 431}
    assert (await private.ask("POST", "/things", b"", *several)).status == 431
    endless = await talk(private.port, b"GET / HTTP/1.1\r\n", *[b"X-A: " + b"a" * 4_000 + b"\r\n"] * 6)
    assert [a.status for a in endless] == [431]


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate"])
async def test_do_05_compressed_bombs_are_refused_without_being_opened(private: Private, coding: str) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)[: LIMITS.max_upload]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    for target in ("/things", "/imports/1", "/nothing"):
        answer = await private.ask("POST", target, bomb[:1_000], f"Content-Encoding: {coding}")
        assert answer.status in {404, 415}

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


@pytest.mark.parametrize(
    "host",
    [
        "attacker.com",
        "attacker.com:{port}",
        "192.168.0.10:{port}",
        "0.0.0.0:{port}",
        "LOCALHOST:{port}",
        "localhost",
        "localhost:1",
        "localhost:{port}0",
        "localhost:{port}:80",
        "localhost:{port}@attacker.com",
        "attacker.com@localhost:{port}",
        "localhost.attacker.com:{port}",
        "127.0.0.1.attacker.com:{port}",
        "localhost.:{port}",
        "127.1:{port}",
        "2130706433:{port}",
        "[::ffff:127.0.0.1]:{port}",
        "10.0.0.5",
        "10.0.0.5:{port}",
        "painel.loja.example:1",
        "",
    ],
)
async def test_au_08_a_host_that_is_not_ours_is_misdirected(private: Private, host: str) -> None:
    answer = await private.ask("POST", "/things", b"1", f"Host: {host.format(port=private.port)}")

    assert answer.status in {421, 400} if host == "" else answer.status == 421


async def test_au_08_hosts_that_are_ours_are_served(private: Private) -> None:
    for host in (
        "127.0.0.1:{port}",
        "[::1]:{port}",
        "painel.loja.example",
        "painel.loja.example:{port}",
        "10.0.0.5:9000",
    ):
        answer = await private.ask("POST", "/things", b"1", f"Host: {host.format(port=private.port)}")
        assert answer.status == 200


async def test_au_08_two_hosts_none_or_an_absolute_address_are_refused(private: Private) -> None:
    ours = f"Host: localhost:{private.port}"
    absolute = private.request("POST", "http://attacker.com/things", b"1")
    hostless = private.request(body=b"1").replace(f"{ours}\r\n".encode(), b"")

    assert (await private.ask("POST", "/things", b"1", ours, "Host: attacker.com")).status in {400, 421}
    assert (await talk(private.port, absolute, until=1))[0].status in {400, 404, 421}
    assert (await talk(private.port, hostless, until=1))[0].status in {400, 421}


@pytest.mark.parametrize(
    "header",
    [
        "Origin: https://attacker.com",
        "Origin: null",
        "Origin: http://localhost",
        "Origin: http://localhost:{port}.attacker.com",
        "Origin: file://",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
    ],
)
async def test_au_09_another_site_may_neither_post_nor_open_a_socket(private: Private, header: str) -> None:
    header = header.format(port=private.port)
    form = "Content-Type: application/x-www-form-urlencoded"
    upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")

    posted = await private.ask("POST", "/things", b"a=1", form, header)
    opened = await private.ask("GET", "/live", b"", *upgrade, "Sec-WebSocket-Key: " + "A" * 22 + "==", header)

    assert [posted.status, opened.status] == [403, 403]


async def test_au_09_our_own_pages_may(private: Private) -> None:
    own = f"Origin: http://localhost:{private.port}"
    upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")

    assert (await private.ask("POST", "/things", b"1", own, "Sec-Fetch-Site: same-origin")).status == 200
    reader, writer = await asyncio.open_connection("127.0.0.1", private.port)
    writer.write(private.request("GET", "/live", b"", *upgrade, "Sec-WebSocket-Key: " + "A" * 22 + "==", own))
    assert b"101" in await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def test_an_open_socket_outlives_every_idle_bound(private: Private) -> None:
    upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
    reader, writer = await asyncio.open_connection("127.0.0.1", private.port)
    writer.write(private.request("GET", "/live", b"", *upgrade, "Sec-WebSocket-Key: " + "A" * 22 + "=="))
    await reader.readuntil(b"\r\n\r\n")

    await asyncio.sleep(LIMITS.idle_seconds + 0.5)

    masked = bytes([0x81, 0x82, 0, 0, 0, 0]) + b"hi"
    writer.write(masked)
    assert await reader.readexactly(4) == b"\x81\x02hi"
    writer.close()


async def test_a_closed_connection_leaves_nothing_behind(private: Private) -> None:
    async with flood(private.port, 30):
        await until(lambda: len(private.guard.crowd) == 30)
        assert all(isinstance(guest, GuardedHandler) for guest in private.guard.crowd.guests)

    await until(lambda: len(private.guard.crowd) == 0)
    assert parse(b"") == []
