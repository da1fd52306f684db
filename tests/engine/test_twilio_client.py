"""Sending through Twilio's SDK, over real HTTP."""

from __future__ import annotations

import base64
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from engine.providers.port import (
    Account,
    Action,
    Address,
    AddressKind,
    Content,
    Found,
    Interactive,
    LookupFailed,
    Media,
    Outcome,
    Outgoing,
    Template,
    Text,
    Trace,
)
from engine.providers.transport import CurlTransport, Limits
from engine.providers.twilio.client import TwilioSender
from tests.fakes.faulty_server import FaultyServer, Hangup, Reply

SID, AC = "SM0f2b6c1e9f7a4f0aa1c2b3d4e5f60718", "AC11111111111111111111111111111111"
SENT_AT = datetime(2026, 11, 22, 10, 20, tzinfo=UTC)
MESSAGES = f"/2010-04-01/Accounts/{AC}/Messages.json"


def record(**changes: Any) -> dict[str, Any]:
    return {
        "sid": SID,
        "account_sid": AC,
        "api_version": "2010-04-01",
        "body": "Seu código é 4821",
        "date_created": "Sun, 22 Nov 2026 10:20:00 +0000",
        "date_sent": None,
        "direction": "outbound-api",
        "error_code": None,
        "from": "+551150000000",
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "status": "queued",
        "to": "+5511999998888",
        "uri": MESSAGES,
        **changes,
    }


def created(**changes: Any) -> Reply:
    return Reply(201, orjson.dumps(record(**changes)))


def page(*records: dict[str, Any], following: str | None = None) -> Reply:
    return Reply(
        200, orjson.dumps({"messages": records, "next_page_uri": following, "page": 0, "page_size": 200})
    )


@pytest.fixture
async def vendor() -> AsyncIterator[FaultyServer]:
    async with FaultyServer() as server:
        server.will(created())
        yield server


@pytest.fixture
async def sender() -> AsyncIterator[TwilioSender]:
    transport = CurlTransport(Limits(total=0.5, connect=0.3))
    yield TwilioSender(transport)
    await transport.close()


@pytest.fixture
def account(vendor: FaultyServer) -> Account:
    return Account(
        channel_id="c1",
        sender="+551150000000",
        account=AC,
        base_url=vendor.url,
        status_callback="https://shop.example/hooks/twilio",
        secrets={"auth_token": "hush"},
    )


def outgoing(content: Content | None = None, **changes: Any) -> Outgoing:
    to = Address(AddressKind.PHONE, "+5511999998888")
    return replace(Outgoing("tok/1", to, content or Text("Seu código é 4821 😀")), **changes)


def trace(**changes: Any) -> Trace:
    return replace(Trace("tok/1", "+5511999998888", "Seu código é 4821", SENT_AT), **changes)


async def test_an_accepted_text(vendor: FaultyServer, sender: TwilioSender, account: Account) -> None:
    result = await sender.send(account, outgoing())

    assert (result.outcome, result.provider_message_id) == (Outcome.ACCEPTED, SID)
    seen = vendor.seen[0]
    assert (seen.method, seen.target) == ("POST", MESSAGES)
    assert seen.form == {
        "To": "+5511999998888",
        "From": "+551150000000",
        "Body": "Seu código é 4821 😀",
        "StatusCallback": "https://shop.example/hooks/twilio?t=tok%2F1",
    }
    assert base64.b64decode(seen.headers["authorization"].split()[1]).decode() == f"{AC}:hush"
    assert "application/x-www-form-urlencoded" in seen.headers["content-type"]


async def test_a_messaging_service_chooses_the_number(
    vendor: FaultyServer, sender: TwilioSender, account: Account
) -> None:
    callback = "https://shop.example/hooks/twilio?c=1#rc=2"

    await sender.send(replace(account, sender="MG1", status_callback=callback), outgoing())

    assert vendor.seen[0].form["MessagingServiceSid"] == "MG1"
    assert "From" not in vendor.seen[0].form
    assert vendor.seen[0].form["StatusCallback"] == "https://shop.example/hooks/twilio?c=1&t=tok%2F1#rc=2"


