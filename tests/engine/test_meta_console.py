"""Management calls, over real HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from engine.providers.meta.console import (
    ForeignMedia,
    MediaTooLarge,
    MetaConsole,
    MetaRefused,
    MetaUnreachable,
)
from engine.providers.port import Account, Action
from tests.fakes.faulty_server import FaultyServer, Hangup, Reply

TOKEN = "EAAGsecret"


@pytest.fixture
async def vendor() -> AsyncIterator[FaultyServer]:
    async with FaultyServer() as server:
        yield server


@pytest.fixture
async def console() -> AsyncIterator[MetaConsole]:
    async with aiohttp.ClientSession() as http:
        yield MetaConsole(http)


@pytest.fixture
def account(vendor: FaultyServer) -> Account:
    secrets = {"access_token": TOKEN, "app_id": "684", "app_secret": "hush", "verify_token": "v"}
    return Account("c1", "573", "215", vendor.url, "v26.0", secrets=secrets)


def ok(answer: Any) -> Reply:
    return Reply(200, orjson.dumps(answer), {"Content-Type": "application/json"})


async def test_templates_are_read_page_by_page(
    vendor: FaultyServer, console: MetaConsole, account: Account
) -> None:
    node = {"id": 1, "name": "oi", "language": "pt_BR", "status": "APPROVED", "category": "UTILITY"}
    paging = {"cursors": {"before": "A", "after": "B"}, "next": "https://evil.example/?access_token=x"}
    vendor.will(
        ok({"data": [node, {"name": "no id"}, 6], "paging": paging}),
        ok({"data": [{**node, "id": "2"}], "paging": {"cursors": {"after": "C"}}}),
    )

    found = [template async for template in console.list_templates(account)]

    assert [(t.id, t.name, t.status, t.parameter_format) for t in found] == [
        ("1", "oi", "APPROVED", "POSITIONAL"),
        ("2", "oi", "APPROVED", "POSITIONAL"),
    ]
    assert [(seen.path, seen.query.get("after")) for seen in vendor.seen] == [
        ("/v26.0/215/message_templates", None),
        ("/v26.0/215/message_templates", "B"),
    ]
    assert vendor.seen[0].headers["authorization"] == f"Bearer {TOKEN}"


async def test_number_info(vendor: FaultyServer, console: MetaConsole, account: Account) -> None:
    node = {"id": "573", "verified_name": "Loja Ipê", "status": "CONNECTED", "throughput": {"level": "HIGH"}}
    vendor.will(ok({**node, "whatsapp_business_manager_messaging_limit": "TIER_2K"}))

    info = await console.number_info(account)

    assert (info.status, info.throughput, info.messaging_limit) == ("CONNECTED", "HIGH", "TIER_2K")
    assert info.quality_rating is None
    assert vendor.seen[0].path == "/v26.0/573"


@pytest.mark.parametrize(
    ("data", "valid", "expires", "code", "subcode"),
    [
        ({"is_valid": True, "expires_at": 0, "scopes": ["a"]}, True, None, None, None),
        (
            {"is_valid": True, "expires_at": 1795343700, "scopes": ["a", 6]},
            True,
            datetime(2026, 11, 22, 10, 35, tzinfo=UTC),
            None,
            None,
        ),
        (
            {"is_valid": False, "scopes": ["a"], "error": {"code": 190, "subcode": 463}},
            False,
            None,
            190,
            463,
        ),
    ],
)
async def test_debug_token(
    vendor: FaultyServer,
    console: MetaConsole,
    account: Account,
    data: Any,
    valid: bool,
    expires: Any,
    code: Any,
    subcode: Any,
) -> None:
    vendor.will(ok({"data": data}))

    info = await console.debug_token(account)

    assert (info.is_valid, info.expires_at, info.scopes) == (valid, expires, {"a"})
    assert (info.code, info.subcode) == (code, subcode)
    assert vendor.seen[0].query == {"input_token": TOKEN}
    assert vendor.seen[0].headers["authorization"] == "Bearer 684|hush"


async def test_a_read_mark_with_typing(vendor: FaultyServer, console: MetaConsole, account: Account) -> None:
    await console.mark_read(account, "wamid.1", typing=True)

    assert vendor.seen[0].path == "/v26.0/573/messages"
    assert vendor.seen[0].json == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.1",
        "typing_indicator": {"type": "text"},
    }


async def test_an_upload_gives_an_id(
    vendor: FaultyServer, console: MetaConsole, account: Account, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    vendor.will(ok({"id": "1037"}))

    assert await console.upload_media(account, tmp_path / "a.png", mime="image/png") == "1037"

    body = vendor.seen[0].body
    assert b"\x89PNG" in body
    assert b'filename="a.png"' in body
    assert b"image/png" in body
    assert b"whatsapp" in body


async def test_a_file_is_found_and_fetched(
    vendor: FaultyServer, console: MetaConsole, account: Account, tmp_path: Path
) -> None:
    content = b"x" * 200_000
    info = {"url": f"{vendor.url}/file", "mime_type": "image/png", "file_size": "200000"}
    vendor.will(ok(info), Reply(200, content, {"Content-Type": "image/png"}))

    found = await console.media_info(account, "1037")
    stored = await console.download_media(account, found.url, tmp_path / "f", limit=200_000)

    assert (found.mime, found.size, vendor.seen[0].query) == (
        "image/png",
        200_000,
        {"phone_number_id": "573"},
    )
    assert (stored.size, stored.mime) == (200_000, "image/png")
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert (tmp_path / "f").read_bytes() == content
    assert vendor.seen[1].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (Reply(200, b"x" * 101), MediaTooLarge),
        (Reply(200, b"x" * 101, chunked=True), MediaTooLarge),
        (Reply(200, b"x" * 90, cut=60), MetaUnreachable),
        (Reply(404, b"<html>"), MetaRefused),
        (Reply(302, b"", {"Location": "http://169.254.169.254/"}), MetaUnreachable),
        (Hangup(), MetaUnreachable),
    ],
)
async def test_a_failed_download_leaves_no_file(
    vendor: FaultyServer, console: MetaConsole, account: Account, tmp_path: Path, behaviour: Any, error: Any
) -> None:
    vendor.will(behaviour)

    with pytest.raises(error):
        await console.download_media(account, f"{vendor.url}/f", tmp_path / "f", limit=100)

    assert not (tmp_path / "f").exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://lookaside.fbsbx.com/x",
        "https://lookaside.fbsbx.com:8443/x",
        "https://lookaside.fbsbx.com.evil.example/x",
        "https://lookaside.fbsbx.com@evil.example/x",
        "https://user:pw@lookaside.fbsbx.com/x",
        "https://lookaside.fbsbx.com\\@evil.example/x",
        "http://169.254.169.254/latest",
        "http://127.0.0.1:1/x",
        "file:///etc/passwd",
        "//lookaside.fbsbx.com/x",
        "",
        "http://[",
    ],
)
async def test_the_token_is_shown_to_metas_hosts_only(
    vendor: FaultyServer, console: MetaConsole, account: Account, tmp_path: Path, url: str
) -> None:
    with pytest.raises(ForeignMedia):
        await console.download_media(account, url, tmp_path / "f", limit=100)


async def test_both_subscriptions(vendor: FaultyServer, console: MetaConsole, account: Account) -> None:
    await console.subscribe_account(account, callback_url="https://shop.example/hooks/meta")
    await console.subscribe_app(account, callback_url="https://shop.example/hooks/meta")

    first, second = vendor.seen
    assert (first.path, first.json["verify_token"]) == ("/v26.0/215/subscribed_apps", "v")
    assert first.json["override_callback_uri"] == "https://shop.example/hooks/meta"
    assert (second.path, second.form["callback_url"]) == (
        "/v26.0/684/subscriptions",
        "https://shop.example/hooks/meta",
    )
    assert second.headers["authorization"] == "Bearer 684|hush"


async def test_cr_16_a_refusal_says_what_to_do(
    vendor: FaultyServer, console: MetaConsole, account: Account
) -> None:
    error = {"message": "(#80007) Too many", "code": 80007}
    vendor.will(Reply(400, orjson.dumps({"error": error}), {"Retry-After": "9"}))

    with pytest.raises(MetaRefused, match="Too many") as caught:
        await console.number_info(account)

    assert (caught.value.error_code, caught.value.action) == (80007, Action.RETRY)
    assert caught.value.retry_after == timedelta(seconds=9)


@pytest.mark.parametrize("behaviour", [Hangup(reset=True), Reply(503, b""), Reply(200, cut=10)])
async def test_no_answer_names_no_secret(
    vendor: FaultyServer, console: MetaConsole, account: Account, behaviour: Any
) -> None:
    vendor.will(behaviour)

    with pytest.raises(MetaUnreachable) as caught:
        await console.debug_token(account)

    assert TOKEN not in repr(caught.value)
    assert caught.value.__cause__ is None


async def test_nobody_listening_is_unreachable(console: MetaConsole, account: Account) -> None:
    with pytest.raises(MetaUnreachable):
        await console.number_info(replace(account, base_url="http://127.0.0.1:1"))
