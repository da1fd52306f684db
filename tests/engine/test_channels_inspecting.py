"""What Meta says about a number when it is asked, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson
import pytest

from engine.channels.inspecting import Inspection, inspect_meta
from engine.providers.port import Account
from tests.fakes.faulty_server import FaultyServer, Hangup, Reply

ADDRESS = "https://loja.example/hooks/meta/1"
SCOPES = ["whatsapp_business_messaging", "whatsapp_business_management"]
NUMBER = {
    "id": "573",
    "display_phone_number": "+55 11 3333-4444",
    "verified_name": "Loja Ipê",
    "name_status": "APPROVED",
    "quality_rating": "GREEN",
    "status": "CONNECTED",
    "throughput": {"level": "STANDARD"},
    "whatsapp_business_manager_messaging_limit": "TIER_2K",
}
APP = {"whatsapp_business_api_data": {"id": "684", "name": "Painel"}}
GOOD = {"data": {"is_valid": True, "expires_at": 1795343700, "scopes": SCOPES}}
EXPIRED = "Error validating access token: Session has expired on Tuesday."


@pytest.fixture
async def vendor() -> AsyncIterator[FaultyServer]:
    async with FaultyServer() as server:
        yield server


def answer(body: Any, status: int = 200) -> Reply:
    return Reply(status, orjson.dumps(body), {"Content-Type": "application/json"})


def refusal(code: int, message: str, status: int = 400) -> Reply:
    return answer({"error": {"message": message, "code": code}}, status)


async def ask(vendor: FaultyServer, *answers: Reply | Hangup, app_id: str = "684") -> Inspection:
    vendor.will(*answers)
    secrets = {"access_token": "EAAG", "app_secret": "hush", "app_id": app_id}
    account = Account("c1", "573", "215", vendor.url, "v26.0", secrets=secrets)
    async with aiohttp.ClientSession() as http:
        return await inspect_meta(http, account, ADDRESS)


async def test_all_is_well(vendor) -> None:
    found = await ask(vendor, answer(NUMBER), answer({"data": [APP]}), answer(GOOD))

    assert (found.problems, found.reason) == ((), None)
    assert (found.quality, found.name_status, found.messaging_limit) == ("GREEN", "APPROVED", "TIER_2K")
    assert found.expires_at == datetime(2026, 11, 22, 10, 35, tzinfo=UTC)
    assert "name_status" in vendor.seen[0].query["fields"]


@pytest.mark.parametrize(
    ("subscribers", "webhook", "problems"),
    [
        (answer({"data": [APP | {"override_callback_uri": ADDRESS}]}), "here", ()),
        (answer({"data": [APP | {"override_callback_uri": "https://x.example"}]}), "elsewhere", ()),
        (answer({"data": [APP]}), "app", ()),
        (answer({"data": []}), "nowhere", ("webhook_missing",)),
        (refusal(200, "Permission missing", 403), None, ()),
    ],
)
async def test_who_hears_of_the_messages(vendor, subscribers, webhook, problems) -> None:
    found = await ask(vendor, answer(NUMBER), subscribers, answer(GOOD))

    assert (found.webhook, found.problems) == (webhook, problems)


async def test_a_refused_token_is_told_in_metas_words(vendor) -> None:
    found = await ask(vendor, refusal(190, EXPIRED, 401))

    assert (found.problems, found.reason, found.code) == (("token_invalid",), EXPIRED, "190")


async def test_a_token_that_ran_out_says_why(vendor) -> None:
    error = {"code": 190, "subcode": 463, "message": EXPIRED}
    told = answer({"data": {"is_valid": False, "expires_at": 1795343700, "error": error}})

    found = await ask(vendor, answer(NUMBER), answer({"data": [APP]}), told)

    assert (found.problems, found.reason, found.code) == (("token_invalid",), EXPIRED, "190")


async def test_a_wrong_app_is_not_taken_for_a_wrong_token(vendor) -> None:
    wrong = refusal(101, "Error validating application. Cannot get application info.")

    found = await ask(vendor, answer(NUMBER), answer({"data": [APP]}), wrong)

    assert (found.problems, found.code, found.quality) == (("app_refused",), "101", "GREEN")


async def test_without_an_app_id_nobody_asks_for_the_tokens_life(vendor) -> None:
    found = await ask(vendor, answer(NUMBER), answer({"data": [APP]}), app_id="")

    assert (found.problems, found.expires_at, len(vendor.seen)) == ((), None, 2)


async def test_a_number_that_cannot_send_and_a_token_that_may_not(vendor) -> None:
    poor = answer({"data": {"is_valid": True, "scopes": SCOPES[:1]}})

    found = await ask(vendor, answer(NUMBER | {"status": "PENDING"}), answer({"data": [APP]}), poor)

    assert found.problems == ("number_unusable", "permission_missing")


async def test_no_answer_is_an_answer(vendor) -> None:
    assert (await ask(vendor, Hangup())).problems == ("unreachable",)
    assert (await ask(vendor, answer(NUMBER), answer({"data": [APP]}), Hangup())).problems == ("unreachable",)