async def test_an_api_key_signs_in_the_accounts_place(
    vendor: FaultyServer, sender: TwilioSender, account: Account
) -> None:
    secrets = {"auth_token": "hush", "api_key_sid": "SK1", "api_key_secret": "shh"}

    await sender.send(account, outgoing())
    await sender.send(replace(account, secrets=secrets), outgoing())

    basic = [base64.b64decode(seen.headers["authorization"].split()[1]) for seen in vendor.seen]
    assert basic == [f"{AC}:hush".encode(), b"SK1:shh"]
    assert vendor.seen[1].path == MESSAGES


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (Template("oi", "pt_BR", text="Oi, Ana"), {"Body": "Oi, Ana"}),
        (
            Media("image", link="https://x.example/a.png", caption="c"),
            {"MediaUrl": "https://x.example/a.png", "Body": "c"},
        ),
    ],
)
async def test_other_contents(
    vendor: FaultyServer, sender: TwilioSender, account: Account, content: Content, form: dict[str, str]
) -> None:
    await sender.send(account, outgoing(content))

    assert form.items() <= vendor.seen[0].form.items()


@pytest.mark.parametrize(
    "message",
    [
        outgoing(Text("\ud800")),
        outgoing(Text("")),
        outgoing(Media("image", media_id="1")),
        outgoing(Interactive({}, text="x")),
        outgoing(to=Address(AddressKind.BSUID, "BR.1")),
    ],
)
async def test_what_an_sms_cannot_carry_is_refused_here(
    vendor: FaultyServer, sender: TwilioSender, account: Account, message: Outgoing
) -> None:
    result = await sender.send(account, message)

    assert (result.outcome, result.action, vendor.seen) == (Outcome.REJECTED, Action.PERMANENT, [])


async def test_nobody_listening_is_not_sent(sender: TwilioSender, account: Account) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        here = f"http://127.0.0.1:{closed.getsockname()[1]}"

        result = await sender.send(replace(account, base_url=here), outgoing())

    assert (result.outcome, result.action) == (Outcome.NOT_SENT, Action.RETRY)


async def test_an_address_of_another_scheme_stops_the_channel(
    vendor: FaultyServer, sender: TwilioSender, account: Account
) -> None:
    result = await sender.send(replace(account, base_url="ftp://127.0.0.1"), outgoing())

    assert (result.outcome, result.action) == (Outcome.REJECTED, Action.STOP_CHANNEL)


@pytest.mark.parametrize(
    "behaviour",
    [
        Hangup(),
        Hangup(reset=True),
        Reply(500, b'{"code":20500,"message":"Internal","status":500}'),
        Reply(502, b"<html>"),
        Reply(201, b"<html>"),
        Reply(201, b"{}"),
        Reply(201, b'{"sid":null}'),
        Reply(201, b"[]"),
        Reply(404, b"<html>"),
        Reply(307, b"", {"Location": "https://elsewhere.example"}),
    ],
)
async def test_cr_05_no_trustworthy_answer_is_doubt(
    vendor: FaultyServer, sender: TwilioSender, account: Account, behaviour: Reply | Hangup
) -> None:
    vendor.will(behaviour)

    result = await sender.send(account, outgoing())

    assert (result.outcome, result.action) == (Outcome.UNCERTAIN, None)
    assert len(vendor.seen) == 1


async def test_cr_06_a_reply_after_the_timeout_leaves_one_send_in_doubt(
    vendor: FaultyServer, sender: TwilioSender, account: Account
) -> None:
    vendor.will(Reply(201, orjson.dumps(record()), delay=0.8))

    result = await sender.send(account, outgoing())

    assert result.outcome is Outcome.UNCERTAIN
    assert len(vendor.seen) == 1


