"""Sender keys: in a group each device encrypts once for all, with a key it sent every member before."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field

from embedded_server.simulator.whatsapp.keys import (
    KeyPair,
    decrypt_cbc,
    derive,
    encrypt_cbc,
    is_signed,
    mac,
    marked,
)
from embedded_server.simulator.whatsapp.ratchet import VERSION, AlreadyDecrypted, CannotDecrypt
from embedded_server.simulator.whatsapp.wire import Fields, pack

_SIGNATURE_LENGTH = 64


@dataclass(slots=True)
class _Chain:
    key: bytes
    count: int

    def step(self) -> tuple[bytes, bytes]:
        """The cipher's key and IV."""
        keys = derive(mac(self.key, b"\x01"), 48, b"WhisperGroup", bytes(32))
        self.key = mac(self.key, b"\x02")
        self.count += 1
        return keys[16:], keys[:16]


@dataclass(slots=True)
class _Own:
    key_id: int = field(default_factory=lambda: secrets.randbelow(2**31))
    chain: _Chain = field(default_factory=lambda: _Chain(os.urandom(32), 0))
    signing: KeyPair = field(default_factory=KeyPair.new)


@dataclass(slots=True)
class _Learned:
    chain: _Chain
    signing: bytes


class SenderKeys:
    """One device's keys for every group: its own, and those it was sent."""

    def __init__(self) -> None:
        self._own: dict[str, _Own] = {}
        self._learned: dict[tuple[str, object, int], _Learned] = {}

    def distribution(self, group: str) -> bytes:
        """What every other device must have got before it can read what comes next."""
        own = self._own.setdefault(group, _Own())
        key = marked(own.signing.public)
        return VERSION + pack((1, own.key_id), (2, own.chain.count), (3, own.chain.key), (4, key))

    def encrypt(self, group: str, plain: bytes) -> bytes:
        own = self._own.setdefault(group, _Own())
        count = own.chain.count
        key, iv = own.chain.step()
        body = VERSION + pack((1, own.key_id), (2, count), (3, encrypt_cbc(key, iv, plain)))
        return body + own.signing.sign(body)

    def learn(self, group: str, sender: object, distribution: bytes) -> None:
        fields = Fields(distribution[1:])
        chain = _Chain(fields.blob(3), fields.number(2))
        self._learned[group, sender, fields.number(1)] = _Learned(chain, fields.blob(4))

    def decrypt(self, group: str, sender: object, message: bytes) -> bytes:
        """Raises:
        CannotDecrypt: no key of that sender is known, or it did not sign this.
        """
        body, signature = message[:-_SIGNATURE_LENGTH], message[-_SIGNATURE_LENGTH:]
        fields = Fields(body[1:])
        known = self._learned.get((group, sender, fields.number(1)))
        if known is None or not is_signed(known.signing, body, signature):
            raise CannotDecrypt("no key of this sender fits")
        if fields.number(2) < known.chain.count:
            raise AlreadyDecrypted("an old message of a group")
        while known.chain.count < fields.number(2):
            known.chain.step()
        key, iv = known.chain.step()
        return decrypt_cbc(key, iv, fields.blob(3))
