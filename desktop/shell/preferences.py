"""What a person chose and left half-written: theme, language, window and drafts, in a file of theirs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

FILE = "preferences.ini"

#: Names of what the window itself is told: its colors and its language.
THEME, LANGUAGE = "theme", "language"


class Preferences:
    """Named values. Nothing here is a secret, and losing the file loses no work but drafts."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        self._store = QSettings(str(folder / FILE), QSettings.Format.IniFormat)

    def text(self, name: str, default: str = "") -> str:
        value = self._store.value(name, default)
        return value if isinstance(value, str) else default

    def flag(self, name: str, *, default: bool = False) -> bool:
        return self.text(name, "yes" if default else "no") == "yes"

    def data(self, name: str) -> QByteArray:
        value = self._store.value(name)
        return value if isinstance(value, QByteArray) else QByteArray()

    def keep(self, name: str, value: str | bool | QByteArray) -> None:
        self._store.setValue(name, ("yes" if value else "no") if isinstance(value, bool) else value)

    def drop(self, name: str) -> None:
        self._store.remove(name)

    def names(self, group: str) -> list[str]:
        """Names kept under ``group/``, without it."""
        self._store.beginGroup(group)
        names = self._store.childKeys()
        self._store.endGroup()
        return names

    def save(self) -> None:
        """To the disk now; Qt does it by itself from time to time."""
        self._store.sync()
