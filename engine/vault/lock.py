"""Locked mode: why the master key is not there, in a sentence for the person who can help."""

from __future__ import annotations

from enum import StrEnum

from engine.errors import EngineError, Kind


class LockReason(StrEnum):
    """What stands between the vault and its master key."""

    KEYRING_MISMATCH = "keyring_mismatch"
    KEYRING_UNREACHABLE = "keyring_unreachable"
    KEYRING_NOT_ASKED = "keyring_not_asked"
    FILE_MISMATCH = "file_mismatch"
    FILE_UNREADABLE = "file_unreadable"
    NO_MACHINE_SLOT = "no_machine_slot"
    SLOTS_MISSING = "slots_missing"
    SLOTS_DAMAGED = "slots_damaged"
    SLOTS_TOO_NEW = "slots_too_new"
    SLOTS_UNREADABLE = "slots_unreadable"

    @property
    def sentence(self) -> str:
        return f"The vault is locked: {_BECAUSE[self]}"


_BECAUSE = {
    LockReason.KEYRING_MISMATCH: "the system keyring does not hold its key. Enter the recovery key.",
    LockReason.KEYRING_UNREACHABLE: (
        "the system keyring does not answer. Unlock the keyring and try again, or enter the recovery key."
    ),
    LockReason.KEYRING_NOT_ASKED: (
        "its key is in a person's system keyring, which a service cannot ask. Enter the recovery key."
    ),
    LockReason.FILE_MISMATCH: "its key file is missing or wrong. Put it back or enter the recovery key.",
    LockReason.FILE_UNREADABLE: "its key file cannot be read by this user.",
    LockReason.NO_MACHINE_SLOT: "this machine has no key slot. Enter the recovery key.",
    LockReason.SLOTS_MISSING: "the key slots file is missing. Restore slots.json from a backup.",
    LockReason.SLOTS_DAMAGED: "the key slots file is damaged. Restore slots.json from a backup.",
    LockReason.SLOTS_TOO_NEW: "a newer version of the program wrote the key slots file. Install it.",
    LockReason.SLOTS_UNREADABLE: "the key slots file cannot be read by this user.",
}


class VaultLocked(EngineError):
    """The vault is locked: its master key is not available."""

    kind = Kind.UNAVAILABLE

    def __init__(self, reason: LockReason | None = None) -> None:
        super().__init__(reason.sentence if reason else None)
        self.reason = reason
