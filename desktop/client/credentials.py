"""Where this desktop keeps its session: the system's keyring, or a 0600 file where there is none."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import keyring
from keyring.errors import KeyringError
from pydantic import BaseModel, Field, ValidationError

logger = logging.getLogger(__name__)

SERVICE = "Master IA desktop"
ACCOUNT = "session"


class Stored(BaseModel):
    """Which appliance, and as whom."""

    base: str
    token: str = Field(repr=False)
    #: The appliance is this machine's own and is started with the desktop.
    is_local: bool = True


class Credentials:
    """One session at a time. Where the keyring fails, the file takes over: nobody signs in at every start."""

    def __init__(self, folder: Path, *, use_keyring: bool = True) -> None:
        self._file = folder / "session.json"
        self._use_keyring = use_keyring

    def load(self) -> Stored | None:
        raw = self._from_keyring() or self._from_file()
        try:
            return Stored.model_validate_json(raw) if raw else None
        except ValidationError:
            return None

    def save(self, stored: Stored) -> None:
        raw = stored.model_dump_json()
        if self._to_keyring(raw):
            self._file.unlink(missing_ok=True)
        else:
            self._to_file(raw)

    def forget(self) -> None:
        self._file.unlink(missing_ok=True)
        if self._use_keyring:
            try:
                keyring.delete_password(SERVICE, ACCOUNT)
            except KeyringError:
                logger.debug("The keyring had no session to forget")

    def _from_keyring(self) -> str | None:
        if not self._use_keyring:
            return None
        try:
            return keyring.get_password(SERVICE, ACCOUNT)
        except KeyringError:
            return None

    def _to_keyring(self, raw: str) -> bool:
        if not self._use_keyring:
            return False
        try:
            keyring.set_password(SERVICE, ACCOUNT, raw)
        except KeyringError:
            logger.info("There is no keyring; the session is kept in a file only this user can read")
            return False
        return True

    def _from_file(self) -> str | None:
        try:
            return self._file.read_text("utf-8")
        except OSError:
            return None

    def _to_file(self, raw: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = self._file.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(raw)
        partial.replace(self._file)
