"""Signal's Double Ratchet (version 3) between two devices, compatible with libsignal.

https://signal.org/docs/specifications/x3dh/ and https://signal.org/docs/specifications/doubleratchet/
"""

from __future__ import annotations

from dataclasses import dataclass, field

from embedded_server.simulator.whatsapp.keys import (
    KeyPair,
    bare,
    decrypt_cbc,
    derive,
    encrypt_cbc,
    mac,
    marked,
)
from embedded_server.simulator.whatsapp.wire import Fields, pack

#: Both halves of the version byte: ours, and the oldest we understand.
VERSION = b"\x33"

_MAC_LENGTH = 8
_NO_SALT = bytes(32)


class CannotDecrypt(Exception):
    """The message is damaged, or for a session this device does not have."""


class AlreadyDecrypted(CannotDecrypt):
    """The message's key was used before: it is the same message once more."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a device publishes so that others can write to it before it answers."""

    registration_id: int
    identity: bytes
    signed_id: int
    signed: bytes
    signature: bytes
    one_time_id: int | None = None
    one_time: bytes | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """How the session was started; told with every message until the other side has answered."""

    one_time_id: int | None
    signed_id: int
    base: bytes


@dataclass(frozen=True, slots=True)
class _MessageKey:
    cipher: bytes
    mac: bytes
    iv: bytes


@dataclass(slots=True)
class _Chain:
    key: bytes
    count: int = 0

    def step(self) -> _MessageKey:
        keys = derive(mac(self.key, b"\x01"), 80, b"WhisperMessageKeys", _NO_SALT)
        self.key = mac(self.key, b"\x02")
        self.count += 1
        return _MessageKey(keys[:32], keys[32:64], keys[64:])


@dataclass(slots=True)
class Session:
    """One conversation's keys. ``decrypt`` changes it even when it fails: try on a copy."""

    own_identity: bytes
    their_identity: bytes
    root: bytes
    ratchet: KeyPair
    sending: _Chain
    #: Set at the receiver: which start of the other side made this session.
    their_base: bytes | None = None
    pending: Pending | None = None
    previous_count: int = 0
    receiving: dict[bytes, _Chain] = field(default_factory=dict)
    skipped: dict[tuple[bytes, int], _MessageKey] = field(default_factory=dict)

    def encrypt(self, plain: bytes) -> bytes:
        count = self.sending.count
        key = self.sending.step()
        sealed = encrypt_cbc(key.cipher, key.iv, plain)
        ratchet = marked(self.ratchet.public)
        body = VERSION + pack((1, ratchet), (2, count), (3, self.previous_count), (4, sealed))
        return body + mac(key.mac, self.own_identity, self.their_identity, body)[:_MAC_LENGTH]

    def decrypt(self, message: bytes) -> bytes:
        body, sent_mac = message[:-_MAC_LENGTH], message[-_MAC_LENGTH:]
        fields = Fields(body[1:])
        key = self._key_for(fields.blob(1), fields.number(2))
        if mac(key.mac, self.their_identity, self.own_identity, body)[:_MAC_LENGTH] != sent_mac:
            raise CannotDecrypt("the message authentication code is wrong")
        self.pending = None
        return decrypt_cbc(key.cipher, key.iv, fields.blob(4))

    def _key_for(self, ratchet: bytes, count: int) -> _MessageKey:
        if (ratchet, count) in self.skipped:
            return self.skipped.pop((ratchet, count))
        if ratchet not in self.receiving:
            self._turn(ratchet)
        chain = self.receiving[ratchet]
        if count < chain.count:
            raise AlreadyDecrypted(f"message {count} of a chain that is at {chain.count}")
        while chain.count < count:
            at = chain.count
            self.skipped[ratchet, at] = chain.step()
        return chain.step()

    def _turn(self, theirs: bytes) -> None:
        root, received = _turned(self.root, self.ratchet, theirs)
        self.receiving[theirs] = _Chain(received)
        self.previous_count = max(self.sending.count - 1, 0)
        self.ratchet = KeyPair.new()
        self.root, sent = _turned(root, self.ratchet, theirs)
        self.sending = _Chain(sent)


def start(identity: KeyPair, bundle: Bundle) -> Session:
    """The session of whoever writes first (X3DH, Alice's side)."""
    base, ratchet = KeyPair.new(), KeyPair.new()
    secrets = [
        identity.shared_with(bundle.signed),
        base.shared_with(bundle.identity),
        base.shared_with(bundle.signed),
    ]
    if bundle.one_time:
        secrets.append(base.shared_with(bundle.one_time))
    root, received = _agreed(secrets)
    root, sent = _turned(root, ratchet, bundle.signed)
    session = Session(marked(identity.public), marked(bundle.identity), root, ratchet, _Chain(sent))
    session.receiving[marked(bundle.signed)] = _Chain(received)
    session.pending = Pending(bundle.one_time_id, bundle.signed_id, base.public)
    return session


def accept(identity: KeyPair, signed: KeyPair, one_time: KeyPair | None, start_fields: Fields) -> Session:
    """The session of whoever is written to (X3DH, Bob's side)."""
    base, theirs = start_fields.blob(2), start_fields.blob(3)
    secrets = [signed.shared_with(theirs), identity.shared_with(base), signed.shared_with(base)]
    if one_time:
        secrets.append(one_time.shared_with(base))
    root, sent = _agreed(secrets)
    return Session(marked(identity.public), marked(theirs), root, signed, _Chain(sent), their_base=base)


def _agreed(secrets: list[bytes]) -> tuple[bytes, bytes]:
    keys = derive(b"\xff" * 32 + b"".join(secrets), 64, b"WhisperText", _NO_SALT)
    return keys[:32], keys[32:]


def _turned(root: bytes, ours: KeyPair, theirs: bytes) -> tuple[bytes, bytes]:
    keys = derive(ours.shared_with(bare(theirs)), 64, b"WhisperRatchet", root)
    return keys[:32], keys[32:]
