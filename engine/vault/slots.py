"""The slots file: one master key, sealed once for every way to unlock it."""

from __future__ import annotations

import base64
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.vault.derivation import KEY_BYTES, derive
from engine.vault.recovery import Stretch

FORMAT = 1
_NONCE_BYTES = 12
_SEALED_BYTES = _NONCE_BYTES + KEY_BYTES + 16


class SlotKind(StrEnum):
    """Who holds the secret that opens a slot."""

    KEYRING = "keyring"
    RECOVERY = "recovery"
    FILE = "file"


_NUMBER = {SlotKind.KEYRING: 0, SlotKind.RECOVERY: 1, SlotKind.FILE: 2}


class Damaged(Exception):
    """The slots file is not one we wrote."""


class TooNew(Damaged):
    """A newer version of the program wrote the slots file."""


@dataclass(frozen=True, slots=True)
class Slot:
    kind: SlotKind
    #: The master key, sealed by this slot's secret.
    sealed: bytes = field(repr=False)
    #: Keyring account or file name that holds the secret.
    locator: str = ""
    #: Only the recovery slot is stretched: the other secrets are 256 random bits.
    stretch: Stretch | None = None


@dataclass(frozen=True, slots=True)
class Slots:
    """Everything needed to unlock a vault except the secrets."""

    vault_id: UUID
    #: Tells the right master key from every other one.
    check: bytes = field(repr=False)
    slots: Mapping[SlotKind, Slot]

    @classmethod
    def around(cls, kek: bytes) -> Slots:
        vault_id = uuid4()
        return cls(vault_id, _check(kek, vault_id), {})

    def fit(self, kek: bytes) -> bool:
        """Whether ``kek`` is the master key these slots are about."""
        return hmac.compare_digest(_check(kek, self.vault_id), self.check)

    def with_slot(self, slot: Slot) -> Slots:
        """These slots with the one of that kind added or replaced."""
        return replace(self, slots={**self.slots, slot.kind: slot})

    def seal(self, kind: SlotKind, secret: bytes, kek: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(secret).encrypt(nonce, kek, self._aad(kind))

    def unseal(self, slot: Slot, secret: bytes) -> bytes | None:
        """The master key, or None when ``secret`` does not open this slot of this vault."""
        sealed = slot.sealed
        try:
            kek = AESGCM(secret).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self._aad(slot.kind))
        except InvalidTag:
            return None
        return kek if self.fit(kek) else None

    def _aad(self, kind: SlotKind) -> bytes:
        return b"master-ia/1/slot" + self.vault_id.bytes + bytes([_NUMBER[kind]])

    def to_json(self) -> bytes:
        body = {
            "format": FORMAT,
            "vault": str(self.vault_id),
            "check": _text(self.check),
            "slots": [_slot_to_json(self.slots[kind]) for kind in _NUMBER if kind in self.slots],
        }
        return orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    @classmethod
    def from_json(cls, data: bytes) -> Slots:
        """Parse the file.

        Raises:
            TooNew: a newer version wrote it.
            Damaged: it is cut short, altered or something else.
        """
        try:
            body = orjson.loads(data)
            if isinstance(body["format"], int) and body["format"] > FORMAT:
                raise TooNew
            slots = [_slot_from_json(slot) for slot in body["slots"]]
            return cls(UUID(body["vault"]), _bytes(body["check"]), {slot.kind: slot for slot in slots})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Damaged from error


def _check(kek: bytes, vault_id: UUID) -> bytes:
    return hmac.digest(derive(kek, "key-check"), vault_id.bytes, "sha256")


def _slot_to_json(slot: Slot) -> dict[str, object]:
    body: dict[str, object] = {
        "slot": _NUMBER[slot.kind],
        "kind": slot.kind.value,
        "sealed": _text(slot.sealed),
    }
    if slot.stretch is None:
        return body | {"locator": slot.locator}
    stretch = slot.stretch
    return body | {
        "argon2id": {
            "salt": _text(stretch.salt),
            "time_cost": stretch.time_cost,
            "memory_kib": stretch.memory_kib,
            "lanes": stretch.lanes,
        }
    }


def _slot_from_json(body: Mapping[str, Any]) -> Slot:
    kind, sealed = SlotKind(body["kind"]), _bytes(body["sealed"])
    if len(sealed) != _SEALED_BYTES:
        raise ValueError("a sealed master key has another length")
    if kind is not SlotKind.RECOVERY:
        return Slot(kind, sealed, locator=str(body["locator"]))
    costs = body["argon2id"]
    stretch = Stretch(
        _bytes(costs["salt"]), int(costs["time_cost"]), int(costs["memory_kib"]), int(costs["lanes"])
    )
    return Slot(kind, sealed, stretch=stretch)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
