"""Twilio's form posts over HTTP: signed over the configured address, stored first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest

from embedded_server.webhooks.routing import FORM
from engine.intake import EventKind, IntakeUnavailable, Source
from engine.providers.inbound import InboundMessage, StatusUpdate
from engine.providers.twilio.inbound import read_piece
from tests.fakes.raw_http import request, talk
from tests.fakes.webhooks import FakeEndpoint, Shelf, Stand, stand, twilio_header

NUMBER = FakeEndpoint(Source.TWILIO, "+551150000000", "AC1", "token-1")
SERVICE = FakeEndpoint(Source.TWILIO, "MG1", "AC1", "token-1", company_id=NUMBER.company_id)
OTHER = FakeEndpoint(Source.TWILIO, "+551160000000", "AC2", "token-2")
RECEIVED = {
    "AccountSid": "AC1",
    "MessageSid": "SM1",
    "SmsStatus": "received",
    "From": "+5511999998888",
    "To": "+551150000000",
    "Body": "PARAR, não & obrigado",
    "NumMedia": "0",
    "FromCity": "",
}
REPORT = {
    "AccountSid": "AC1",
    "MessageSid": "SM2",
    "MessageStatus": "delivered",
    "To": "+5511999998888",
    "From": "+551150000000",
}


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
async def hooks(shelf: Shelf) -> AsyncIterator[Stand]:
    async with stand(shelf.store, NUMBER, SERVICE, OTHER) as opened:
        yield opened


async def test_a_signed_message_is_stored_and_answered_with_an_empty_reply(
    hooks: Stand, shelf: Shelf
) -> None:
    answer = await hooks.twilio(RECEIVED, token="token-1")

    assert answer.status == 200
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.body.endswith(b"<Response/>")
    (event,) = shelf.events
    assert (event.channel_id, event.kind, event.dedupe_key) == (NUMBER.channel_id, EventKind.MESSAGE, "SM1")
    read = read_piece(event.payload)
    assert isinstance(read, InboundMessage)
    assert read.text == "PARAR, não & obrigado"


async def test_the_token_of_the_callback_address_is_kept_with_the_status(hooks: Stand, shelf: Shelf) -> None:
    target = f"/hooks/twilio/{NUMBER.channel_id}?t=a%2Bb"

    assert (await hooks.twilio(REPORT, token="token-1", target=target)).status == 200

    read = read_piece(shelf.events[0].payload)
    assert isinstance(read, StatusUpdate)
    assert (read.token, shelf.events[0].dedupe_key) == ("a+b", "SM2:delivered")


@pytest.mark.parametrize(
    ("signed", "sent"),
    [
        ("/hooks/twilio?t=1", "/hooks/twilio?t=2"),
        ("/hooks/twilio?t=1", "/hooks/twilio"),
        ("/hooks/twilio", "/hooks/twilio?t=1"),
        ("/hooks/twilio?t=%41", "/hooks/twilio?t=A"),
        ("/hooks/twilio/", "/hooks/twilio"),
    ],
)
async def test_wh_01_the_signature_covers_the_whole_address(
    hooks: Stand, shelf: Shelf, signed: str, sent: str
) -> None:
    headers = [f"Content-Type: {FORM}", twilio_header(REPORT, "token-1", signed)]
    raw = request(target=sent, body=urlencode(REPORT).encode(), headers=headers)

    assert [a.status for a in await talk(hooks.port, raw, until=1)] == [401]
    assert shelf.events == []


async def test_the_host_of_a_request_means_nothing(hooks: Stand, shelf: Shelf) -> None:
    headers = [
        f"Content-Type: {FORM}",
        "X-Forwarded-Host: attacker.example",
        "X-Forwarded-Proto: http",
        twilio_header(REPORT, "token-1", "/hooks/twilio"),
    ]
    raw = request(target="/hooks/twilio", body=urlencode(REPORT).encode(), headers=headers)

    answers = await talk(hooks.port, raw.replace(b"Host: hooks.test", b"Host: attacker.example"), until=1)

    assert [a.status for a in answers] == [200]
    assert len(shelf.events) == 1


@pytest.mark.parametrize(
    ("form", "token"),
    [
        (RECEIVED, "token-2"),
        (RECEIVED, ""),
        (RECEIVED | {"AccountSid": "AC2"}, "token-1"),
        (RECEIVED | {"AccountSid": "AC9"}, "token-1"),
        ({k: v for k, v in RECEIVED.items() if k != "AccountSid"}, "token-1"),
        ({}, "token-1"),
        (RECEIVED | {"To": "+551160000000"}, "token-1"),
        (dict.fromkeys((f"f{n}" for n in range(300)), "") | {"AccountSid": "AC1"}, "token-1"),
    ],
)
async def test_wh_01_a_post_that_is_not_well_signed_for_its_number_is_refused(
    hooks: Stand, shelf: Shelf, form: dict[str, str], token: str
) -> None:
    answer = await hooks.twilio(form, token=token)

    assert (answer.status, answer.body) == (401, b"")
    assert shelf.events == []


async def test_a_repeated_account_or_signature_is_refused(hooks: Stand, shelf: Shelf) -> None:
    signature = twilio_header(RECEIVED, "token-1", "/hooks/twilio")
    twice = [f"Content-Type: {FORM}", signature, signature]
    raw = urlencode(RECEIVED).encode()
    for sent in (
        request(target="/hooks/twilio", body=raw, headers=twice),
        request(target="/hooks/twilio", body=raw + b"&AccountSid=AC1", headers=twice[:2]),
    ):
        assert [a.status for a in await talk(hooks.port, sent, until=1)] == [401]
    assert shelf.events == []


async def test_a_messaging_service_is_known_by_its_id(hooks: Stand, shelf: Shelf) -> None:
    form = REPORT | {"From": "+551170000000", "MessagingServiceSid": "MG1"}

    assert (await hooks.twilio(form, token="token-1")).status == 200
    assert shelf.events[0].channel_id == SERVICE.channel_id


async def test_a_number_nobody_has_is_acknowledged_and_counted(hooks: Stand, shelf: Shelf) -> None:
    assert (await hooks.twilio(RECEIVED | {"To": "+551199990000"}, token="token-1")).status == 200

    assert shelf.events == []
    assert hooks.acceptance.counts["unknown"] == 1


async def test_a_signed_post_that_nobody_can_read_is_kept(hooks: Stand, shelf: Shelf) -> None:
    assert (await hooks.twilio({"AccountSid": "AC1", "New": "thing"}, token="token-1")).status == 200

    assert [(e.kind, e.channel_id) for e in shelf.events] == [(EventKind.POISON, NUMBER.channel_id)]


async def test_in_01_a_json_body_is_not_a_form(hooks: Stand) -> None:
    for content_type in ("application/json", "multipart/form-data; boundary=x", f"{FORM}; charset=latin-1"):
        sent = request(target="/hooks/twilio", body=b"{}", headers=[f"Content-Type: {content_type}"])
        assert [a.status for a in await talk(hooks.port, sent, until=1)] == [415]


async def test_nothing_is_acknowledged_that_could_not_be_stored(hooks: Stand, shelf: Shelf) -> None:
    shelf.failure = IntakeUnavailable()

    assert (await hooks.twilio(RECEIVED, token="token-1")).status == 503
