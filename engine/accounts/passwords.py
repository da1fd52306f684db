"""Passwords and tokens: hashed off the loop, compared in constant time."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.accounts import rules
from engine.errors import EngineError, Kind

TOKEN_PREFIX = "mia_"  # noqa: S105 - marks our tokens for redaction and secret scanners
_SECRET_BYTES = 20
_GROUP = 4

_hasher = PasswordHasher()


class PasswordTooWeak(EngineError):
    """A password has between 10 and 256 characters and is not a single one repeated."""

    kind = Kind.INVALID


def check_strength(password: str) -> None:
    """Raises:
    PasswordTooWeak: too short, too long, or one character repeated.
    """
    if not rules.MIN_PASSWORD <= len(password) <= rules.MAX_PASSWORD or len(set(password)) < 3:
        raise PasswordTooWeak


async def hash_password(password: str) -> str:
    """Raises:
    PasswordTooWeak: see :func:`check_strength`.
    """
    check_strength(password)
    return await asyncio.to_thread(_hasher.hash, password)


async def verify(stored: str | None, password: str) -> bool:
    """Whether the password is right. Somebody unknown costs as much time as somebody known."""
    known = stored is not None and stored.startswith("$argon2")
    return await asyncio.to_thread(_verify, stored if known and stored else _nobody(), password) and known


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def new_token() -> str:
    """256 random bits. What a device shows with every request."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """All that is kept of a token; it has too many bits to be guessed from its hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def new_console_secret() -> str:
    """160 random bits in groups a person can copy: ``ABCD-EFGH-…``."""
    text = base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    return "-".join(text[i : i + _GROUP] for i in range(0, len(text), _GROUP))


def console_secret_hash(text: str) -> str:
    """Of the secret as typed: case, spaces and dashes do not matter."""
    plain = "".join(c for c in text.upper() if c.isalnum())
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
