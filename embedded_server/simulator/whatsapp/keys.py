"""Key pairs and the few derivations that every layer of the protocol shares."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from embedded_server.simulator.whatsapp import edwards

#: libsignal marks every public key with the kind of its curve.
CURVE25519 = b"\x05"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An X25519 pair; ``public`` is the bare 32 bytes."""

    private: bytes = field(repr=False)
    public: bytes

    @classmethod
    def new(cls) -> KeyPair:
        return cls.of(X25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def of(cls, private: bytes) -> KeyPair:
        """The pair with these 32 bytes, whichever they are."""
        key = X25519PrivateKey.from_private_bytes(private)
        return cls(key.private_bytes_raw(), key.public_key().public_bytes_raw())

    def shared_with(self, public: bytes) -> bytes:
        """Diffie-Hellman with a bare or a marked public key."""
        theirs = X25519PublicKey.from_public_bytes(bare(public))
        return X25519PrivateKey.from_private_bytes(self.private).exchange(theirs)

    def sign(self, message: bytes) -> bytes:
        return edwards.sign(self.private, message)


def marked(public: bytes) -> bytes:
    return public if len(public) == 33 else CURVE25519 + public


def bare(public: bytes) -> bytes:
    return public[1:] if len(public) == 33 else public


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    return edwards.is_signed(bare(public), message, signature)


def derive(secret: bytes, length: int, info: bytes, salt: bytes | None = None) -> bytes:
    """HKDF-SHA256."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def mac(key: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256."""
    return hmac.digest(key, b"".join(parts), "sha256")


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def encrypt_cbc(key: bytes, iv: bytes, plain: bytes) -> bytes:
    """AES-256-CBC with PKCS#7 padding."""
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()


def decrypt_cbc(key: bytes, iv: bytes, data: bytes) -> bytes:
    unpadder = padding.PKCS7(128).unpadder()
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    return unpadder.update(decryptor.update(data) + decryptor.finalize()) + unpadder.finalize()
