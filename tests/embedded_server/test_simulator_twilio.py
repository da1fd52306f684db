"""The Twilio stand-in, seen by the official SDK and its validator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from engine import clock
from tests.fakes.simulated import Simulated, simulated

AC, TOKEN, OURS = "AC" + "2" * 32, "tok12345", "+551150000000"

# The SDK hands aiohttp credentials in a way that aiohttp has since deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@dataclass(slots=True)
class Sms:
    network: Simulated
    client: Client

    async def send(self, to: str = "+5511999998888", **more: Any) -> Any:
        callback = f"{self.network.receiver.url}/twilio/status?token=camp:1&x=%C3%A7"
        wish = {"from_": OURS, "body": "Olá", "status_callback": callback, **more}
        return await self.client.messages.create_async(to=to, **wish)

    def fields(self) -> list[dict[str, str]]:
        return [dict(parse_qsl(body.decode())) for _, _, body in self.network.receiver.posts]


@pytest.fixture
async def sms() -> AsyncIterator[Sms]:
    async with simulated() as network:
        http = AsyncTwilioHttpClient()
        client = Client(AC, TOKEN, http_client=http)
        client.api.base_url = network.url
        yield Sms(network, client)
        await http.close()


async def refusal(send: Awaitable[Any]) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        await send
    return caught.value.status, caught.value.code


async def test_a_message_is_queued_recorded_and_delivered(sms: Sms) -> None:
    message = await sms.send()
    await sms.network.quiet()
    again = await sms.client.messages(message.sid).fetch_async()

    assert (message.status, message.num_segments, again.status) == ("queued", "1", "delivered")
    assert [post["MessageStatus"] for post in sms.fields()] == ["sent", "delivered"]
    [entry] = await sms.network.ledger()
    assert (entry["id"], entry["token"], entry["sender"], entry["body"]) == (
        message.sid,
        "camp:1",
        OURS,
        "Olá",
    )


async def test_callbacks_and_inbound_messages_are_signed(sms: Sms) -> None:
    await sms.send()
    await sms.network.control(
        "inbound", {"provider": "twilio", "from": "+5511988887777", "text": "PARAR ção"}
    )
    await sms.network.quiet()

    origin = sms.network.receiver.url.removesuffix("/hooks")
    for path, headers, body in sms.network.receiver.posts:
        params = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
        assert RequestValidator(TOKEN).validate(origin + path, params, headers["X-Twilio-Signature"])
        assert not RequestValidator("other").validate(origin + path, params, headers["X-Twilio-Signature"])
    assert "?token=camp:1" in "".join(path for path, _, _ in sms.network.receiver.posts)


@pytest.mark.parametrize(
    ("digits", "status", "code"),
    [
        ("0001", 400, 21211),
        ("0009", 400, 21610),
        ("0011", 401, 20003),
        ("0015", 400, 21408),
        ("0012", 500, 20500),
    ],
)
async def test_the_last_digits_choose_a_refusal(sms: Sms, digits: str, status: int, code: int) -> None:
    assert await refusal(sms.send(f"+551199999{digits}")) == (status, code)
    assert await sms.network.ledger() == []


@pytest.mark.parametrize(("digits", "code"), [("0002", 30003), ("0003", 30007), ("0010", 30006)])
async def test_an_undelivered_message_names_its_reason(sms: Sms, digits: str, code: int) -> None:
    message = await sms.send(f"+551199999{digits}")
    await sms.network.quiet()

    assert sms.fields()[-1]["MessageStatus"] == "undelivered"
    assert sms.fields()[-1]["ErrorCode"] == str(code)
    assert (await sms.client.messages(message.sid).fetch_async()).error_code == code


async def test_cr_16_too_many_requests_once(sms: Sms) -> None:
    assert await refusal(sms.send("+5511999990004")) == (429, 20429)

    assert (await sms.send("+5511999990004")).status == "queued"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"to": "11999998888"}, 21211),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"from_": "+5511999998888"}, 21266),
        ({"status_callback": "nowhere"}, 21609),
    ],
)
async def test_a_broken_message_is_refused(sms: Sms, wish: dict[str, str], code: int) -> None:
    assert await refusal(sms.send(**wish)) == (400, code)


async def test_cr_03_the_list_tells_what_was_accepted(sms: Sms) -> None:
    with pytest.raises(aiohttp.ClientError):
        await sms.send("+5511999990006")
    for n in range(5):
        await sms.send("+5511999991234", body=f"m{n}")
    now, near = clock.now(), timedelta(minutes=1)

    listed = await sms.client.messages.list_async(to="+5511999991234", from_=OURS, page_size=2)
    found = await sms.client.messages.list_async(to="+5511999990006", date_sent_after=now - near)
    later = await sms.client.messages.list_async(to="+5511999990006", date_sent_after=now + near)

    assert [message.body for message in listed] == ["m4", "m3", "m2", "m1", "m0"]
    assert [message.to for message in found] == ["+5511999990006"]
    assert later == []


async def test_stop_is_kept_by_twilio_itself(sms: Sms) -> None:
    await sms.send()
    say = {"provider": "twilio", "from": "+5511999998888", "to": OURS}
    await sms.network.control("inbound", {**say, "text": "Stop"})
    stopped = await refusal(sms.send())
    await sms.network.control("inbound", {**say, "text": "START"})

    assert stopped == (400, 21610)
    assert (await sms.send()).status == "queued"


async def test_an_mms_brings_a_file_that_can_be_fetched(sms: Sms) -> None:
    await sms.send()
    await sms.network.control("inbound", {"provider": "twilio", "from": "+5511988887777", "kind": "image"})
    await sms.network.quiet()

    [fields] = [post for post in sms.fields() if post.get("NumMedia") == "1"]
    headers = {"Authorization": "Basic QUM6eA=="}
    async with sms.network.http.get(fields["MediaUrl0"], headers=headers) as response:
        assert (response.status, response.content_type) == (200, "image/png")


async def test_a_messaging_service_accepts_without_a_sender(sms: Sms) -> None:
    message = await sms.send(from_=None, messaging_service_sid="MG" + "1" * 32)

    assert (message.status, message.from_) == ("accepted", None)


async def test_the_account_needs_credentials(sms: Sms) -> None:
    account = await sms.client.api.accounts(AC).fetch_async()
    async with sms.network.http.get(f"{sms.network.url}/2010-04-01/Accounts/{AC}.json") as bare:
        assert (bare.status, (await bare.json())["code"]) == (401, 20003)

    assert account.status == "active"


async def test_a_callback_that_fails_is_not_repeated_unless_its_fragment_says_so(sms: Sms) -> None:
    sms.network.receiver.answers = [500] * 4
    await sms.send("+5511999998888")
    once = await sms.network.quiet()
    sms.network.receiver.answers = [500, 500]
    await sms.send(status_callback=f"{sms.network.receiver.url}/twilio/status?token=2#rc=3&rp=all")
    often = await sms.network.quiet()

    assert (once["dropped"], once["retries"]) == (2, 0)
    assert (often["dropped"], often["retries"]) == (2, 2)
