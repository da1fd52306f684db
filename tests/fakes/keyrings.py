"""A system keyring in a file, which keeps the promises of ``keyring.backend.KeyringBackend``."""

from __future__ import annotations

import json
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError, PasswordSetError

WINDOWS_LIMIT = 1280


class FileKeyring(KeyringBackend):
    """Stores secrets as JSON; locked it answers nothing, and like Windows it caps a secret's length."""

    # Below the "fail" backend, so that keyring never picks it by itself.
    priority = -1

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.locked = False
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        return self._entries().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        if len(password) > WINDOWS_LIMIT:
            raise PasswordSetError("the secret is too long")
        self._write({**self._entries(), f"{service}/{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        entries = self._entries()
        if entries.pop(f"{service}/{username}", None) is None:
            raise PasswordDeleteError("there is no such secret")
        self._write(entries)

    def answer_everything_with(self, text: str) -> None:
        """As a keyring does whose content was restored, migrated or replaced."""
        self._write(dict.fromkeys(self._entries(), text))

    def _entries(self) -> dict[str, str]:
        if self.locked:
            raise KeyringLocked("the keyring is locked")
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def _write(self, entries: dict[str, str]) -> None:
        self.path.write_text(json.dumps(entries))
