"""Garbage in Meta's webhooks loses nothing beside it and stops nothing."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.providers.inbound import InboundMessage, Malformed, MessageKind, PieceKind
from engine.providers.meta.inbound import read_piece
from engine.providers.meta.split import split_meta
from engine.providers.untrusted import TEXT_LENGTH

GOOD = {"from": "5511", "id": "wamid.good", "timestamp": "1795343700", "type": "text", "text": {"body": "oi"}}
HUGE = "9" * 1_000_000


def envelope(*messages: str) -> bytes:
    """A body whose messages are these JSON texts, valid or not."""
    value = '{{"metadata":{{"phone_number_id":"573"}},"messages":[{}]}}'.format(",".join(messages))
    return (f'{{"entry":[{{"id":"1","changes":[{{"field":"messages","value":{value}}}]}}]}}').encode(
        "utf-8", "surrogatepass"
    )


def changed(**changes: Any) -> str:
    return json.dumps({**GOOD, "id": "wamid.bad", **changes})


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


POISON = {
    "number": "6",
    "list": "[]",
    "null": "null",
    "text": '"x"',
    "empty object": "{}",
    "nested nulls": '{"id":null,"from":null,"timestamp":null,"text":{"body":null},"context":null}',
    "year 99999": changed(timestamp="3093527980799"),
    "negative time": changed(timestamp="-1"),
    "time as text": changed(timestamp="soon"),
    "time as a list": changed(timestamp=[1795343700]),
    "arabic digits": changed(timestamp="١٧٩٥٣٤٣٧٠٠"),
    "true as time": changed(timestamp=True),
    "long number": f'{{"id":"wamid.x","from":"1","timestamp":{HUGE}}}',
    "long number in the text": f'{{"id":"wamid.x","timestamp":"{HUGE}","from":"1"}}',
    "id with NUL": changed(id="wamid.\0"),
    "id too long": changed(id="w" * 10_000),
    "id is an object": changed(id={"a": 1}),
    "nobody": changed(**{"from": None}),
    "deep": f'{{"id":"wamid.deep","x":{nested(400)}}}',
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON.keys())
def test_wh_09_poison_is_malformed_and_its_siblings_live(poison: str) -> None:
    pieces = split_meta(envelope(json.dumps(GOOD), poison, changed(id="wamid.good2")))

    first, bad, last = (read_piece(piece.body) for piece in pieces)
    assert isinstance(bad, Malformed)
    assert isinstance(first, InboundMessage)
    assert isinstance(last, InboundMessage)
    assert (first.text, last.provider_message_id) == ("oi", "wamid.good2")
    assert len({piece.dedupe_key for piece in pieces}) == 3


STRANGE = {
    "unknown type": changed(type="hologram", hologram={"x": 1}),
    "type is a list": changed(type=["text"]),
    "text without body": changed(text={"body": None}),
    "text is a list": changed(text=["oi"]),
    "image without id": changed(type="image", image={"sha256": 5, "mime_type": []}),
    "reaction to nothing": changed(type="reaction", reaction={"emoji": "x"}),
    "location without place": changed(type="location", location={"latitude": "x"}),
    "contacts of numbers": changed(type="contacts", contacts=[1, None]),
    "interactive of itself": changed(type="interactive", interactive={"type": "type"}),
    "edit of nothing": changed(type="edit", edit={}),
}


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE.keys())
def test_wh_09_a_strange_message_is_kept_whole_as_unsupported(strange: str) -> None:
    [piece] = split_meta(envelope(strange))

    message = read_piece(piece.body)

    assert isinstance(message, InboundMessage)
    assert message.kind is MessageKind.UNSUPPORTED
    assert message.payload["original"] == json.loads(strange)


def test_wh_09_mad_values_beside_good_ones_do_not_matter() -> None:
    mad = '{"from":"5511","id":"wamid.1","timestamp":"1795343700","type":"text",' + (
        f'"text":{{"body":"a\\ud800b\\u0000c😀\\ud83d\\ude00"}},"x":NaN,"y":-Infinity,"z":1e999,"w":{HUGE}}}'
    )

    [piece] = split_meta(envelope(mad))

    message = read_piece(piece.body)
    assert isinstance(message, InboundMessage)
    assert message.text == "a\ufffdb\ufffdc😀😀"
    assert orjson.dumps(message.payload) == b"{}"


def test_wh_09_a_text_of_four_megabytes_is_cut() -> None:
    [piece] = split_meta(envelope(changed(text={"body": "x" * 4_000_000})))

    message = read_piece(piece.body)

    assert isinstance(message, InboundMessage)
    assert len(message.text) == TEXT_LENGTH


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"6",
        b"[]",
        b"null",
        b"NaN",
        b"\xff\xfe",
        b'"\\ud800"',
        b"{",
        HUGE.encode(),
        b'{"entry":6}',
        b'{"entry":[6]}',
        b'{"entry":[{"changes":6}]}',
        b'{"entry":[{"changes":[6]}]}',
        b'{"entry":[{"changes":[{"field":"messages","value":6}]}]}',
        b'{"entry":[{"changes":[{"value":{}}]}]}',
        nested(5000).encode(),
        (f'{{"entry":[{{"changes":[{{"field":"x","value":{nested(600)}}}]}}]}}').encode(),
    ],
)
def test_wh_09_a_body_that_is_no_webhook_is_one_malformed_piece(raw: bytes) -> None:
    [piece] = split_meta(raw)

    assert isinstance(read_piece(piece.body), Malformed)
    assert piece.dedupe_key.startswith("sha256:")


def test_an_empty_webhook_holds_nothing() -> None:
    assert split_meta(b'{"object":"whatsapp_business_account","entry":[]}') == []


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
keys = st.sampled_from(
    ["id", "from", "timestamp", "type", "text", "image", "status", "errors", "context", "reaction", "edit"]
)


@given(
    field=st.sampled_from(["messages", "user_preferences", "account_update"]),
    listed=st.sampled_from(["messages", "statuses", "user_preferences", "contacts"]),
    elements=st.lists(st.dictionaries(keys, anything) | anything, max_size=3),
    more=anything,
)
def test_wh_09_no_shape_raises(field: str, listed: str, elements: list[Any], more: Any) -> None:
    value = {listed: elements, "contacts": more, "metadata": more}
    raw = json.dumps({"entry": [{"id": more, "changes": [{"field": field, "value": value}]}]}).encode()

    for piece in split_meta(raw):
        read_piece(piece.body)
        piece.dedupe_key.encode()
        assert "\0" not in piece.dedupe_key


@given(st.binary(max_size=200))
def test_wh_09_no_bytes_raise(raw: bytes) -> None:
    assert all(piece.kind is PieceKind.MALFORMED for piece in split_meta(raw))
    read_piece(raw)
