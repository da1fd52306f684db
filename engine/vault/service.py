"""The vault: one master key, unlocked by the machine or a recovery key, that wraps the keys of companies."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.errors import EngineError, Kind
from engine.vault import holders, private_files, recovery
from engine.vault.cells import NONCE_BYTES, TAG_BYTES, CellUnreadable, CompanyKeys, kid_bytes
from engine.vault.derivation import KEY_BYTES, derive
from engine.vault.lock import LockReason, VaultLocked
from engine.vault.slots import Slot, SlotKind, Slots
from engine.vault.slots_file import SlotsFile

log = logging.getLogger(__name__)

_VERSION = b"\x01"
_WRAPPED_BYTES = 1 + NONCE_BYTES + KEY_BYTES + TAG_BYTES


class RecoveryKeyWrong(EngineError):
    """This recovery key does not open this vault: it belongs to another one or was replaced."""

    kind = Kind.INVALID


class Vault:
    """Wraps and unwraps the keys of companies under the master key of one keys folder.

    Every process of an appliance opens the same folder. When the machine's key is missing or wrong the vault
    opens *locked*: every verb raises :class:`VaultLocked`, and nothing stored is replaced or made anew.
    Opening asks the disk, Argon2id and maybe a keyring that prompts, so do it off the event loop.
    """

    __slots__ = ("_fresh_recovery", "_kek", "_keys_dir", "_reason", "_use_keyring", "_wrapping")

    def __init__(self, keys_dir: Path, *, use_keyring: bool) -> None:
        self._keys_dir = keys_dir
        self._use_keyring = use_keyring
        self._kek: bytes | None = None
        self._wrapping: AESGCM | None = None
        self._reason: LockReason | None = LockReason.SLOTS_MISSING
        self._fresh_recovery: str | None = None

    @classmethod
    def open(cls, keys_dir: Path, *, use_keyring: bool) -> Vault:
        """Open the vault of ``keys_dir``, never making one: without slots it is locked."""
        vault = cls(keys_dir, use_keyring=use_keyring)
        if not vault.refresh():
            log.warning("the vault is locked (%s)", vault.locked)
        return vault

    @classmethod
    def open_or_create(cls, keys_dir: Path, *, use_keyring: bool) -> Vault:
        """Open the vault of ``keys_dir``, making it when the folder never held one.

        A new vault keeps its key in the system keyring when ``use_keyring``, else (or when no keyring works)
        in a 0600 file of the folder. When two processes create at once, one wins and both open the same.
        """
        private_files.private_dir(keys_dir)
        # Only where nothing is: after any other trouble a new key would bury what the old one sealed.
        if SlotsFile(keys_dir).is_absent():
            fresh = cls(keys_dir, use_keyring=use_keyring)
            if fresh._create():
                return fresh
        return cls.open(keys_dir, use_keyring=use_keyring)

    @property
    def locked(self) -> LockReason | None:
        """Why the vault is locked; None when it is open."""
        return self._reason

    def take_recovery_key(self) -> str | None:
        """The recovery key of a vault this object created, for a person to print: once, then None."""
        text, self._fresh_recovery = self._fresh_recovery, None
        return text

    def refresh(self) -> bool:
        """Try the machine's slots again, as after a recovery in another process; True when open."""
        if self._kek is not None:
            return True
        try:
            slots = self._file.load()
            self._open(slots, self._ask_machine(slots))
        except VaultLocked as locked:
            self._reason = locked.reason
        return self._reason is None

    def unlock_with_recovery(self, text: str) -> None:
        """Open the vault with the printed key and give this machine a slot of its own again.

        On an open vault it only tells whether the key is right.

        Raises:
            RecoveryKeyMistyped: the text cannot be any recovery key.
            RecoveryKeyWrong: it is one, but not of this vault.
            VaultLocked: the slots file itself is missing or damaged.
        """
        secret = recovery.from_text(text)
        slots = self._file.load()
        slot = slots.slots.get(SlotKind.RECOVERY)
        kek = slots.unseal(slot, slot.stretch.key(secret)) if slot and slot.stretch else None
        if kek is None:
            raise RecoveryKeyWrong
        if self._kek is None:
            self._open(self._with_machine_slot(slots, kek), kek)

    def new_recovery_key(self) -> str:
        """Replace the recovery key and return the new one, to be shown once; the old one opens no more.

        Raises:
            VaultLocked: the vault is locked, or its slots file is gone or another vault's.
        """
        kek, slots = self._unlocked_kek(), self._file.load()
        if not slots.fit(kek):
            raise VaultLocked(LockReason.SLOTS_DAMAGED)
        slots, text = _with_recovery_slot(slots, kek)
        self._file.save(slots)
        return text

    def wrap(self, dek: bytes, *, company_id: UUID, kid: int) -> bytes:
        """Seal a company's 256-bit key; the 61 bytes open only as this key id of this company."""
        if len(dek) != KEY_BYTES:
            raise ValueError(f"a data key has {KEY_BYTES} bytes")
        nonce = os.urandom(NONCE_BYTES)
        return _VERSION + nonce + self._unlocked().encrypt(nonce, dek, _dek_aad(company_id, kid))

    def unwrap(self, blob: bytes, *, company_id: UUID, kid: int) -> bytes:
        """The key that :meth:`wrap` sealed.

        Raises:
            CellUnreadable: altered, of another company or key id, or wrapped by another vault.
        """
        wrapping = self._unlocked()
        if blob[:1] != _VERSION or len(blob) != _WRAPPED_BYTES:
            raise CellUnreadable("A company's key is damaged.")
        nonce, sealed = blob[1 : 1 + NONCE_BYTES], blob[1 + NONCE_BYTES :]
        try:
            return wrapping.decrypt(nonce, sealed, _dek_aad(company_id, kid))
        except InvalidTag:
            raise CellUnreadable("A company's key does not open with the master key of this vault.") from None

    def new_company_key(self, company_id: UUID, *, kid: int = 1) -> bytes:
        """Make a key for a company and return it wrapped. A rotation passes the next higher ``kid``."""
        return self.wrap(os.urandom(KEY_BYTES), company_id=company_id, kid=kid)

    def company_keys(self, company_id: UUID, wrapped: Iterable[tuple[int, bytes]]) -> CompanyKeys:
        """The keys of a company from their ids and wrapped bytes; the highest id writes.

        Raises:
            CellUnreadable: there are none, or one does not open.
        """
        deks = {kid: self.unwrap(blob, company_id=company_id, kid=kid) for kid, blob in wrapped}
        return CompanyKeys(company_id, deks)

    @property
    def _file(self) -> SlotsFile:
        return SlotsFile(self._keys_dir)

    def _create(self) -> bool:
        """False when another process made the vault meanwhile."""
        kek = os.urandom(KEY_BYTES)
        slots, text = _with_recovery_slot(Slots.around(kek), kek)
        machine = self._new_machine_slot(slots, kek)
        slots = slots.with_slot(machine)
        if not self._file.create(slots):
            return False
        self._open(slots, kek)
        self._fresh_recovery = text
        log.info("a vault was created; its key is in the %s slot", machine.kind)
        return True

    def _open(self, slots: Slots, kek: bytes) -> None:
        self._kek, self._wrapping, self._reason = kek, AESGCM(derive(kek, "wrap-company-keys")), None
        try:
            # Heals a lost or damaged copy, now that the key proved these slots right.
            self._file.save(slots)
        except (OSError, VaultLocked):
            log.warning("the key slots file could not be written", exc_info=True)

    def _ask_machine(self, slots: Slots) -> bytes:
        reason = LockReason.NO_MACHINE_SLOT
        for kind in (SlotKind.FILE, SlotKind.KEYRING):
            slot = slots.slots.get(kind)
            if slot is None:
                continue
            try:
                secret = self._ask_file(slot) if kind is SlotKind.FILE else self._ask_keyring(slot)
            except VaultLocked as locked:
                reason = locked.reason or reason
                continue
            kek = slots.unseal(slot, secret) if secret else None
            if kek is not None:
                return kek
            reason = LockReason.FILE_MISMATCH if kind is SlotKind.FILE else LockReason.KEYRING_MISMATCH
        raise VaultLocked(reason)

    def _ask_file(self, slot: Slot) -> bytes | None:
        try:
            return holders.ask_file(self._keys_dir, slot.locator)
        except holders.Unreachable:
            raise VaultLocked(LockReason.FILE_UNREADABLE) from None

    def _ask_keyring(self, slot: Slot) -> bytes | None:
        if not self._use_keyring:
            raise VaultLocked(LockReason.KEYRING_NOT_ASKED)
        try:
            return holders.ask_keyring(slot.locator)
        except holders.Unreachable:
            raise VaultLocked(LockReason.KEYRING_UNREACHABLE) from None

    def _with_machine_slot(self, slots: Slots, kek: bytes) -> Slots:
        try:
            return slots.with_slot(self._new_machine_slot(slots, kek))
        except OSError:
            log.warning("this machine could not keep a key: the next start asks again", exc_info=True)
            return slots

    def _new_machine_slot(self, slots: Slots, kek: bytes) -> Slot:
        held = holders.keep_in_keyring() if self._use_keyring else None
        kind = SlotKind.KEYRING if held else SlotKind.FILE
        held = held or holders.keep_in_file(self._keys_dir)
        return Slot(kind, slots.seal(kind, held.secret, kek), locator=held.locator)

    def _unlocked(self) -> AESGCM:
        if self._wrapping is None:
            raise VaultLocked(self._reason)
        return self._wrapping

    def _unlocked_kek(self) -> bytes:
        if self._kek is None:
            raise VaultLocked(self._reason)
        return self._kek

    def __repr__(self) -> str:
        return "<Vault locked>" if self._reason else "<Vault open>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("keys do not leave the process")


def _with_recovery_slot(slots: Slots, kek: bytes) -> tuple[Slots, str]:
    secret, stretch = recovery.new_secret(), recovery.Stretch()
    sealed = slots.seal(SlotKind.RECOVERY, stretch.key(secret), kek)
    return slots.with_slot(Slot(SlotKind.RECOVERY, sealed, stretch=stretch)), recovery.to_text(secret)


def _dek_aad(company_id: UUID, kid: int) -> bytes:
    return b"master-ia/1/dek" + company_id.bytes + kid_bytes(kid)
