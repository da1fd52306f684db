"""The outgoing transport against a vendor that misbehaves."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from engine import clock
from engine.providers.transport import (
    CurlTransport,
    InDoubt,
    Inexpressible,
    Limits,
    NotSent,
    Request,
    ThreadedTransport,
    Transport,
    open_transport,
)
from tests.fakes.faulty_server import FaultyServer, Hangup, Reply

LIMITS = Limits(window=8, total=0.5, connect=0.3, response_size=10_000)


@pytest.fixture
async def vendor() -> AsyncIterator[FaultyServer]:
    async with FaultyServer() as server:
        yield server


@pytest.fixture(params=[CurlTransport, ThreadedTransport])
async def transport(request: pytest.FixtureRequest) -> AsyncIterator[Transport]:
    opened: Transport = request.param(LIMITS)
    yield opened
    await opened.close()


def post(url: str, body: bytes = b"hello") -> Request:
    return Request("POST", url, ("X-Test: 1",), body)


async def test_a_post_and_its_answer(vendor: FaultyServer, transport: Transport) -> None:
    vendor.will(Reply(429, b'{"a":1}', {"Retry-After": "42"}))

    response = await transport.request(post(f"{vendor.url}/v1/x"))

    assert (response.status, response.body, response.header("retry-after")) == (429, b'{"a":1}', "42")
    assert response.header("x-none") is None
    assert vendor.seen[0].headers["x-test"] == "1"
    assert (vendor.seen[0].method, vendor.seen[0].target, vendor.seen[0].body) == ("POST", "/v1/x", b"hello")


async def test_a_handle_forgets_the_request_before(vendor: FaultyServer, transport: Transport) -> None:
    await transport.request(post(f"{vendor.url}/a", b"first"))
    await transport.request(Request("GET", f"{vendor.url}/b", ("X-Other: 2",)))
    await transport.request(post(f"{vendor.url}/c", b""))

    a, b, c = vendor.seen
    assert (b.method, b.target, b.body, "x-test" in b.headers) == ("GET", "/b", b"", False)
    assert (c.method, c.target, c.body, c.headers["x-test"]) == ("POST", "/c", b"", "1")
    assert a.connection == b.connection == c.connection == vendor.connections


async def test_a_dead_reused_connection_never_gets_the_post_twice(
    vendor: FaultyServer, transport: Transport
) -> None:
    vendor.will(Reply(), Hangup(), Reply())
    await transport.request(post(vendor.url, b"first"))

    with pytest.raises(InDoubt, match="died before an answer"):
        await transport.request(post(vendor.url, b"second"))

    await transport.request(post(vendor.url, b"third"))
    assert [seen.body for seen in vendor.seen] == [b"first", b"second", b"third"]
    assert vendor.seen[0].connection == vendor.seen[1].connection


async def test_fifty_resets_of_reused_connections_make_fifty_requests(
    vendor: FaultyServer, transport: Transport
) -> None:
    for round_ in range(25):
        vendor.will(Reply(), Hangup(reset=True))
        await transport.request(post(vendor.url, b"warm %d" % round_))
        with pytest.raises(InDoubt):
            await transport.request(post(vendor.url, b"doubt %d" % round_))

    bodies = [seen.body for seen in vendor.seen]
    assert len(bodies) == len(set(bodies)) == 50


@pytest.mark.parametrize(
    "behaviour",
    [
        Hangup(),
        Hangup(reset=True),
        Reply(delay=5),
        Reply(body=b"x" * 100, cut=60),
        Reply(body=b"x" * 20_000),
        Reply(body=b"x" * 20_000, chunked=True),
    ],
    ids=["closed", "reset", "late", "cut", "too large", "too large in chunks"],
)
async def test_after_the_request_left_any_trouble_is_doubt(
    vendor: FaultyServer, transport: Transport, behaviour: Reply | Hangup
) -> None:
    vendor.will(behaviour)

    with pytest.raises(InDoubt):
        await transport.request(post(vendor.url))

    assert len(vendor.seen) == 1


async def test_cr_06_an_answer_after_the_timeout_is_ignored(
    vendor: FaultyServer, transport: Transport
) -> None:
    vendor.will(Reply(delay=0.7, body=b"late"), Reply(body=b"second"))
    with pytest.raises(InDoubt, match="28"):
        await transport.request(post(vendor.url, b"a"))

    answer = await transport.request(post(vendor.url, b"b"))

    assert answer.body == b"second"
    assert [seen.body for seen in vendor.seen] == [b"a", b"b"]


async def test_a_refused_connection_sent_nothing(transport: Transport) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]

        with pytest.raises(NotSent, match="curl 7"):
            await transport.request(post(f"http://127.0.0.1:{port}/"))


async def test_an_unknown_name_sent_nothing(transport: Transport) -> None:
    with pytest.raises(NotSent):
        await transport.request(post("http://no-such-host.invalid/"))


async def test_a_silent_handshake_sent_nothing(transport: Transport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]

        with pytest.raises(NotSent, match="28"):
            await transport.request(post(f"https://127.0.0.1:{port}/"))


async def test_an_untrusted_certificate_sent_nothing(transport: Transport, tmp_path: Path) -> None:
    async with FaultyServer(tls=_self_signed(tmp_path)) as impostor:
        with pytest.raises(NotSent, match="60"):
            await transport.request(post(impostor.url))

    assert impostor.seen == []


@pytest.mark.parametrize(
    "request_",
    [
        Request("POST", "http://127.0.0.1:1/", ("Authorization: Bearer a\r\nX-Evil: 1",)),
        Request("POST", "ftp://127.0.0.1:1/"),
        Request("POST", "http://127.0.0.1:1/\ud800"),
        Request("POST", "http://127.0.0.1:1/", ("X-A: ã",)),
    ],
    ids=["line break in a header", "other scheme", "surrogate in the address", "non-ASCII header"],
)
async def test_what_cannot_be_expressed_is_not_sent(transport: Transport, request_: Request) -> None:
    with pytest.raises(Inexpressible) as caught:
        await transport.request(request_)

    assert "Evil" not in str(caught.value)


async def test_redirects_are_answers(vendor: FaultyServer, transport: Transport) -> None:
    vendor.will(Reply(307, headers={"Location": f"{vendor.url}/elsewhere"}))

    response = await transport.request(post(vendor.url))

    assert response.status == 307
    assert len(vendor.seen) == 1


async def test_the_environments_proxy_is_not_used(
    vendor: FaultyServer, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    assert (await transport.request(post(vendor.url))).status == 200


async def test_a_cancelled_request_frees_its_place(vendor: FaultyServer, transport: Transport) -> None:
    vendor.will(Reply(delay=5))
    tasks = [asyncio.ensure_future(transport.request(post(vendor.url))) for _ in range(LIMITS.window)]
    await vendor.has_seen(LIMITS.window)

    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    vendor.will(Reply())
    assert (await transport.request(post(vendor.url))).status == 200


async def test_the_window_limits_what_is_under_way(vendor: FaultyServer, transport: Transport) -> None:
    vendor.will(Reply(delay=0.02))

    await asyncio.gather(*[transport.request(post(vendor.url, b"%d" % n)) for n in range(40)])

    assert len(vendor.seen) == 40
    assert vendor.connections <= LIMITS.window


async def test_closing_ends_what_is_under_way_in_doubt(vendor: FaultyServer) -> None:
    vendor.will(Reply(delay=5))
    transport = open_transport(LIMITS)
    task = asyncio.ensure_future(transport.request(post(vendor.url)))
    await vendor.has_seen(1)

    await transport.close()

    with pytest.raises(InDoubt):
        await task
    with pytest.raises(NotSent, match="closed"):
        await transport.request(post(vendor.url))


async def test_an_aged_connection_is_not_used_again(vendor: FaultyServer) -> None:
    transport = CurlTransport(Limits(idle=1))
    await transport.request(post(vendor.url))
    await asyncio.sleep(1.3)  # libcurl reads a clock of its own

    await transport.request(post(vendor.url))
    await transport.close()

    assert [seen.connection for seen in vendor.seen] == [1, 2]


def test_it_runs_on_uvloop_too() -> None:
    async def scenario() -> list[int]:
        async with FaultyServer() as vendor:
            transport = open_transport(LIMITS)
            vendor.will(Reply(), Hangup(), Reply())
            outcomes = await asyncio.gather(
                *[transport.request(post(vendor.url, b"%d" % n)) for n in range(30)], return_exceptions=True
            )
            await transport.close()
            return [sum(isinstance(o, InDoubt) for o in outcomes), len({seen.body for seen in vendor.seen})]

    assert uvloop.run(scenario()) == [1, 30]


def _self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    start = clock.now() - timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    certificate = (
        builder.not_valid_before(start).not_valid_after(start + timedelta(days=2)).sign(key, hashes.SHA256())
    )
    file = folder / "impostor.pem"
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + certificate.public_bytes(encoding))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
