"""Pairing a new device on the wire, and what both screens compute of it: the code and two words.

A device makes an Ed25519 key, names it, and gets a challenge; key and challenge give its fingerprint, and the
fingerprint the code a person types on a trusted device. The words are compared by eye.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from embedded_server.contract.base import Input, Output
from embedded_server.contract.session import SessionOut

#: Crockford's base 32: no I, L, O or U, and those are understood when they are typed.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("ILO", "110")
CODE_LENGTH = 8

#: The same on every screen whatever its language, so that two people can compare them aloud.
_WORDS_TEXT = (
    "abacate abelha agulha amora anel areia arroz avenca balde banana barco bigode bola bota cabra cacau "
    "caderno caju camelo caneta casa cavalo cebola chave chuva cobra coco coelho colher copo coral dado "
    "dedal escada faca farol figo flauta foca folha formiga funil galo garfo gato goiaba ilha jaca janela "
    "lagarto leite limonada lobo lua mala manga mapa melancia milho moeda morcego navio ninho ovelha"
)
_WORDS = _WORDS_TEXT.split()


def _printable(name: str) -> str:
    """Line breaks and invisible characters could make a name look like part of our own sentence."""
    if not name.isprintable():
        raise ValueError("A name has no line breaks and no invisible characters")
    return name


DeviceName = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_printable)]


class NewDeviceIn(Input):
    """``public_key``: the 32 bytes of an Ed25519 key, in hexadecimal."""

    public_key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    name: DeviceName


class NewDeviceOut(Output):
    """The device waits for ``seconds`` at most. ``challenge`` is hexadecimal."""

    id: UUID
    challenge: str
    seconds: int


class ProofQuery(Input):
    """``signature`` is hexadecimal, made over :func:`proof_of`."""

    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]


class PairingStateName(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"


class PairingOut(Output):
    """``session`` is there once, when the state is approved."""

    state: PairingStateName
    session: SessionOut | None = None


class PairingWindowOut(Output):
    """For so many seconds a new device is expected."""

    id: UUID
    seconds: int


class PairingCodeIn(Input):
    """As it was typed: case, spaces and dashes do not matter."""

    code: Annotated[str, Field(min_length=1, max_length=40)]


class WaitingDeviceOut(Output):
    """The device that shows the code. Compare the words with its screen before you let it in."""

    id: UUID
    name: str
    address: str
    asked_at: datetime
    words: list[str]


def fingerprint_of(public_key: bytes, challenge: bytes) -> bytes:
    """What the device and the appliance both know of the device."""
    return hashlib.sha256(b"master-ia pairing code" + public_key + challenge).digest()


def proof_of(request_id: UUID, challenge: bytes) -> bytes:
    """What the device signs to show that it is the one that asked."""
    return b"master-ia pairing proof" + request_id.bytes + challenge


def code_of(fingerprint: bytes) -> str:
    """Eight letters and digits, as ``K7QM-2XRD``."""
    bits = int.from_bytes(fingerprint[:5], "big")
    letters = [_LETTERS[bits >> shift & 31] for shift in range(35, -5, -5)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


def bytes_of(code: str) -> bytes | None:
    """The five bytes a typed code spells, or None when it is no code."""
    plain = "".join(c for c in code.upper() if c.isalnum()).translate(_MISREAD)
    if len(plain) != CODE_LENGTH or any(c not in _LETTERS for c in plain):
        return None
    return sum(_LETTERS.index(c) << 5 * place for place, c in enumerate(reversed(plain))).to_bytes(5, "big")


def words_of(fingerprint: bytes) -> list[str]:
    """Two words, from other bytes than the code's."""
    return [_WORDS[fingerprint[place] % len(_WORDS)] for place in (5, 6)]
