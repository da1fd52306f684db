"""Twilio's form posts."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.providers.inbound import (
    DeliveryStatus,
    Inbound,
    InboundMedia,
    InboundMessage,
    Malformed,
    MessageKind,
    Piece,
    PieceKind,
    StatusUpdate,
)
from engine.providers.port import Action
from engine.providers.twilio.inbound import read_piece, split_twilio

NOW = datetime(2026, 11, 22, 10, 20, tzinfo=UTC)
AC = "AC11111111111111111111111111111111"
INBOUND = {
    "SmsMessageSid": "SM9c",
    "NumMedia": "0",
    "SmsSid": "SM9c",
    "SmsStatus": "received",
    "Body": "PARAR",
    "To": "+551150000000",
    "MessageSid": "SM9c",
    "AccountSid": AC,
    "From": "+5511999998888",
    "ApiVersion": "2010-04-01",
}
STATUS = {
    "SmsSid": "SM0f",
    "SmsStatus": "undelivered",
    "MessageStatus": "undelivered",
    "To": "+5511999998888",
    "MessageSid": "SM0f",
    "AccountSid": AC,
    "From": "+551150000000",
    "ErrorCode": "30007",
}


def split(form: dict[str, str], token: str | None = None) -> Piece:
    [piece] = split_twilio(urlencode(form).encode(), token=token, received_at=NOW)
    return piece


def read(form: dict[str, str], token: str | None = None) -> Inbound:
    return read_piece(split(form, token).body)


def test_an_inbound_text() -> None:
    piece = split(INBOUND)

    assert (piece.dedupe_key, piece.kind, piece.sender, piece.account, piece.peer) == (
        "SM9c",
        PieceKind.MESSAGE,
        "+551150000000",
        AC,
        "+5511999998888",
    )
    assert read_piece(piece.body) == InboundMessage(
        "SM9c", NOW, MessageKind.TEXT, sender_phone="+5511999998888", text="PARAR"
    )


def test_a_failed_status_is_judged_by_the_table_of_the_send() -> None:
    piece = split(STATUS, token="tok-1")

    assert (piece.dedupe_key, piece.kind, piece.sender) == (
        "SM0f:undelivered",
        PieceKind.STATUS,
        "+551150000000",
    )
    assert read_piece(piece.body) == StatusUpdate(
        "SM0f",
        DeliveryStatus.FAILED,
        NOW,
        token="tok-1",
        code="30007",
        reason="undelivered",
        action=Action.STOP_CAMPAIGN,
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("queued", DeliveryStatus.SENT),
        ("accepted", DeliveryStatus.SENT),
        ("sending", DeliveryStatus.SENT),
        ("sent", DeliveryStatus.SENT),
        ("delivered", DeliveryStatus.DELIVERED),
        ("read", DeliveryStatus.READ),
        ("failed", DeliveryStatus.FAILED),
        ("canceled", DeliveryStatus.FAILED),
    ],
)
def test_every_status_word(word: str, status: DeliveryStatus) -> None:
    update = read({**STATUS, "MessageStatus": word})

    assert isinstance(update, StatusUpdate)
    assert update.status is status
    assert (update.action is None) == (status is not DeliveryStatus.FAILED)


def test_a_whatsapp_read_event_is_a_read() -> None:
    update = read({**STATUS, "MessageStatus": "delivered", "EventType": "READ"})

    assert isinstance(update, StatusUpdate)
    assert update.status is DeliveryStatus.READ


def test_several_files() -> None:
    files = {
        "MediaUrl0": "https://api.x/ME1",
        "MediaContentType0": "image/jpeg",
        "MediaUrl1": "https://api.x/ME2",
    }

    message = read({**INBOUND, "NumMedia": "2", **files, "OptOutType": "STOP"})

    assert isinstance(message, InboundMessage)
    assert message.kind is MessageKind.IMAGE
    assert message.media == InboundMedia("ME1", "https://api.x/ME1", "image/jpeg")
    assert message.payload == {
        "more_media": [{"url": "https://api.x/ME2", "mime": None}],
        "opt_out_type": "STOP",
    }


def test_a_whatsapp_sender_has_both_identities() -> None:
    message = read(
        {**INBOUND, "From": "whatsapp:+5511999998888", "WaId": "5511999998888", "ProfileName": "Ana"}
    )

    assert isinstance(message, InboundMessage)
    assert (message.sender_phone, message.sender_wa_id, message.profile_name) == (
        "+5511999998888",
        "5511999998888",
        "Ana",
    )


def test_a_repeated_post_has_the_same_key() -> None:
    raw = urlencode({"Unknown": "1"}).encode()

    [once] = split_twilio(raw, token=None, received_at=NOW)
    [again] = split_twilio(raw, token=None, received_at=datetime(2027, 1, 1, tzinfo=UTC))

    assert once.dedupe_key == again.dedupe_key


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe=%ff",
        b"MessageSid=",
        b"MessageSid=SM1",
        b"MessageSid=SM1&MessageStatus=hologram",
        b"MessageSid=%00&MessageStatus=sent",
        b"MessageSid=SM1&SmsStatus=received&From=",
        b"&".join(b"k%d=v" % n for n in range(1000)),
        b"MessageSid=" + b"S" * 10_000 + b"&MessageStatus=sent",
    ],
)
def test_wh_09_a_form_that_says_nothing_is_malformed(raw: bytes) -> None:
    [piece] = split_twilio(raw, token=None, received_at=NOW)

    assert isinstance(read_piece(piece.body), Malformed)


def test_wh_09_no_nul_comes_through() -> None:
    message = read({**INBOUND, "Body": "a\0b"})

    assert isinstance(message, InboundMessage)
    assert message.text == "a\ufffdb"


@given(
    st.dictionaries(
        st.sampled_from(
            ["MessageSid", "MessageStatus", "SmsStatus", "From", "To", "Body", "ErrorCode", "WaId"]
        ),
        st.text(st.characters(codec="utf-8")),
    )
)
def test_wh_09_no_form_raises(form: dict[str, str]) -> None:
    piece = split(form, token="t")

    read_piece(piece.body)

    assert "\0" not in piece.dedupe_key


@given(st.binary(max_size=200))
def test_wh_09_no_bytes_raise(raw: bytes) -> None:
    for piece in split_twilio(raw, token=None, received_at=NOW):
        read_piece(piece.body)
    read_piece(raw)
