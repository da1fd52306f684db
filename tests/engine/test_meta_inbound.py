"""Meta's webhooks, fact by fact."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.providers.inbound import (
    DeliveryStatus,
    Inbound,
    InboundMedia,
    InboundMessage,
    Malformed,
    MessageKind,
    Notice,
    PieceKind,
    Preference,
    StatusUpdate,
)
from engine.providers.meta.inbound import read_piece
from engine.providers.meta.split import split_meta
from engine.providers.port import Action

PAYLOADS = Path(__file__).parent.parent / "payloads"
NUMBER, ACCOUNT = "573542517421694", "215589313241560883"
ELEMENTS: list[dict[str, Any]] = json.loads((PAYLOADS / "meta_elements.json").read_text())


def payload(name: str) -> bytes:
    return (PAYLOADS / f"{name}.json").read_bytes()


def envelope(*elements: Any, **value: Any) -> bytes:
    body = json.loads(payload("meta_text"))
    body["entry"][0]["changes"][0]["value"].update(messages=list(elements), **value)
    return json.dumps(body).encode()


def read_all(raw: bytes) -> list[Inbound]:
    return [read_piece(piece.body) for piece in split_meta(raw)]


def read_message(element: dict[str, Any]) -> InboundMessage:
    [message] = read_all(envelope(element))
    assert isinstance(message, InboundMessage)
    return message


def element(message_id: str) -> dict[str, Any]:
    return copy.deepcopy(next(e for e in ELEMENTS if e["id"] == message_id))


def test_a_text_with_everything_around_it() -> None:
    [piece] = split_meta(payload("meta_text"))

    assert piece.dedupe_key == "msg:wamid.HBgNNTUxMTk5OTk5ODg4OBUCABIYFDNBOEQ2RjA1"
    assert (piece.kind, piece.sender, piece.account, piece.peer) == (
        PieceKind.MESSAGE,
        NUMBER,
        ACCOUNT,
        "5511999998888",
    )
    assert read_piece(piece.body) == InboundMessage(
        "wamid.HBgNNTUxMTk5OTk5ODg4OBUCABIYFDNBOEQ2RjA1",
        datetime(2026, 11, 22, 10, 34, 44, tzinfo=UTC),
        MessageKind.TEXT,
        sender_wa_id="5511999998888",
        bsuid="BR.13491208655302741918",
        username="ana.souza",
        profile_name="Ana Souza",
        text="Oi, meu pedido chegou?",
        reply_to="wamid.HBgNNTUxMTk5OTk5ODg4OBUCABEYEjYzNEQzNzJF",
    )


@pytest.mark.parametrize(
    ("message_id", "kind", "text"),
    [
        ("wamid.img1", MessageKind.IMAGE, "olha"),
        ("wamid.aud1", MessageKind.AUDIO, ""),
        ("wamid.doc1", MessageKind.DOCUMENT, "comprovante"),
        ("wamid.vid1", MessageKind.VIDEO, ""),
        ("wamid.stk1", MessageKind.STICKER, ""),
        ("wamid.loc1", MessageKind.LOCATION, "MASP, Av. Paulista, 1578"),
        ("wamid.ctt1", MessageKind.CONTACTS, "Bruno Lima"),
        ("wamid.btn1", MessageKind.INTERACTIVE, "Sim"),
        ("wamid.lst1", MessageKind.INTERACTIVE, "Rastrear pedido"),
        ("wamid.nfm1", MessageKind.INTERACTIVE, "Sent"),
        ("wamid.qr1", MessageKind.BUTTON, "Parar"),
        ("wamid.rea1", MessageKind.REACTION, "❤️"),
        ("wamid.rea2", MessageKind.REACTION, ""),
        ("wamid.ord1", MessageKind.ORDER, ""),
        ("wamid.ref1", MessageKind.TEXT, "Quero saber mais"),
        ("wamid.uns1", MessageKind.UNSUPPORTED, ""),
        ("wamid.edt1", MessageKind.EDIT, "texto corrigido"),
        ("wamid.rvk1", MessageKind.REVOKE, ""),
        (
            "wamid.sys1",
            MessageKind.SYSTEM,
            "User Ana Souza changed from 5511999998888 to 5511977776666",
        ),
    ],
)
def test_every_kind_of_message(message_id: str, kind: MessageKind, text: str) -> None:
    message = read_message(element(message_id))

    assert (message.provider_message_id, message.kind, message.text) == (message_id, kind, text)


def test_media_is_described_with_a_hex_digest() -> None:
    voice, document = read_message(element("wamid.aud1")), read_message(element("wamid.doc1"))

    assert voice.media == InboundMedia(
        "1037543291543637",
        mime="audio/ogg; codecs=opus",
        sha256="9b4e2915fd8445d6a8a53c859063c0d3e6d7de2f986367588151703a00cb4832",
        voice=True,
    )
    assert document.media is not None
    assert document.media.filename == "pix.pdf"
    assert document.payload == {"forwarded": True}


@pytest.mark.parametrize(
    ("message_id", "expected"),
    [
        ("wamid.loc1", {"latitude": -23.5613, "longitude": -46.6565}),
        ("wamid.btn1", {"type": "button_reply", "id": "end_ok"}),
        ("wamid.lst1", {"type": "list_reply", "id": "rastrear"}),
        ("wamid.nfm1", {"type": "nfm_reply", "name": "flow"}),
        ("wamid.qr1", {"payload": "parar_promocoes"}),
        ("wamid.rea1", {"message_id": "wamid.out4", "emoji": "❤️"}),
        ("wamid.rea2", {"message_id": "wamid.out4", "emoji": ""}),
        ("wamid.ord1", {"catalog_id": "354160437058781"}),
        ("wamid.edt1", {"original_message_id": "wamid.img1"}),
        ("wamid.rvk1", {"original_message_id": "wamid.img1"}),
        ("wamid.sys1", {"wa_id": "5511977776666", "type": "user_changed_number"}),
    ],
)
def test_what_a_kind_carries_besides_text(message_id: str, expected: dict[str, Any]) -> None:
    assert expected.items() <= read_message(element(message_id)).payload.items()


def test_what_may_come_with_any_kind() -> None:
    assert read_message(element("wamid.ref1")).payload["referral"]["source_type"] == "ad"
    assert read_message(element("wamid.uns1")).payload["errors"][0]["code"] == 131051
    assert read_message(element("wamid.btn1")).reply_to == "wamid.out1"


def test_a_message_without_any_phone_is_known_by_its_bsuid() -> None:
    first = element("wamid.img1")
    del first["from"]
    first["from_user_id"] = "BR.1"

    [message] = read_all(envelope(first, contacts=[{"profile": {"name": "B"}, "user_id": "BR.1"}]))

    assert isinstance(message, InboundMessage)
    assert (message.sender_wa_id, message.bsuid, message.profile_name) == (None, "BR.1", "B")


def test_each_of_many_messages_gets_its_own_contact() -> None:
    elements = [{**element("wamid.img1"), "id": f"wamid.{n}", "from": f"55119{n:08}"} for n in range(50)]
    contacts = [{"profile": {"name": f"N{n}"}, "wa_id": f"55119{n:08}"} for n in range(50)]

    messages = read_all(envelope(*elements, contacts=contacts))

    assert [m.profile_name for m in messages if isinstance(m, InboundMessage)] == [f"N{n}" for n in range(50)]


def test_an_interactive_without_its_inside_keeps_the_errors_around_it() -> None:
    empty = {**element("wamid.btn1"), "interactive": {"type": "button_reply"}}

    [message] = read_all(envelope(empty, errors=[{"code": 131000}]))

    assert isinstance(message, InboundMessage)
    assert (message.kind, message.payload["errors"]) == (MessageKind.UNSUPPORTED, [{"code": 131000}])


def test_three_statuses_are_three_facts_with_the_token() -> None:
    pieces = split_meta(payload("meta_statuses"))

    assert [p.dedupe_key for p in pieces] == [f"st:wamid.out1:{s}" for s in ("sent", "delivered", "read")]
    updates = [read_piece(p.body) for p in pieces]
    assert updates[0] == StatusUpdate(
        "wamid.out1",
        DeliveryStatus.SENT,
        datetime(2026, 11, 22, 10, 34, 50, tzinfo=UTC),
        token="msg_01JD9Z6W9S0C1",
        recipient_wa_id="5511999998888",
    )


def test_cr_16_a_failed_status_is_judged_by_the_table_of_the_send() -> None:
    [update] = read_all(payload("meta_failed"))

    assert isinstance(update, StatusUpdate)
    assert (update.status, update.code, update.action) == (DeliveryStatus.FAILED, "131049", Action.PERMANENT)
    assert update.reason is not None
    assert "healthy ecosystem" in update.reason


def test_notices_keep_their_own_names_and_one_preference_is_heard() -> None:
    facts = read_all(payload("meta_notices"))

    notices = [fact for fact in facts if isinstance(fact, Notice)]
    assert len(notices) == 9
    assert (notices[0].field, notices[0].account) == ("message_template_status_update", ACCOUNT)
    assert notices[0].value["message_template_id"] == 1689556908129835
    assert notices[0].occurred_at == datetime(2026, 11, 22, 10, 35, tzinfo=UTC)
    assert facts[-1] == Preference(
        True,
        datetime(2026, 11, 22, 10, 35, tzinfo=UTC),
        wa_id="5511999998888",
        bsuid="BR.13491208655302741918",
    )


def test_the_same_notice_has_the_same_key_and_another_has_another() -> None:
    once, again = split_meta(payload("meta_notices")), split_meta(payload("meta_notices"))

    keys = [piece.dedupe_key for piece in once]
    assert keys == [piece.dedupe_key for piece in again]
    assert len(set(keys)) == len(keys) == 10


@pytest.mark.parametrize(("value", "stop"), [("stop", True), ("resume", False), ("signup", False)])
def test_preferences(value: str, stop: bool) -> None:
    body = json.loads(payload("meta_notices"))
    change = body["entry"][0]["changes"][-1]
    change["value"]["user_preferences"][0]["value"] = value
    body["entry"][0]["changes"] = [change]

    [preference] = read_all(json.dumps(body).encode())

    assert isinstance(preference, Preference)
    assert preference.stop is stop


def test_an_error_of_the_webhook_itself_is_a_notice() -> None:
    body = json.loads(envelope(errors=[{"code": 131000}]))
    del body["entry"][0]["changes"][0]["value"]["messages"]

    [notice] = read_all(json.dumps(body).encode())

    assert isinstance(notice, Notice)
    assert (notice.field, notice.value["errors"]) == ("messages", [{"code": 131000}])


def test_nothing_personal_shows_in_a_repr() -> None:
    for piece in [*split_meta(payload("meta_text")), *split_meta(payload("meta_statuses"))]:
        shown = repr(piece) + repr(read_piece(piece.body))
        assert "5511999998888" not in shown
        assert "pedido" not in shown


def test_every_fact_is_an_inbound_shape() -> None:
    facts = [
        f for n in ("meta_text", "meta_statuses", "meta_failed", "meta_notices") for f in read_all(payload(n))
    ]

    assert not [fact for fact in facts if isinstance(fact, Malformed)]
