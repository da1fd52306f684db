"""Keys at rest: master key slots, AES-256-GCM cells bound to their place, a blind index and log redaction."""

from __future__ import annotations

from engine.vault.cells import CellUnreadable, CompanyKeys, Place, kid_of
from engine.vault.lock import LockReason, VaultLocked
from engine.vault.recovery import RecoveryKeyMistyped
from engine.vault.service import RecoveryKeyWrong, Vault

__all__ = [
    "CellUnreadable",
    "CompanyKeys",
    "LockReason",
    "Place",
    "RecoveryKeyMistyped",
    "RecoveryKeyWrong",
    "Vault",
    "VaultLocked",
    "kid_of",
]
