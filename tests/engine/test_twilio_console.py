"""Management calls to Twilio, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest

from engine.channels.inspecting import inspect_twilio
from engine.providers.port import Account
from engine.providers.twilio.console import TwilioConsole, TwilioRefused, TwilioUnreachable
from tests.fakes.faulty_server import FaultyServer, Hangup, Reply

ADDRESS = "https://loja.example/hooks/twilio/1"
NUMBER = "+551150000000"
TOKEN_REFUSED = {"code": 20003, "message": "Authenticate", "status": 401}


@pytest.fixture
async def vendor() -> AsyncIterator[FaultyServer]:
    async with FaultyServer() as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def account(vendor: FaultyServer, sender: str = NUMBER, **secrets: str) -> Account:
    return Account("c1", sender, "AC1", vendor.url, secrets={"auth_token": "hush", **secrets})


def ok(answer: Any, status: int = 200) -> Reply:
    return Reply(status, orjson.dumps(answer), {"Content-Type": "application/json"})


def owned(**more: Any) -> Reply:
    return ok({"incoming_phone_numbers": [{"phone_number": NUMBER, **more}]})


ACTIVE = ok({"status": "active", "friendly_name": "Loja Ipê"})
BALANCE = ok({"balance": "18.20", "currency": "USD", "account_sid": "AC1"})


@pytest.mark.parametrize(
    ("answer", "amount"),
    [
        (BALANCE, 18.2),
        (ok({"balance": "-0.5", "currency": "USD"}), -0.5),
        (ok({"balance": "NaN", "currency": "USD"}), None),
        (ok({"balance": None}), None),
        (ok({"code": 20403, "message": "Forbidden"}, 403), None),
    ],
)
async def test_what_is_left_to_spend(vendor, http, answer, amount) -> None:
    vendor.will(answer)

    found = await TwilioConsole(http).balance(account(vendor))

    assert (found.amount if found else None) == amount
    assert vendor.seen[0].path == "/2010-04-01/Accounts/AC1/Balance.json"


async def test_a_service_has_no_place_of_its_own(vendor, http) -> None:
    assert await TwilioConsole(http).number_place(account(vendor, "MG" + "a" * 32)) is None
    assert vendor.seen == []


async def test_a_key_is_tried_with_itself_alone(vendor, http) -> None:
    vendor.will(ok({"code": 20003, "message": "Authenticate"}, 401))
    console = TwilioConsole(http)

    await console.try_api_key(account(vendor))
    with pytest.raises(TwilioRefused, match="Authenticate"):
        await console.try_api_key(account(vendor, api_key_sid="SK1", api_key_secret="quiet"))

    assert [seen.headers["authorization"] for seen in vendor.seen] == [
        aiohttp.encode_basic_auth("SK1", "quiet", "utf-8")
    ]


async def test_no_answer_quotes_nothing(vendor, http) -> None:
    vendor.will(Hangup())

    with pytest.raises(TwilioUnreachable) as raised:
        await TwilioConsole(http).account_info(account(vendor))

    assert "hush" not in repr(raised.value.__cause__) + str(raised.value)


@pytest.mark.parametrize(
    ("place", "problems", "webhook"),
    [
        (owned(sms_url=ADDRESS), (), "here"),
        (owned(sms_url=f"{ADDRESS}#rc=2"), (), "here"),
        (owned(sms_url="https://demo.twilio.example/"), (), "elsewhere"),
        (owned(sms_url=""), ("webhook_missing",), "nowhere"),
        (ok({"incoming_phone_numbers": []}), ("number_missing",), None),
        (ok({"code": 20404, "message": "Not found"}, 404), (), None),
    ],
)
async def test_whose_the_number_is_and_who_hears_of_it(vendor, http, place, problems, webhook) -> None:
    vendor.will(ACTIVE, BALANCE, place)

    found = await inspect_twilio(http, account(vendor), ADDRESS)

    assert (found.problems, found.webhook) == (problems, webhook)
    assert (found.balance, found.currency, found.verified_name) == (18.2, "USD", "Loja Ipê")


async def test_a_refused_token_is_told_in_twilios_words(vendor, http) -> None:
    vendor.will(ok(TOKEN_REFUSED, 401))

    found = await inspect_twilio(http, account(vendor), ADDRESS)

    assert (found.problems, found.reason, found.code) == (("token_invalid",), "Authenticate", "20003")


async def test_a_refused_key_is_not_taken_for_the_token(vendor, http) -> None:
    vendor.will(ACTIVE, BALANCE, owned(sms_url=ADDRESS), ok(TOKEN_REFUSED, 401))

    found = await inspect_twilio(http, account(vendor, api_key_sid="SK1", api_key_secret="x"), ADDRESS)

    assert (found.problems, found.code, found.balance) == (("api_key_invalid",), "20003", 18.2)
