"""The handshake: Noise XX over X25519 with AES-GCM, and a certificate root in place of WhatsApp's."""

from __future__ import annotations

import time
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from embedded_server.simulator.whatsapp.keys import KeyPair, derive, sha256
from embedded_server.simulator.whatsapp.wire import Fields, pack

_PATTERN = b"Noise_XX_25519_AESGCM_SHA256\0\0\0\0"
_DAY = 86_400


class Root:
    """A certificate root, and the chain it signs for our server's static key.

    A client believes the chain only once it holds ``public`` as the root's key. whatsmeow also checks that
    the root has serial 0, that the intermediate issued the leaf, that it is for our key, and in date.
    """

    def __init__(self) -> None:
        root, intermediate = KeyPair.new(), KeyPair.new()
        self.public = root.public
        self.static = KeyPair.new()
        since, until = int(time.time()) - _DAY, int(time.time()) + 365 * _DAY
        upper = pack((1, 3), (2, 0), (3, intermediate.public), (4, since), (5, until))
        leaf = pack((1, 7), (2, 3), (3, self.static.public), (4, since), (5, until))
        self.chain = pack(
            (1, pack((1, leaf), (2, intermediate.sign(leaf)))), (2, pack((1, upper), (2, root.sign(upper))))
        )


def nonce(count: int) -> bytes:
    return bytes(8) + count.to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class Hello:
    """What the client says of itself: its static key, and its login or registration."""

    static: bytes
    payload: Fields


class Handshake:
    """The server's side, step by step: ``answer`` the hello, ``finish`` the rest, then ``ciphers``."""

    def __init__(self, header: bytes, root: Root) -> None:
        self._root = root
        self._hash = self._salt = self._key = _PATTERN
        self._count = 0
        self._ephemeral = KeyPair.new()
        self._authenticate(header)

    def answer(self, frame: bytes) -> bytes:
        theirs = Fields(Fields(frame).blob(2)).blob(1)
        self._authenticate(theirs)
        self._authenticate(self._ephemeral.public)
        self._mix(self._ephemeral.shared_with(theirs))
        static = self._seal(self._root.static.public)
        self._mix(self._root.static.shared_with(theirs))
        hello = pack((1, self._ephemeral.public), (2, static), (3, self._seal(self._root.chain)))
        return pack((3, hello))

    def finish(self, frame: bytes) -> Hello:
        finish = Fields(Fields(frame).blob(4))
        static = self._open(finish.blob(1))
        self._mix(self._ephemeral.shared_with(static))
        return Hello(static, Fields(self._open(finish.blob(2))))

    def ciphers(self) -> tuple[AESGCM, AESGCM]:
        """From the client, and to it."""
        keys = derive(b"", 64, b"", self._salt)
        return AESGCM(keys[:32]), AESGCM(keys[32:])

    def _authenticate(self, data: bytes) -> None:
        self._hash = sha256(self._hash + data)

    def _mix(self, secret: bytes) -> None:
        keys = derive(secret, 64, b"", self._salt)
        self._salt, self._key, self._count = keys[:32], keys[32:], 0

    def _seal(self, plain: bytes) -> bytes:
        sealed = AESGCM(self._key).encrypt(nonce(self._count), plain, self._hash)
        self._count += 1
        self._authenticate(sealed)
        return sealed

    def _open(self, sealed: bytes) -> bytes:
        plain = AESGCM(self._key).decrypt(nonce(self._count), sealed, self._hash)
        self._count += 1
        self._authenticate(sealed)
        return plain
