"""Sending through the Cloud API, over real HTTP."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import orjson
import pytest

from engine import clock
from engine.providers.meta.client import MetaSender
from engine.providers.port import (
    Account,
    Action,
    Address,
    AddressKind,
    Content,
    Interactive,
    Media,
    Outcome,
    Outgoing,
    Template,
    Text,
)
from engine.providers.transport import CurlTransport, Limits
from tests.fakes.faulty_server import FaultyServer, Hangup, Reply

ACCEPTED = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": "+5531988887777", "wa_id": "553188887777"}],
    "messages": [{"id": "wamid.out1", "message_status": "accepted"}],
}
TOKEN = "EAAGsecret"


@pytest.fixture
async def vendor() -> AsyncIterator[FaultyServer]:
    async with FaultyServer() as server:
        server.will(ok(ACCEPTED))
        yield server


@pytest.fixture
async def sender() -> AsyncIterator[MetaSender]:
    transport = CurlTransport(Limits(total=0.5, connect=0.3))
    yield MetaSender(transport)
    await transport.close()


@pytest.fixture
def account(vendor: FaultyServer) -> Account:
    return Account(
        channel_id="c1",
        sender="573542517421694",
        account="215589313241560883",
        base_url=vendor.url,
        version="v26.0",
        secrets={"access_token": TOKEN},
    )


def ok(answer: Any, **headers: str) -> Reply:
    return Reply(200, orjson.dumps(answer), headers)


def refused(status: int, code: int, headers: dict[str, str] | None = None, **more: Any) -> Reply:
    error = {"message": f"(#{code}) No", "type": "OAuthException", "code": code, **more}
    return Reply(status, orjson.dumps({"error": error}), headers or {})


def outgoing(content: Content | None = None, **changes: Any) -> Outgoing:
    to = Address(AddressKind.PHONE, "+5531988887777")
    return replace(Outgoing("tok-1", to, content or Text("Olá, Ana 😀", preview_url=True)), **changes)


async def test_an_accepted_text(vendor: FaultyServer, sender: MetaSender, account: Account) -> None:
    result = await sender.send(account, outgoing(reply_to="wamid.in1"))

    assert (result.outcome, result.provider_message_id, result.wa_id, result.reason) == (
        Outcome.ACCEPTED,
        "wamid.out1",
        "553188887777",
        None,
    )
    seen = vendor.seen[0]
    assert (seen.method, seen.target) == ("POST", "/v26.0/573542517421694/messages")
    assert (seen.headers["authorization"], seen.headers["content-type"]) == (
        f"Bearer {TOKEN}",
        "application/json",
    )
    assert seen.json == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+5531988887777",
        "type": "text",
        "text": {"body": "Olá, Ana 😀", "preview_url": True},
        "biz_opaque_callback_data": "tok-1",
        "context": {"message_id": "wamid.in1"},
    }


COMPONENTS = ({"type": "body", "parameters": [{"type": "text", "text": "Ana"}]},)
BUTTONS = {"type": "button", "body": {"text": "Ok?"}, "action": {"buttons": []}}


@pytest.mark.parametrize(
    ("content", "kind", "shape"),
    [
        (Template("oi", "pt_BR"), "template", {"name": "oi", "language": {"code": "pt_BR"}}),
        (
            Template("oi", "pt_BR", COMPONENTS),
            "template",
            {"name": "oi", "language": {"code": "pt_BR"}, "components": list(COMPONENTS)},
        ),
        (
            Media("document", link="https://x.example/a.pdf", caption="c", filename="a.pdf"),
            "document",
            {"link": "https://x.example/a.pdf", "caption": "c", "filename": "a.pdf"},
        ),
        (Media("audio", media_id="9", voice=True, caption="c"), "audio", {"id": "9", "voice": True}),
        (Media("image", media_id="9", caption="c", filename="x"), "image", {"id": "9", "caption": "c"}),
        (Interactive(BUTTONS), "interactive", BUTTONS),
    ],
)
async def test_the_shape_of_every_content(
    vendor: FaultyServer, sender: MetaSender, account: Account, content: Content, kind: str, shape: Any
) -> None:
    await sender.send(account, outgoing(content))

    assert (vendor.seen[0].json["type"], vendor.seen[0].json[kind]) == (kind, shape)


@pytest.mark.parametrize(
    ("to", "field", "value"),
    [
        (Address(AddressKind.WA_ID, "553188887777"), "to", "+553188887777"),
        (Address(AddressKind.BSUID, "BR.1349"), "recipient", "BR.1349"),
    ],
)
async def test_other_addresses(
    vendor: FaultyServer, sender: MetaSender, account: Account, to: Address, field: str, value: str
) -> None:
    vendor.will(ok({"contacts": [{"input": "x", "user_id": "BR.1349"}], "messages": [{"id": "wamid.2"}]}))

    result = await sender.send(account, outgoing(to=to))

    assert vendor.seen[0].json[field] == value
    assert len({"to", "recipient"} & vendor.seen[0].json.keys()) == 1
    assert result.wa_id == "BR.1349"


@pytest.mark.parametrize("status", ["paused", "held_for_quality_assessment"])
async def test_a_held_message_is_accepted_and_says_so(
    vendor: FaultyServer, sender: MetaSender, account: Account, status: str
) -> None:
    vendor.will(ok({"messages": [{"id": "wamid.3", "message_status": status}]}))

    result = await sender.send(account, outgoing())

    assert (result.outcome, result.reason) == (Outcome.ACCEPTED, status)


@pytest.mark.parametrize(
    "message",
    [
        outgoing(Text("\ud800")),
        outgoing(Media("image")),
        outgoing(Media("image", media_id="1", link="https://x.example")),
        outgoing(to=Address(AddressKind.LID, "1@lid")),
    ],
)
async def test_what_meta_has_no_words_for_is_refused_here(
    vendor: FaultyServer, sender: MetaSender, account: Account, message: Outgoing
) -> None:
    result = await sender.send(account, message)

    assert (result.outcome, result.action, vendor.seen) == (Outcome.REJECTED, Action.PERMANENT, [])


async def test_cr_05_accepted_then_500_is_in_doubt_and_not_sent_again(
    vendor: FaultyServer, sender: MetaSender, account: Account
) -> None:
    vendor.will(refused(500, 131000))

    result = await sender.send(account, outgoing())

    assert (result.outcome, result.code, result.action) == (Outcome.UNCERTAIN, "131000", None)
    assert len(vendor.seen) == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        Hangup(),
        Hangup(reset=True),
        Reply(500, b"oops"),
        Reply(503, b""),
        Reply(404, b"<html>"),
        Reply(200, b"<html>"),
        Reply(200, b'{"messages":[]}'),
        Reply(200, b'{"messages":[{"id":""}]}'),
        Reply(200, b'{"messages":[6],"contacts":6}'),
        Reply(200, b"[]"),
        Reply(200, b'{"error":6}'),
        Reply(200, b'{"messages":[{"id":"wamid.9"}]}', cut=60),
        Reply(302, b"", {"Location": "https://elsewhere.example"}),
    ],
)
async def test_cr_05_no_trustworthy_answer_is_doubt(
    vendor: FaultyServer, sender: MetaSender, account: Account, behaviour: Reply | Hangup
) -> None:
    vendor.will(behaviour)

    result = await sender.send(account, outgoing())

    assert (result.outcome, result.action, result.provider_message_id) == (Outcome.UNCERTAIN, None, None)
    assert result.reason
    assert len(vendor.seen) == 1


async def test_cr_06_a_reply_after_the_timeout_leaves_one_send_in_doubt(
    vendor: FaultyServer, sender: MetaSender, account: Account
) -> None:
    vendor.will(Reply(200, orjson.dumps(ACCEPTED), delay=0.8))

    result = await sender.send(account, outgoing())

    assert result.outcome is Outcome.UNCERTAIN
    assert len(vendor.seen) == 1


async def test_nobody_listening_is_not_sent(sender: MetaSender, account: Account) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        here = f"http://127.0.0.1:{closed.getsockname()[1]}"

        result = await sender.send(replace(account, base_url=here), outgoing())

    assert (result.outcome, result.action) == (Outcome.NOT_SENT, Action.RETRY)


async def test_a_token_with_a_line_break_stops_the_channel(
    vendor: FaultyServer, sender: MetaSender, account: Account
) -> None:
    result = await sender.send(replace(account, secrets={"access_token": "hush\r\nX: y"}), outgoing())

    assert (result.outcome, result.action) == (Outcome.REJECTED, Action.STOP_CHANNEL)
    assert "hush" not in repr(result)
    assert vendor.seen == []


BUSY = '{"2155":[{"type":"whatsapp","call_count":100,"estimated_time_to_regain_access":7}]}'


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "42", "X-Business-Use-Case-Usage": BUSY}, timedelta(seconds=42)),
        ({"X-Business-Use-Case-Usage": BUSY}, timedelta(minutes=7)),
        ({"X-Business-Use-Case-Usage": '{"1":[{"estimated_time_to_regain_access":0}],"2":6}'}, None),
        ({"X-Business-Use-Case-Usage": "nonsense", "Retry-After": "soon"}, None),
        ({"Retry-After": "9" * 40}, timedelta(days=7)),
        ({}, None),
    ],
)
@pytest.mark.parametrize("status", [400, 429])
async def test_cr_16_a_rate_limit_says_how_long(
    vendor: FaultyServer,
    sender: MetaSender,
    account: Account,
    headers: dict[str, str],
    wait: timedelta | None,
    status: int,
) -> None:
    vendor.will(refused(status, 130429, headers))

    result = await sender.send(account, outgoing())

    assert (result.outcome, result.action) == (Outcome.REJECTED, Action.RETRY)
    assert (result.code, result.retry_after) == ("130429", wait)


async def test_cr_16_a_retry_date_is_read(vendor: FaultyServer, sender: MetaSender, account: Account) -> None:
    until = format_datetime(clock.now() + timedelta(minutes=2), usegmt=False)
    vendor.will(Reply(429, b"slow down", {"Retry-After": until}))

    result = await sender.send(account, outgoing())

    assert (result.outcome, result.action, result.code) == (Outcome.REJECTED, Action.RETRY, None)
    assert result.retry_after is not None
    assert timedelta(seconds=100) < result.retry_after <= timedelta(minutes=2)


@pytest.mark.parametrize(
    ("status", "code", "action"),
    [
        (400, 131056, Action.RETRY_RECIPIENT),
        (401, 190, Action.STOP_CHANNEL),
        (400, 131049, Action.PERMANENT),
        (400, 132015, Action.STOP_CAMPAIGN),
        (400, 131047, Action.NEEDS_TEMPLATE),
        (400, 131050, Action.OPT_OUT),
        (500, 131057, Action.RETRY),
    ],
)
async def test_cr_16_every_refusal_gets_its_class(
    vendor: FaultyServer, sender: MetaSender, account: Account, status: int, code: int, action: Action
) -> None:
    vendor.will(refused(status, code, error_data={"details": "Because, +55 11 99999-8888."}))

    result = await sender.send(account, outgoing())

    assert (result.outcome, result.action, result.code) == (Outcome.REJECTED, action, str(code))
    assert result.reason == f"(#{code}) No: Because, …."
    assert TOKEN not in repr(result)
    assert len(vendor.seen) == 1


async def test_error_data_may_be_text(vendor: FaultyServer, sender: MetaSender, account: Account) -> None:
    vendor.will(refused(400, 100, error_data="param x", error_subcode="33"))

    result = await sender.send(account, outgoing())

    assert (result.reason, result.action) == ("(#100) No: param x", Action.STOP_CHANNEL)