@pytest.mark.parametrize(
    ("status", "body", "headers", "action", "wait"),
    [
        (429, {"code": 20429, "message": "Slow"}, {"Retry-After": "3"}, Action.RETRY, 3),
        (429, {}, {}, Action.RETRY, None),
        (400, {"code": 21211, "message": "Invalid"}, {}, Action.PERMANENT, None),
        (400, {"code": 21610, "message": "Opted out"}, {"Retry-After": "3"}, Action.OPT_OUT, None),
        (401, {"code": 20003, "title": "No", "detail": "bad", "type": "x"}, {}, Action.STOP_CHANNEL, None),
    ],
)
async def test_cr_16_every_refusal_gets_its_class(
    vendor: FaultyServer,
    sender: TwilioSender,
    account: Account,
    status: int,
    body: dict[str, Any],
    headers: dict[str, str],
    action: Action,
    wait: int | None,
) -> None:
    vendor.will(Reply(status, orjson.dumps(body), headers))

    result = await sender.send(account, outgoing())

    assert (result.outcome, result.action) == (Outcome.REJECTED, action)
    assert result.retry_after == (None if wait is None else timedelta(seconds=wait))
    assert result.code == (str(body["code"]) if body else None)
    assert "hush" not in repr(result)


async def test_a_refusal_names_no_phone(vendor: FaultyServer, sender: TwilioSender, account: Account) -> None:
    vendor.will(Reply(400, b'{"code":21211,"message":"Invalid \'To\' Phone Number: +5511999998888"}'))

    result = await sender.send(account, outgoing())

    assert result.reason == "Invalid 'To' Phone Number: …"


async def test_a_record_is_found_by_person_words_and_time(
    vendor: FaultyServer, sender: TwilioSender, account: Account
) -> None:
    older = record(sid="SMold", date_created="Sun, 22 Nov 2026 10:12:00 +0000")
    vendor.will(page(record(sid="SMother", body="Outra"), older, record(status="delivered")))

    found = await sender.find(account, trace())

    assert found == Found(SID, "delivered")
    assert vendor.seen[0].query == {"To": "+5511999998888", "From": "+551150000000", "PageSize": "200"}


@pytest.mark.parametrize(
    "listed",
    [
        record(body="Outra coisa"),
        record(date_created="Sun, 22 Nov 2026 11:20:00 +0000"),
        record(direction="inbound"),
        record(sid="SMtaken"),
        record(sid=None),
        record(body=None),
    ],
)
async def test_a_list_without_a_match_proves_absence(
    vendor: FaultyServer, sender: TwilioSender, account: Account, listed: dict[str, Any]
) -> None:
    vendor.will(page(listed))

    assert await sender.find(account, trace(taken=frozenset({"SMtaken"}))) is None


@pytest.mark.parametrize(
    "listed",
    [
        record(body=" Seu co\u0301digo e\u0301 4821\n"),
        record(body="Sent from your Twilio trial account - Seu código é 4821"),
        record(date_created=None),
        record(date_created="yesterday"),
    ],
)
async def test_what_might_be_ours_is_never_overlooked(
    vendor: FaultyServer, sender: TwilioSender, account: Account, listed: dict[str, Any]
) -> None:
    vendor.will(page(listed))

    assert await sender.find(account, trace()) == Found(SID, "queued")


async def test_every_page_is_read(vendor: FaultyServer, sender: TwilioSender, account: Account) -> None:
    vendor.will(page(record(body="x"), following=f"{MESSAGES}?Page=1"), page(record()))

    assert await sender.find(account, trace()) == Found(SID, "queued")
    assert vendor.seen[1].target == f"{MESSAGES}?Page=1"


async def test_a_services_records_are_told_by_the_service(
    vendor: FaultyServer, sender: TwilioSender, account: Account
) -> None:
    vendor.will(page(record(sid="SMother"), record(messaging_service_sid="MG1", **{"from": None})))

    found = await sender.find(replace(account, sender="MG1"), trace())

    assert found == Found(SID, "queued")
    assert "From" not in vendor.seen[0].query


@pytest.mark.parametrize(
    "behaviour",
    [
        Hangup(),
        Reply(500, b"{}"),
        Reply(200, b"<html>"),
        Reply(200, b"{}"),
        Reply(200, b'{"messages":[6]}'),
        Reply(401, b'{"code":20003}'),
        page(*[record(body="x")] * 200, following=f"{MESSAGES}?Page=1"),
    ],
)
async def test_a_list_that_cannot_be_read_proves_nothing(
    vendor: FaultyServer, sender: TwilioSender, account: Account, behaviour: Reply | Hangup
) -> None:
    vendor.will(behaviour)

    with pytest.raises(LookupFailed):
        await sender.find(account, trace())
