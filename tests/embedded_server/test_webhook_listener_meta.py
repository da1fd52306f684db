"""Meta's posts and handshake over HTTP: what is well signed and ours is stored, and nothing else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from engine.intake import EventKind, IntakeUnavailable, Source
from engine.providers.inbound import InboundMessage, Malformed
from engine.providers.meta.inbound import read_piece
from tests.fakes.raw_http import request, talk
from tests.fakes.webhooks import FakeEndpoint, Shelf, Stand, message, meta_body, meta_header, stand, status

OURS = FakeEndpoint(Source.META, "1001", "waba", "secret-a", "token-a")
SIBLING = FakeEndpoint(Source.META, "1002", "waba-2", "secret-a", "token-s", company_id=OURS.company_id)
OTHER = FakeEndpoint(Source.META, "2001", "waba-b", "secret-b", "token-b")
BODY = meta_body("1001", statuses=[status("wamid.1")])
GOOD = meta_header(BODY, "secret-a")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
async def hooks(shelf: Shelf) -> AsyncIterator[Stand]:
    async with stand(shelf.store, OURS, SIBLING, OTHER) as opened:
        yield opened


async def test_a_signed_body_is_stored_and_acknowledged(hooks: Stand, shelf: Shelf) -> None:
    answer = await hooks.meta(BODY, GOOD)

    assert (answer.status, answer.body) == (200, b"")
    (event,) = shelf.events
    assert (event.company_id, event.channel_id) == (OURS.company_id, OURS.channel_id)
    assert (event.source, event.kind, event.dedupe_key) == ("meta", "status", "st:wamid.1:delivered")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [GOOD[:-1]],
        [f"{GOOD}0"],
        [GOOD.replace("sha256=", "")],
        [GOOD.replace("sha256=", "sha256= ")],
        [GOOD.replace(GOOD.split("=")[1], GOOD.split("=")[1].upper())],
        [GOOD, GOOD],
        [GOOD, meta_header(BODY, "secret-b")],
        [GOOD.replace("X-Hub-Signature-256: sha256", "X-Hub-Signature: sha1")],
        [meta_header(BODY, "secret-b")],
        [meta_header(BODY, "")],
        ["X-Hub-Signature-256: sha256="],
        ["X-Hub-Signature-256: sha256=\xe9\xff"],
    ],
)
async def test_wh_01_a_bad_signature_is_refused_and_nothing_is_stored(
    hooks: Stand, shelf: Shelf, headers: list[str]
) -> None:
    answer = await hooks.meta(BODY, *headers)

    assert (answer.status, answer.body) == (401, b"")
    assert shelf.events == []
    assert sum(hooks.acceptance.counts.values()) == 1


async def test_wh_01_another_apps_secret_may_not_speak_for_a_number(hooks: Stand, shelf: Shelf) -> None:
    mixed = json.loads(BODY)
    mixed["entry"] += json.loads(meta_body("2001", statuses=[status("wamid.2")]))["entry"]
    raw = json.dumps(mixed).encode()

    answers = [await hooks.meta(raw, meta_header(raw, secret)) for secret in ("secret-a", "secret-b")]

    assert [answer.status for answer in answers] == [401, 401]
    assert shelf.events == []
    assert hooks.acceptance.counts["foreign"] == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b",", b", "),
        lambda raw: json.dumps(json.loads(raw), ensure_ascii=False).encode(),
        lambda raw: raw + b"\n",
        lambda raw: raw.replace(b"\\ud83d\\ude00", b"\\uD83D\\uDE00"),
    ],
)
async def test_wh_02_only_the_received_bytes_count(hooks: Stand, shelf: Shelf, change: object) -> None:
    raw = meta_body("1001", messages=[message("wamid.3")])
    rewritten = change(raw)  # type: ignore[operator]

    assert (await hooks.meta(rewritten, meta_header(raw, "secret-a"))).status == 401
    assert (await hooks.meta(rewritten, meta_header(rewritten, "secret-a"))).status == 200
    read = read_piece(shelf.events[0].payload)
    assert isinstance(read, InboundMessage)
    assert read.text == "Olá 😀"


async def test_wh_03_a_replay_brings_the_same_key(hooks: Stand, shelf: Shelf) -> None:
    await hooks.meta(BODY, GOOD)
    await hooks.meta(BODY, GOOD)

    assert len({(e.company_id, e.channel_id, e.dedupe_key) for e in shelf.events}) == 1


async def test_facts_of_one_body_keep_their_order_and_find_their_channels(hooks: Stand, shelf: Shelf) -> None:
    body = json.loads(meta_body("1001", statuses=[status(f"wamid.{n}") for n in range(30)]))
    body["entry"] += json.loads(meta_body("1002", messages=[message("wamid.m")]))["entry"]
    raw = json.dumps(body).encode()

    assert (await hooks.meta(raw, meta_header(raw, "secret-a"))).status == 200

    assert [e.dedupe_key for e in sorted(shelf.events, key=lambda e: e.id)][:2] == [
        "st:wamid.0:delivered", "st:wamid.1:delivered",
    ]  # fmt: skip
    assert [e.id for e in shelf.events] == sorted(e.id for e in shelf.events)
    assert [e.channel_id for e in shelf.events[-2:]] == [OURS.channel_id, SIBLING.channel_id]


async def test_a_number_nobody_has_is_acknowledged_and_counted(hooks: Stand, shelf: Shelf) -> None:
    raw = meta_body("9999", account="elsewhere", statuses=[status("wamid.1")])

    assert (await hooks.meta(raw, meta_header(raw, "secret-a"))).status == 200

    assert shelf.events == []
    assert hooks.acceptance.counts["unknown"] == 1


async def test_a_channel_made_a_moment_ago_is_found(hooks: Stand, shelf: Shelf) -> None:
    fresh = FakeEndpoint(Source.META, "3001", "waba-c", "secret-c", "token-c")
    hooks.endpoints.append(fresh)
    raw = meta_body("3001", statuses=[status("wamid.1")])

    assert (await hooks.meta(raw, meta_header(raw, "secret-c"))).status == 200
    assert shelf.events[0].channel_id == fresh.channel_id


async def test_an_account_wide_notice_reaches_the_company_that_works_on_the_account(
    hooks: Stand, shelf: Shelf
) -> None:
    value = {"event": "APPROVED", "message_template_id": 1}
    entry = {"id": "waba", "changes": [{"field": "message_template_status_update", "value": value}]}
    raw = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()

    assert (await hooks.meta(raw, meta_header(raw, "secret-a"))).status == 200
    assert [(e.channel_id, e.kind) for e in shelf.events] == [(OURS.channel_id, EventKind.OTHER)]


@pytest.mark.parametrize(
    "raw",
    [
        b"6",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe",
        b"NaN",
        b'{"entry": 5}',
        b"[" * 100_000,
        b"1" * 1_000_000,
        b"{}",
    ],
    ids=lambda raw: raw[:10].decode("latin-1"),
)
async def test_wh_09_what_nobody_can_read_is_kept_once_and_acknowledged(
    hooks: Stand, shelf: Shelf, raw: bytes
) -> None:
    answer = await hooks.meta(raw, meta_header(raw, "secret-a"))

    assert answer.status == 200
    assert [(e.kind, e.channel_id) for e in shelf.events] == [(EventKind.POISON, OURS.channel_id)]
    assert isinstance(read_piece(shelf.events[0].payload), Malformed)


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "wamid.1", "type": "hologram", "from": "55119", "timestamp": "99999999999999"},
        {"id": None, "type": None, "text": None, "from": {}},
        {"id": "wamid.2", "type": "text", "text": {"body": "a" * 2_500_000}},
        {"id": "wamid.\ud800", "type": "text", "text": {"body": "\ud800\x00"}},
        6,
        [],
        float("nan"),
    ],
    ids=["unknown type and year", "nested nulls", "large text", "lone surrogate", "6", "[]", "NaN"],
)
async def test_wh_09_an_odd_fact_never_stops_the_one_beside_it(
    hooks: Stand, shelf: Shelf, odd: object
) -> None:
    raw = meta_body("1001", messages=[odd, message("wamid.good")])

    assert (await hooks.meta(raw, meta_header(raw, "secret-a"))).status == 200
    assert len(shelf.events) == 2
    assert shelf.events[1].dedupe_key == "msg:wamid.good"


async def test_wh_09_more_than_three_megabytes_are_not_read(hooks: Stand, shelf: Shelf) -> None:
    raw = meta_body("1001", messages=[message("wamid.1", "a" * 4_000_000)])

    assert (await hooks.meta(raw, meta_header(raw, "secret-a"))).status == 413
    assert shelf.events == []


async def test_unreadable_bytes_of_an_app_that_two_companies_share_are_nobodys(shelf: Shelf) -> None:
    stranger = FakeEndpoint(Source.META, "1003", "waba-x", "secret-a", "token-x")

    async with stand(shelf.store, OURS, stranger) as hooks:
        for target in ("/hooks/meta", f"/hooks/meta/{stranger.channel_id}"):
            assert (await hooks.meta(b"6", meta_header(b"6", "secret-a"), target=target)).status == 200
        assert hooks.acceptance.counts["unattributed"] == 1

    assert [e.channel_id for e in shelf.events] == [stranger.channel_id]


async def test_the_address_of_one_channel_hears_only_its_own_secret(hooks: Stand, shelf: Shelf) -> None:
    for target, code in (
        (f"/hooks/meta/{OURS.channel_id}", 200),
        (f"/hooks/meta/{SIBLING.channel_id}", 200),
        (f"/hooks/meta/{OTHER.channel_id}", 401),
        ("/hooks/meta/0193a0d2-7c0e-7b1a-8a55-3f2b8f0f0a01", 401),
    ):
        assert (await hooks.meta(BODY, GOOD, target=target)).status == code
    assert {e.channel_id for e in shelf.events} == {OURS.channel_id}


async def test_nothing_is_acknowledged_that_could_not_be_stored(hooks: Stand, shelf: Shelf) -> None:
    shelf.failure = IntakeUnavailable()

    assert (await hooks.meta(BODY, GOOD)).status == 503


async def test_a_bug_in_storing_is_not_acknowledged_either(
    hooks: Stand, shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.failure = ZeroDivisionError()

    assert (await hooks.meta(BODY, GOOD)).status == 500
    assert "/hooks/meta failed" in caplog.text


def shake(token: str = "token-a", mode: str = "subscribe", challenge: str = "1158201444") -> str:
    return f"/hooks/meta?hub.mode={mode}&hub.challenge={challenge}&hub.verify_token={token}"


async def test_the_handshake_returns_the_challenge_to_whoever_knows_a_token(hooks: Stand) -> None:
    answers = await talk(hooks.port, request("GET", shake()), until=1)

    assert (answers[0].status, answers[0].body) == (200, b"1158201444")
    assert answers[0].headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "target",
    [
        "/hooks/meta",
        shake("token-"),
        shake("token-a2"),
        shake("TOKEN-A"),
        shake(""),
        shake("%ff%fe%00"),
        shake(mode="unsubscribe"),
        shake(challenge=""),
        shake(challenge="%3Cscript%3E"),
        shake(challenge="1%0d%0aX: 1".replace(" ", "%20")),
        shake() + "&hub.verify_token=token-a",
        shake() + "&a=1" * 50,
        shake("token-b").replace("/hooks/meta", f"/hooks/meta/{OURS.channel_id}"),
    ],
)
async def test_the_handshake_tells_strangers_nothing(hooks: Stand, target: str) -> None:
    answers = await talk(hooks.port, request("GET", target), until=1)

    assert (answers[0].status, answers[0].body) == (403, b"")


async def test_the_handshake_of_one_channel_takes_its_own_token(hooks: Stand) -> None:
    target = shake("token-s").replace("/hooks/meta", f"/hooks/meta/{SIBLING.channel_id}")

    assert [a.body for a in await talk(hooks.port, request("GET", target), until=1)] == [b"1158201444"]
