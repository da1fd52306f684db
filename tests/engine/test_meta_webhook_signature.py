"""Only the received bytes, signed with the right secret, come in."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from engine.providers.signature import verify_meta

BODY = rb'{"entry":[{"x":"\u00e9\ud83d\ude00"}]}'
SIGNATURE = "sha256=3421338fc4044ef7bd6b39b2100fe109229a07daea7fad7c4b08f4839b3e7a07"


def test_wh_02_the_received_bytes_verify() -> None:
    assert verify_meta(BODY, SIGNATURE, app_secret="appsecret")


@pytest.mark.parametrize(
    "again",
    [
        json.dumps(json.loads(BODY)).encode(),
        json.dumps(json.loads(BODY), ensure_ascii=False, separators=(",", ":")).encode(),
        BODY + b"\n",
        BODY.replace(b"00e9", b"00E9"),
    ],
)
def test_wh_02_the_same_json_in_other_bytes_does_not(again: bytes) -> None:
    assert json.loads(again) == json.loads(BODY)
    assert not verify_meta(again, SIGNATURE, app_secret="appsecret")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        SIGNATURE[:-1],
        SIGNATURE + "0",
        SIGNATURE.upper(),
        "sha256=" + SIGNATURE[7:].upper(),
        SIGNATURE[7:],
        f"{SIGNATURE}, {SIGNATURE}",
        " " + SIGNATURE,
        "sha1=" + hmac.new(b"appsecret", BODY, hashlib.sha1).hexdigest(),
        "sha256=" + hmac.new(b"another company's", BODY, hashlib.sha256).hexdigest(),
        "sha256=\ud800é",
    ],
)
def test_wh_01_any_other_header_is_refused(header: str | None) -> None:
    assert not verify_meta(BODY, header, app_secret="appsecret")


def test_wh_01_an_empty_secret_signs_nothing() -> None:
    header = "sha256=" + hmac.new(b"", BODY, hashlib.sha256).hexdigest()

    assert not verify_meta(BODY, header, app_secret="")
