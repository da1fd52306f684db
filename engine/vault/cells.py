"""Cells: values sealed with AES-256-GCM and bound to company, table, column and row.

Format: ``0x01 | kid (2) | nonce (12) | ciphertext | tag (16)``, 31 bytes more than the plaintext. The place
is authenticated but not stored, so a cell copied to another row, column or company does not open.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.errors import EngineError
from engine.vault.derivation import KEY_BYTES, derive

VERSION = b"\x01"
NONCE_BYTES = 12
TAG_BYTES = 16
MAX_KID = 0xFFFF
_HEAD = 1 + 2
_BODY = _HEAD + NONCE_BYTES
#: Bytes a cell has more than its plaintext.
OVERHEAD = _BODY + TAG_BYTES


class CellUnreadable(EngineError):
    """A stored value cannot be read: it was moved, altered, or sealed with another key."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell lives. ``row`` is the row's id; a UUID and its text are the same row."""

    company_id: UUID
    table: str
    column: str
    row: UUID | str


@dataclass(frozen=True, slots=True, repr=False)
class _Key:
    kid: bytes
    cipher: AESGCM
    blind: bytes


class CompanyKeys:
    """The unwrapped data keys of one company: the newest writes, every one reads.

    Safe to share between threads. It never shows, pickles or copies its keys.
    """

    __slots__ = ("_company_id", "_keys", "_newest")

    def __init__(self, company_id: UUID, deks: Mapping[int, bytes]) -> None:
        """``deks`` maps each key id (1 to 65,535) to its 256-bit key.

        Raises:
            CellUnreadable: the company has no key, because none was made or because it was erased.
        """
        if not deks:
            raise CellUnreadable("This company has no key: its sealed data was erased or not set up.")
        self._company_id = company_id
        self._keys = {kid_bytes(kid): _key(kid, dek) for kid, dek in deks.items()}
        self._newest = self._keys[kid_bytes(max(deks))]

    @property
    def company_id(self) -> UUID:
        return self._company_id

    @property
    def newest(self) -> int:
        """Id of the key that seals."""
        return int.from_bytes(self._newest.kid, "big")

    def place(self, table: str, column: str, row: UUID | str) -> Place:
        """A place of this company."""
        return Place(self._company_id, table, column, row)

    def seal(self, place: Place, plaintext: bytes) -> bytes:
        """Seal ``plaintext`` for ``place`` with the newest key. Sealing twice gives two different cells."""
        if place.company_id != self._company_id:
            raise ValueError("this place belongs to another company")
        key, nonce = self._newest, os.urandom(NONCE_BYTES)
        aad = _aad(_columns(self._company_id, place.table, place.column), place.row, key.kid)
        return b"".join((VERSION, key.kid, nonce, key.cipher.encrypt(nonce, plaintext, aad)))

    def seal_many(self, table: str, column: str, rows: Iterable[tuple[UUID | str, bytes]]) -> list[bytes]:
        """Seal one column of many rows, in order; the same as :meth:`seal` with less work for each."""
        waiting = list(rows)
        key, noise = self._newest, os.urandom(NONCE_BYTES * len(waiting))
        head, prefix = VERSION + key.kid, _columns(self._company_id, table, column)
        cells = []
        for start, (row, plaintext) in zip(range(0, len(noise), NONCE_BYTES), waiting, strict=True):
            nonce = noise[start : start + NONCE_BYTES]
            cells.append(head + nonce + key.cipher.encrypt(nonce, plaintext, _aad(prefix, row, key.kid)))
        return cells

    def open(self, place: Place, cell: bytes) -> bytes:
        """The plaintext of a cell that was sealed for exactly this place.

        Raises:
            CellUnreadable: moved from another place, altered, cut short, or sealed with a key we do not hold.
        """
        key = self._keys.get(cell[1:_HEAD])
        if key is None or cell[:1] != VERSION or len(cell) < OVERHEAD:
            raise CellUnreadable
        aad = _aad(_columns(place.company_id, place.table, place.column), place.row, key.kid)
        try:
            return key.cipher.decrypt(cell[_HEAD:_BODY], cell[_BODY:], aad)
        except InvalidTag:
            raise CellUnreadable from None

    def is_current(self, cell: bytes) -> bool:
        """Whether the newest key sealed this cell; a rotation seals the others again."""
        return cell[:_HEAD] == VERSION + self._newest.kid

    def blind(self, normalized: str) -> bytes:
        """32 bytes that stand for a value in an exact search, under the newest key (HMAC-SHA256).

        Equal values of one company give equal bytes; without the company's key they tell nothing.
        """
        return _blind(self._newest, normalized)

    def blinds(self, normalized: str) -> list[bytes]:
        """Every value :meth:`blind` may have stored, newest key first: search for all of these."""
        newest_first = sorted(self._keys.values(), key=lambda key: key.kid, reverse=True)
        return [_blind(key, normalized) for key in newest_first]

    def __repr__(self) -> str:
        return "<CompanyKeys>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("keys do not leave the process")


def kid_of(cell: bytes) -> int:
    """Id of the key that sealed a cell.

    Raises:
        CellUnreadable: this is no cell.
    """
    if cell[:1] != VERSION or len(cell) < OVERHEAD:
        raise CellUnreadable
    return int.from_bytes(cell[1:_HEAD], "big")


def kid_bytes(kid: int) -> bytes:
    if not 1 <= kid <= MAX_KID:
        raise ValueError(f"a key id is between 1 and {MAX_KID}")
    return kid.to_bytes(2, "big")


def _key(kid: int, dek: bytes) -> _Key:
    if len(dek) != KEY_BYTES:
        raise ValueError(f"a data key has {KEY_BYTES} bytes")
    return _Key(kid_bytes(kid), AESGCM(derive(dek, "enc")), derive(dek, "blind-index"))


def _blind(key: _Key, normalized: str) -> bytes:
    return hmac.digest(key.blind, normalized.encode("utf-8", "surrogatepass"), "sha256")


@lru_cache(maxsize=4096)
def _columns(company_id: UUID, table: str, column: str) -> bytes:
    return VERSION + company_id.bytes + _counted(table) + _counted(column)


def _aad(columns: bytes, row: UUID | str, kid: bytes) -> bytes:
    return columns + _counted(str(row)) + kid


def _counted(text: str) -> bytes:
    # With its length in front, ("ab", "c") and ("a", "bc") never encode alike.
    data = text.encode("utf-8", "surrogatepass")
    return len(data).to_bytes(4, "big") + data
