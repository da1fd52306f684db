"""XEdDSA: the signatures Signal makes with X25519 keys (https://signal.org/docs/specifications/xeddsa/).

OpenSSL verifies them once the key is turned into an Ed25519 one; for signing it has no call, since the secret
scalar is given and not derived from a seed, so that arithmetic is here. A signature takes some milliseconds.
"""

from __future__ import annotations

import hashlib
import os

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P

#: (X, Y, Z, T) with x = X/Z, y = Y/Z and x*y = T/Z: addition without division.
Point = tuple[int, int, int, int]

_NOTHING: Point = (0, 1, 1, 0)
_BASE_Y = 4 * pow(5, -1, _P) % _P
_BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_BASE: Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)


def sign(private: bytes, message: bytes) -> bytes:
    """Sign with an X25519 private key; the public point's sign travels in the last bit, as with libsignal."""
    secret = int.from_bytes(_clamped(private), "little")
    public = _compressed(_times(secret, _BASE))
    nonce = _scalar(b"\xfe" + b"\xff" * 31, _clamped(private), message, os.urandom(64))
    commitment = _compressed(_times(nonce, _BASE))
    challenge = _scalar(commitment, public, message)
    proof = (nonce + challenge * secret) % _ORDER
    signature = bytearray(commitment + proof.to_bytes(32, "little"))
    signature[63] |= public[31] & 0x80
    return bytes(signature)


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the owner of this X25519 public key (32 bytes) signed the message."""
    u = int.from_bytes(public, "little") % _P
    y = (u - 1) * pow(u + 1, -1, _P) % _P
    key = bytearray(y.to_bytes(32, "little"))
    key[31] |= signature[63] & 0x80
    plain = signature[:63] + bytes([signature[63] & 0x7F])
    try:
        Ed25519PublicKey.from_public_bytes(bytes(key)).verify(plain, message)
    except InvalidSignature:
        return False
    return True


def _clamped(private: bytes) -> bytes:
    scalar = bytearray(private)
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    return bytes(scalar)


def _scalar(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % _ORDER


def _times(factor: int, point: Point) -> Point:
    result = _NOTHING
    while factor:
        if factor & 1:
            result = _add(result, point)
        point = _add(point, point)
        factor >>= 1
    return result


def _add(one: Point, two: Point) -> Point:
    a = (one[1] - one[0]) * (two[1] - two[0]) % _P
    b = (one[1] + one[0]) * (two[1] + two[0]) % _P
    c = 2 * one[3] * two[3] * _D % _P
    d = 2 * one[2] * two[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _compressed(point: Point) -> bytes:
    inverse = pow(point[2], -1, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")
