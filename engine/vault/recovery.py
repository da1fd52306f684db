"""The printed recovery key: Crockford base32 in groups, stretched with Argon2id."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field

from argon2.low_level import Type, hash_secret_raw

from engine.errors import EngineError, Kind
from engine.vault.derivation import KEY_BYTES

# Crockford's alphabet leaves out I, L, O and U, which people confuse on paper.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SAME = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, "–": None, "—": None})
_SECRET_BYTES = 20
_SECRET_SYMBOLS = 32
_CHECK_BITS = 20
_CHECK_SYMBOLS = 4
_GROUP = 4

_MAX_TIME_COST = 16
_MAX_MEMORY_KIB = 1024 * 1024
_MAX_LANES = 16


class RecoveryKeyMistyped(EngineError):
    """This recovery key has a typing mistake: compare every group with the printed sheet."""

    kind = Kind.INVALID


@dataclass(frozen=True, slots=True)
class Stretch:
    """How Argon2id turns a recovery key into a slot's key; stored beside the slot."""

    salt: bytes = field(default_factory=lambda: os.urandom(16), repr=False)
    time_cost: int = 3
    memory_kib: int = 64 * 1024
    lanes: int = 4

    def __post_init__(self) -> None:
        # The file may be damaged or forged: it must not make us allocate all memory or work for hours.
        sane = (
            len(self.salt) >= 16
            and 1 <= self.time_cost <= _MAX_TIME_COST
            and 1 <= self.lanes <= _MAX_LANES
            and 8 * self.lanes <= self.memory_kib <= _MAX_MEMORY_KIB
        )
        if not sane:
            raise ValueError("these Argon2id parameters are out of bounds")

    def key(self, secret: bytes) -> bytes:
        """256 bits; takes about a third of a second on purpose, so call it off the event loop."""
        return hash_secret_raw(
            secret, self.salt, self.time_cost, self.memory_kib, self.lanes, KEY_BYTES, Type.ID
        )


def new_secret() -> bytes:
    return os.urandom(_SECRET_BYTES)


def to_text(secret: bytes) -> str:
    """The 160-bit secret as nine groups of four symbols; the last group is a checksum."""
    symbols = _symbols(int.from_bytes(secret, "big"), _SECRET_SYMBOLS)
    symbols += _symbols(_checksum(secret), _CHECK_SYMBOLS)
    return "-".join(symbols[start : start + _GROUP] for start in range(0, len(symbols), _GROUP))


def from_text(text: str) -> bytes:
    """The secret a person typed; case, spaces, hyphens and I/L/O for 1/1/0 do not matter.

    Raises:
        RecoveryKeyMistyped: a symbol is missing, foreign, or does not fit the checksum.
    """
    symbols = "".join(text.upper().split()).translate(_SAME)
    if len(symbols) != _SECRET_SYMBOLS + _CHECK_SYMBOLS or not set(symbols) <= set(_ALPHABET):
        raise RecoveryKeyMistyped
    secret = _number(symbols[:_SECRET_SYMBOLS]).to_bytes(_SECRET_BYTES, "big")
    if _number(symbols[_SECRET_SYMBOLS:]) != _checksum(secret):
        raise RecoveryKeyMistyped
    return secret


def _checksum(secret: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"recovery key" + secret).digest(), "big") >> (256 - _CHECK_BITS)


def _symbols(number: int, count: int) -> str:
    return "".join(_ALPHABET[number >> (5 * place) & 31] for place in reversed(range(count)))


def _number(symbols: str) -> int:
    number = 0
    for symbol in symbols:
        number = number << 5 | _ALPHABET.index(symbol)
    return number
