"""The public listener on a real socket: what it answers, what it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedded_server.webhooks.http import HookRequest, HookResponse, Limits
from embedded_server.webhooks.listener import Listener
from embedded_server.webhooks.routing import JSON, Route, Routes
from tests.fakes.raw_http import Answer, parse, request, talk

CHUNKED = "Transfer-Encoding: chunked"
UUID = "0193a0d2-7c0e-7b1a-8a55-3f2b8f0f0a01"


async def echo(asked: HookRequest) -> HookResponse:
    return HookResponse(200, f"{asked.parameter or ''}{asked.query}|".encode() + asked.body)


async def slow(asked: HookRequest) -> HookResponse:
    await asyncio.sleep(0.1)
    return HookResponse(200, b"slow")


async def broken(asked: HookRequest) -> HookResponse:
    raise ZeroDivisionError


ROUTES = Routes(
    Route("POST", "/echo", echo, frozenset({JSON})),
    Route("POST", "/echo/{id}", echo, frozenset({JSON})),
    Route("GET", "/health", echo),
    Route("POST", "/slow", slow, frozenset({JSON})),
    Route("POST", "/broken", broken, frozenset({JSON})),
)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener(ROUTES, Limits(max_body=20_000, linger_seconds=0.3))
    await listener.start("127.0.0.1", 0)
    yield listener
    await listener.stop(grace=1)


async def test_a_request_reaches_its_handler_with_its_raw_query_and_body(listener: Listener) -> None:
    answers = await talk(listener.port, request(target="/echo?t=%2F1", body=b'{"a": 1}'), until=1)

    assert [(a.status, a.body) for a in answers] == [(200, b't=%2F1|{"a": 1}')]
    assert answers[0].headers["x-content-type-options"] == "nosniff"


async def test_a_parameter_is_one_uuid_in_its_plain_form(listener: Listener) -> None:
    for last, status in ((UUID, 200), (UUID.upper(), 404), ("1", 404), ("", 404), (f"{UUID}/x", 404)):
        answers = await talk(listener.port, request(target=f"/echo/{last}"), until=1)
        assert answers[0].status == status


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (request("GET", "/nothing"), 404),
        (request("GET", "//echo"), 404),
        (request("GET", "/echo"), 405),
        (request("GET", "http://hooks.test/health"), 400),
        (request("GET", "/health", headers=["Content-Length: 3"], body=b"abc"), 400),
        (request(headers=["Content-Type: text/plain"]), 415),
        (request(headers=["Content-Type: application/json; charset=latin-1"]), 415),
        (request(headers=["Content-Type: application/json", "Content-Type: application/json"]), 415),
        (request(headers=["Content-Type: multipart/form-data; boundary=a"]), 415),
        (request(headers=["Content-Encoding: gzip"]), 415),
        (request(headers=["Content-Encoding: identity"]), 415),
        (request(headers=["Expect: a miracle"]), 417),
        (request(headers=["Content-Length: 20001"]), 413),
        (request(headers=[f"X-{n}: 1" for n in range(65)]), 431),
        (request(headers=[f"X: {'a' * 17_000}"]), 431),
        (request(target=f"/echo?{'a' * 17_000}"), 431),
        (request(headers=["Host: other.test"]), 400),
        (request(headers=["Connection: upgrade", "Upgrade: websocket"]), 400),
        (request(headers=["Connection: upgrade, http2-settings", "Upgrade: h2c"]), 400),
        (b"POST /echo HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 400),
        (b"GET /health HTTP/3.7\r\nHost: a\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ],
)
async def test_what_is_not_a_webhook_is_refused(listener: Listener, sent: bytes, status: int) -> None:
    answers = await talk(listener.port, sent, until=1)

    assert [(a.status, a.body) for a in answers] == [(status, b"")]


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Length: 4", CHUNKED],
        [CHUNKED, "Content-Length: 4"],
        ["Content-Length: 5", "Content-Length: 5"],
        ["Content-Length: 5, 5"],
        ["Content-Length: +5"],
        ["Content-Length : 5"],
        ["Content-Length: 99999999999999999999999"],
        ["Transfer-Encoding: gzip, chunked"],
        ["Transfer-Encoding: xchunked"],
        ["Transfer-Encoding:\x0bchunked"],
        [CHUNKED, CHUNKED],
        [CHUNKED, "X: a\r\n folded"],
        [CHUNKED, "X: a\x00b"],
        [CHUNKED, "X: a\rb"],
        [CHUNKED, "X: a\nTransfer-Encoding: identity"],
    ],
)
async def test_smuggling_tricks_are_refused_and_nothing_after_them_is_read(
    listener: Listener, headers: list[str]
) -> None:
    hidden = request("GET", "/health")

    answers = await talk(listener.port, request(headers=headers, body=b"0\r\n\r\n" + hidden))

    assert [a.status for a in answers] == [400]


async def test_chunked_bodies_are_accepted_within_the_cap(listener: Listener) -> None:
    small = request(headers=[CHUNKED], body=b"3;x=1\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    large = request(headers=[CHUNKED], body=b"2710\r\n" + b"a" * 10_000 + b"\r\n2711\r\n" + b"a" * 10_001)
    dust = request(headers=[CHUNKED], body=b"1;" + b"e" * 600_000 + b"\r\na\r\n0\r\n\r\n")
    trailer = request(headers=[CHUNKED], body=b"1\r\na\r\n0\r\nX-Hub-Signature-256: b\r\n\r\n")

    assert [a.body for a in await talk(listener.port, small, until=1)] == [b"|abcde"]
    assert [a.status for a in await talk(listener.port, large)] == [413]
    assert [a.status for a in await talk(listener.port, dust)] == [413]
    assert [a.status for a in await talk(listener.port, trailer)] == [400]


async def test_chunked_is_unknown_to_http_1_0(listener: Listener) -> None:
    old = request(headers=[CHUNKED], body=b"0\r\n\r\n").replace(b"HTTP/1.1", b"HTTP/1.0")

    assert [a.status for a in await talk(listener.port, old)] == [400]


async def test_expect_100_is_granted_to_a_request_that_will_be_read(listener: Listener) -> None:
    head = request(headers=["Expect: 100-continue", "Content-Length: 2"])
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(head)

    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"

    writer.write(b"{}")
    assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def test_expect_100_is_denied_to_a_request_that_will_not_be_read(listener: Listener) -> None:
    head = request(headers=["Expect: 100-continue", "Content-Length: 2", "Content-Encoding: br"])

    assert [a.status for a in await talk(listener.port, head)] == [415]


async def test_pipelined_requests_are_answered_in_order(listener: Listener) -> None:
    sent = request(target="/slow") + request(body=b"1") + request("GET", "/nothing") + request(body=b"2")

    answers = await talk(listener.port, sent, until=4)

    assert [(a.status, a.body) for a in answers] == [(200, b"slow"), (200, b"|1"), (404, b""), (200, b"|2")]


async def test_a_flood_of_pipelined_requests_is_cut_after_those_that_fit(listener: Listener) -> None:
    answers = await talk(listener.port, request(body=b"x") * 200)

    served = [a.status for a in answers]
    assert served[-1] == 503
    assert set(served[:-1]) == {200}
    assert len(served) == listener.limits.max_pipelined + 1


async def test_nothing_is_read_after_a_request_that_closes(listener: Listener) -> None:
    answers = await talk(
        listener.port, request(headers=["Connection: close"], body=b"1") + request(body=b"2")
    )

    assert [a.body for a in answers] == [b"|1"]
    assert answers[0].headers["connection"] == "close"


async def test_a_peer_that_closed_its_half_still_gets_its_answer(listener: Listener) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(request(target="/slow"))
    writer.write_eof()

    assert [a.body for a in parse(await reader.read())] == [b"slow"]
    writer.close()


async def test_a_broken_handler_answers_500_and_keeps_the_connection(
    listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    answers = await talk(listener.port, request(target="/broken?t=secret"), request(), until=2)

    assert [a.status for a in answers] == [500, 200]
    assert "ZeroDivisionError" in caplog.text
    assert "secret" not in caplog.text


async def test_stopping_finishes_the_request_under_way_and_refuses_new_ones(listener: Listener) -> None:
    port = listener.port
    idle_reader, idle_writer = await asyncio.open_connection("127.0.0.1", port)
    under_way = asyncio.create_task(talk(port, request(target="/slow")))
    await asyncio.sleep(0.05)

    await listener.stop(grace=2)

    answer = (await under_way)[0]
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert await idle_reader.read() == b""
    idle_writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


def _split(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % len(data) for cut in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(edges) if a < b]


HASTY = Limits(
    head_seconds=0.1,
    body_seconds=0.1,
    body_grace=0.05,
    idle_seconds=0.1,
    answer_seconds=1,
    linger_seconds=0.1,
)
WISHES = st.lists(st.tuples(st.binary(max_size=300), st.booleans()), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wishes=WISHES, cuts=st.lists(st.integers(0, 5_000), max_size=12))
def test_the_answers_do_not_depend_on_how_the_bytes_were_split(
    wishes: list[tuple[bytes, bool]], cuts: list[int]
) -> None:
    sent = b"".join(_wish(body, chunked=chunked) for body, chunked in wishes)

    answers = asyncio.run(_ask(_split(sent, cuts), len(wishes)))

    assert [a.body for a in answers] == [b"|" + body for body, _ in wishes]


def _wish(body: bytes, *, chunked: bool) -> bytes:
    if not chunked:
        return request(body=body)
    piece = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
    return request(headers=[CHUNKED], body=piece + b"0\r\n\r\n")


@settings(max_examples=60, deadline=None)
@given(noise=st.binary(min_size=1, max_size=400), at=st.integers(0, 400))
def test_noise_never_breaks_the_listener(noise: bytes, at: int) -> None:
    good = request(body=b"x" * 40)
    at %= len(good)

    async def scenario() -> int:
        listener = Listener(ROUTES, HASTY)
        await listener.start("127.0.0.1", 0)
        await talk(listener.port, good[:at] + noise + good[at:])
        answers = await talk(listener.port, request("GET", "/health"), until=1)
        await listener.stop(grace=0.2)
        return answers[0].status

    assert asyncio.run(scenario()) == 200


async def _ask(chunks: list[bytes], count: int) -> list[Answer]:
    listener = Listener(ROUTES)
    await listener.start("127.0.0.1", 0)
    try:
        return await talk(listener.port, *chunks, until=count)
    finally:
        await listener.stop(grace=0.2)
