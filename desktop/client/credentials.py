"""Where this desktop keeps its session: the system's keyring, or a 0600 file where there is none."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from types import TracebackType

import keyring
from keyring.errors import KeyringError, PasswordDeleteError
from pydantic import BaseModel, Field, ValidationError

logger = logging.getLogger(__name__)

SERVICE = "Master IA desktop"


class Stored(BaseModel):
    """Which appliance, and as whom."""

    base: str
    token: str = Field(repr=False)
    #: The appliance is this machine's own and is started with the desktop.
    is_local: bool = True


class Credentials:
    """One session for each desktop folder. Where the keyring fails, the file takes over: nobody signs in at
    every start.

    All of it may block: a keyring asks another program, which may ask the person.
    """

    def __init__(self, folder: Path, *, use_keyring: bool = True) -> None:
        self._file = folder / "session.json"
        self._account = f"session of {folder}"
        self._use_keyring = use_keyring

    def load(self) -> Stored | None:
        # A file is only there when the keyring failed the last time, so it is newer than what that still has.
        raw = self._from_file() or self._from_keyring()
        try:
            return Stored.model_validate_json(raw) if raw else None
        except ValidationError:
            logger.warning("What was kept of the last session is unreadable; somebody has to sign in")
            return None

    def save(self, stored: Stored) -> None:
        """Raises:
        OSError: neither keyring nor disk would take it.
        """
        raw = stored.model_dump_json()
        if self._to_keyring(raw):
            self._file.unlink(missing_ok=True)
        else:
            self._to_file(raw)

    def forget(self) -> None:
        """Forget who was signed in and where."""
        self._file.unlink(missing_ok=True)
        if not self._use_keyring:
            return
        try:
            keyring.delete_password(SERVICE, self._account)
        except PasswordDeleteError:
            logger.debug("The keyring had no session to forget")
        except Exception:  # a keyring is a plug-in of the system and raises what it likes
            logger.warning("The keyring did not answer; an old session may still be in it", exc_info=True)

    def _from_keyring(self) -> str | None:
        if not self._use_keyring:
            return None
        try:
            return keyring.get_password(SERVICE, self._account)
        except Exception:  # as above
            logger.info("The keyring did not answer", exc_info=True)
            return None

    def _to_keyring(self, raw: str) -> bool:
        if not self._use_keyring:
            return False
        try:
            keyring.set_password(SERVICE, self._account, raw)
            return keyring.get_password(SERVICE, self._account) == raw
        except Exception as error:  # as above
            logger.info("The keyring cannot hold the session; a file takes over", exc_info=_discreet(error))
            return False

    def _from_file(self) -> str | None:
        try:
            return self._file.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def _to_file(self, raw: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = self._file.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(raw)
        partial.replace(self._file)


def _discreet(error: Exception) -> tuple[type[KeyringError], KeyringError, TracebackType | None]:
    """Where it failed, without its message: a plug-in may quote what it could not store."""
    return KeyringError, KeyringError(type(error).__name__), error.__traceback__
