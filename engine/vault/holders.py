"""Where a machine keeps the secret of its own slot: the system keyring, or a 0600 file."""

from __future__ import annotations

import base64
import binascii
import logging
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

import keyring

from engine.vault import private_files
from engine.vault.derivation import KEY_BYTES

log = logging.getLogger(__name__)

_SERVICE = "master-ia"
#: Windows stores at most this many characters; a longer answer cannot be ours.
_KEYRING_LIMIT = 1280
_FILE_NAME = re.compile(r"machine-[0-9a-f]{16}\.key")


class Unreachable(Exception):
    """The holder did not answer; the secret may still be there."""


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """A new secret and where it is kept."""

    secret: bytes
    locator: str


def keep_in_keyring() -> Held | None:
    """Keep a new secret in the system keyring; None when it has none that keeps what it was given.

    Every secret gets an account name of its own, so nothing stored before is overwritten.
    """
    held = Held(os.urandom(KEY_BYTES), f"vault-{secrets.token_hex(8)}")
    text = base64.b64encode(held.secret).decode("ascii")
    try:
        keyring.set_password(_SERVICE, held.locator, text)
        kept = keyring.get_password(_SERVICE, held.locator)
    except Exception as error:  # a keyring is a plug-in of the desktop and raises what it likes
        # No trace: a plug-in's message may quote what it could not store.
        log.warning("the system keyring cannot hold a key (%s)", type(error).__name__)
        return None
    return held if kept == text else None


def ask_keyring(account: str) -> bytes | None:
    """The secret the system keyring holds; None when it has none or something that is no secret of ours.

    Raises:
        Unreachable: there is no keyring, or it stays locked.
    """
    try:
        text = keyring.get_password(_SERVICE, account)
    except Exception as error:  # a keyring is a plug-in of the desktop and raises what it likes
        log.warning("the system keyring did not answer", exc_info=True)
        raise Unreachable from error
    if not isinstance(text, str) or len(text) > _KEYRING_LIMIT:
        return None
    return _decode(text)


def keep_in_file(keys_dir: Path) -> Held:
    """Keep a new secret in a 0600 file of its own."""
    held = Held(os.urandom(KEY_BYTES), f"machine-{secrets.token_hex(8)}.key")
    private_files.create(keys_dir / held.locator, base64.b64encode(held.secret) + b"\n")
    return held


def ask_file(keys_dir: Path, name: str) -> bytes | None:
    """The secret in a file; None when the file is missing or holds something else.

    Raises:
        Unreachable: the file is there but cannot be read.
    """
    # The name comes from the slots file: it must not lead out of the folder.
    if not _FILE_NAME.fullmatch(name):
        return None
    try:
        data = private_files.read(keys_dir / name, limit=_KEYRING_LIMIT)
    except OSError as error:
        log.warning("the key file cannot be read", exc_info=True)
        raise Unreachable from error
    return None if data is None else _decode(data.decode("latin-1").strip())


def _decode(text: str) -> bytes | None:
    try:
        secret = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return secret if len(secret) == KEY_BYTES else None
