"""``slots.json`` and its second copy: without it even the recovery key opens nothing."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from engine.vault import private_files
from engine.vault.lock import LockReason, VaultLocked
from engine.vault.slots import Damaged, Slots, TooNew

log = logging.getLogger(__name__)

_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class SlotsFile:
    """The slots file of one keys folder."""

    keys_dir: Path

    @property
    def _main(self) -> Path:
        return self.keys_dir / "slots.json"

    @property
    def _copy(self) -> Path:
        return self.keys_dir / "slots.copy.json"

    def is_absent(self) -> bool:
        """Whether the folder surely holds no vault; one we may not list might."""
        try:
            return {self._main, self._copy}.isdisjoint(self.keys_dir.iterdir())
        except OSError:
            return False

    def load(self) -> Slots:
        """The slots, from the copy when the file itself is lost or damaged.

        Raises:
            VaultLocked: neither is there, or neither is usable.
        """
        found = [data for path in (self._main, self._copy) if (data := self._read(path)) is not None]
        for data in found:
            try:
                return Slots.from_json(data)
            except TooNew:
                raise VaultLocked(LockReason.SLOTS_TOO_NEW) from None
            except Damaged:
                log.warning("a copy of the key slots file is damaged")
        raise VaultLocked(LockReason.SLOTS_DAMAGED if found else LockReason.SLOTS_MISSING)

    def create(self, slots: Slots) -> bool:
        """Write the slots of a new vault; False when another process was faster, whose slots stay."""
        try:
            private_files.create(self._main, slots.to_json())
        except FileExistsError:
            return False
        private_files.replace(self._copy, slots.to_json())
        return True

    def save(self, slots: Slots) -> None:
        """Replace both copies of this vault's slots; a copy that belongs to another vault stays."""
        data = slots.to_json()
        for path in (self._main, self._copy):
            there = self._read(path)
            if there != data and not _is_of_another_vault(there, slots):
                private_files.replace(path, data)

    def _read(self, path: Path) -> bytes | None:
        try:
            return private_files.read(path, limit=_LIMIT)
        except OSError as error:
            raise VaultLocked(LockReason.SLOTS_UNREADABLE) from error


def _is_of_another_vault(data: bytes | None, slots: Slots) -> bool:
    try:
        return data is not None and Slots.from_json(data).vault_id != slots.vault_id
    except TooNew:
        return True
    except Damaged:
        return False
