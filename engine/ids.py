"""Keys of rows: UUID version 7, so that new rows land at the end of every index."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from datetime import datetime
from uuid import UUID

_RAND_BITS = 74
_RAND_MASK = (1 << _RAND_BITS) - 1


class _Sequence:
    """Ids of one process: later ones are greater, also within a millisecond or after a step back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._milliseconds = 0
        self._entropy = 0

    def next(self) -> UUID:
        with self._lock:
            now = time.time_ns() // 1_000_000
            if now > self._milliseconds:
                self._milliseconds = now
                # The highest bit stays free, so that counting up cannot run over.
                self._entropy = int.from_bytes(os.urandom(10), "big") & (_RAND_MASK >> 1)
            else:
                self._entropy += 1 + int.from_bytes(os.urandom(4), "big")
            return _compose(self._milliseconds, self._entropy)


_sequence = _Sequence()


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562 section 5.7, method 2): 48 bits of milliseconds, then counted random bits."""
    return _sequence.next()


def natural_id(moment: datetime, *parts: str) -> UUID:
    """A UUIDv7 that always comes out the same for the same fact.

    The instant gives the order and the digest of ``parts`` takes the place of the random bits, so that a fact
    delivered twice meets its own primary key instead of a second row, even across partitions.
    """
    digest = hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=10).digest()
    return _compose(max(0, int(moment.timestamp() * 1000)), int.from_bytes(digest, "big"))


def _compose(milliseconds: int, entropy: int) -> UUID:
    entropy &= _RAND_MASK
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76
    value |= (entropy >> 62) << 64
    value |= 0b10 << 62
    value |= entropy & ((1 << 62) - 1)
    return UUID(int=value)
