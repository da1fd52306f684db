"""Settings that an account's devices share through a server that cannot read them: names, mutes, archives.

Every change is a patch to one of five collections, encrypted with a key the phone hands out, and proved by a
hash that is the sum of everything in the collection (LTHash): a device that missed a patch notices.
"""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from embedded_server.simulator.whatsapp import letters
from embedded_server.simulator.whatsapp.keys import decrypt_cbc, derive, encrypt_cbc, mac
from embedded_server.simulator.whatsapp.letters import ProtocolType
from embedded_server.simulator.whatsapp.wire import Fields, pack

_MAC_LENGTH, _HASH_LENGTH = 32, 128


class Collection(StrEnum):
    """What is in which one is decided by the clients."""

    CRITICAL_BLOCK = "critical_block"
    CRITICAL_UNBLOCK_LOW = "critical_unblock_low"
    REGULAR_HIGH = "regular_high"
    REGULAR = "regular"
    REGULAR_LOW = "regular_low"


class Action(IntEnum):
    """The fields of a change's value (SyncActionValue)."""

    CONTACT = 3
    MUTE = 4
    PIN = 5
    PUSH_NAME = 7
    ARCHIVE = 17


class _Operation(IntEnum):
    SET = 0
    REMOVE = 1


@dataclass(frozen=True, slots=True)
class Change:
    """What a device set: ``index`` names it, such as ["mute", "551199…@s.whatsapp.net"]."""

    index: list[str]
    value: Fields


@dataclass(slots=True)
class _State:
    version: int = 0
    hash: bytes = bytes(_HASH_LENGTH)
    #: The newest value of every index, each by its authentication code.
    values: dict[bytes, bytes] = field(default_factory=dict)
    patches: list[bytes] = field(default_factory=list)


class _Keys:
    def __init__(self, secret: bytes) -> None:
        keys = derive(secret, 160, b"WhatsApp Mutation Keys")
        self.index, self.cipher, self.value, self.snapshot, self.patch = (
            keys[at : at + 32] for at in range(0, 160, 32)
        )


class AppState:
    """One account's collections, with the phone's key to them; ``changes`` is what linked devices set."""

    def __init__(self) -> None:
        self._key_id, self._secret = os.urandom(6), os.urandom(32)
        self._keys = _Keys(self._secret)
        self._states = {name: _State() for name in Collection}
        self.changes: list[Change] = []

    def key_share(self) -> bytes:
        """The message by which the phone gives its key to a linked device."""
        data = pack((1, self._secret), (2, pack((1, 1), (2, 0))), (3, int(time.time())))
        share = pack((1, pack((1, pack((1, self._key_id))), (2, data))))
        return letters.protocol(ProtocolType.KEY_SHARE, (7, share))

    def set(self, name: Collection, index: Sequence[str], action: Action, value: bytes) -> None:
        """A change made at the phone."""
        state = self._states[name]
        index_bytes = json.dumps(list(index), separators=(",", ":")).encode()
        inner = pack((1, int(time.time() * 1000)), (action, value))
        iv = os.urandom(16)
        sealed = iv + encrypt_cbc(self._keys.cipher, iv, pack((1, index_bytes), (2, inner), (3, b""), (4, 2)))
        blob = sealed + self._value_mac(_Operation.SET, sealed)
        index_mac = mac(self._keys.index, index_bytes)
        record = pack((1, pack((1, index_mac))), (2, pack((1, blob))), (3, self._packed_key_id))
        self._apply(state, index_mac, blob[-_MAC_LENGTH:], is_removed=False)
        state.version += 1
        snapshot = self._snapshot_mac(name, state)
        proof = mac(self._keys.patch, snapshot, blob[-_MAC_LENGTH:], _number(state.version), name.encode())
        state.patches.append(
            pack(
                (1, pack((1, state.version))),
                (2, pack((1, _Operation.SET), (2, record))),
                (4, snapshot),
                (5, proof),
                (6, self._packed_key_id),
            )
        )

    def accept(self, name: Collection, base: int, patch: bytes) -> bool:
        """Take a linked device's patch; False when it is not for the newest version.

        Raises:
        ValueError: its proofs do not hold.
        """
        state, fields = copy.deepcopy(self._states[name]), Fields(patch)
        if base != state.version:
            return False
        changes = []
        for mutation in (Fields(blob) for blob in fields.blobs(2)):
            record = Fields(mutation.blob(2))
            index_mac, blob = Fields(record.blob(1)).blob(1), Fields(record.blob(2)).blob(1)
            operation = _Operation(mutation.number(1))
            changes.append(self._opened(operation, blob))
            self._apply(state, index_mac, blob[-_MAC_LENGTH:], is_removed=operation is _Operation.REMOVE)
        state.version += 1
        if self._snapshot_mac(name, state) != fields.blob(4):
            raise ValueError("the hash of the collection is wrong")
        # The device leaves its version out; those who read the patch later must find it.
        state.patches.append(patch if 1 in fields else pack((1, pack((1, state.version)))) + patch)
        self._states[name] = state
        self.changes += changes
        return True

    def since(self, name: Collection, version: int) -> list[bytes]:
        return self._states[name].patches[version:]

    def version(self, name: Collection) -> int:
        return self._states[name].version

    @property
    def _packed_key_id(self) -> bytes:
        return pack((1, self._key_id))

    def _opened(self, operation: _Operation, blob: bytes) -> Change:
        sealed, sent_mac = blob[:-_MAC_LENGTH], blob[-_MAC_LENGTH:]
        if self._value_mac(operation, sealed) != sent_mac:
            raise ValueError("a value was changed on its way")
        fields = Fields(decrypt_cbc(self._keys.cipher, sealed[:16], sealed[16:]))
        return Change(json.loads(fields.blob(1)), Fields(fields.blob(2)))

    def _value_mac(self, operation: _Operation, sealed: bytes) -> bytes:
        kind_and_key = bytes([operation + 1]) + self._key_id
        message = kind_and_key + sealed + _number(len(kind_and_key))
        return hmac.digest(self._keys.value, message, hashlib.sha512)[:_MAC_LENGTH]

    def _snapshot_mac(self, name: Collection, state: _State) -> bytes:
        return mac(self._keys.snapshot, state.hash, _number(state.version), name.encode())

    @staticmethod
    def _apply(state: _State, index_mac: bytes, value_mac: bytes, *, is_removed: bool) -> None:
        old = state.values.pop(index_mac, None)
        if old is not None:
            state.hash = _summed(state.hash, old, -1)
        if not is_removed:
            state.values[index_mac] = value_mac
            state.hash = _summed(state.hash, value_mac, 1)


def _number(value: int) -> bytes:
    return value.to_bytes(8, "big")


def _summed(total: bytes, item: bytes, sign: int) -> bytes:
    """LTHash: 64 numbers of 16 bits, each added (or taken off) without a carry."""
    term = derive(item, _HASH_LENGTH, b"WhatsApp Patch Integrity")
    numbers = (
        int.from_bytes(total[at : at + 2], "little") + sign * int.from_bytes(term[at : at + 2], "little")
        for at in range(0, _HASH_LENGTH, 2)
    )
    return b"".join((number & 0xFFFF).to_bytes(2, "little") for number in numbers)
