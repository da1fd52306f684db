"""One key, one use: subkeys by HKDF-SHA256."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


def derive(key: bytes, purpose: str) -> bytes:
    """A 256-bit subkey of ``key``; different purposes tell nothing about each other or about ``key``."""
    info = f"master-ia/1/{purpose}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)
