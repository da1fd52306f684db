"""A session's keys at rest: the files of a stopped session in one sealed file, AES-256-GCM.

While a session runs its files lie open in a folder that only its owner may enter: the library can work with
nothing else. Three rules keep ratchets from ever going back, which would make messages unreadable:

- open files are newer than any seal: where both are, the seal is removed unread;
- a seal is removed as soon as its content is open, so that it can never be opened twice;
- files are removed only after the seal that holds them is on disk, the one that decides first.
"""

from __future__ import annotations

import os
import sqlite3
import struct
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import AEADDecryptionContext, Cipher, algorithms, modes

from engine.errors import EngineError, Kind

#: The library's store first: while it is there, the files are open.
FILES = ("session.db", "host.db")
SEALED = "session.sealed"

_FORMAT = b"MIA-LINKED-1"
_NONCE, _TAG = 12, 16
_SIZES = struct.Struct(f">{len(FILES)}Q")
_CHUNK = 1 << 20
_SIDES = ("-wal", "-shm", "-journal")


class SealBroken(EngineError):
    """The sealed session cannot be opened: it was sealed with another key, or it is damaged."""

    kind = Kind.CONFLICT


class StoreBusy(EngineError):
    """The session's files are still written to, so they are left as they are."""

    kind = Kind.UNAVAILABLE


class Seal:
    """Of one session's folder. ``key`` is 32 bytes; the session's id is sealed in: a seal fits no other."""

    def __init__(self, folder: Path, session_id: str, key: bytes) -> None:
        self._folder, self._key = folder, key
        self._bound = _FORMAT + b"|" + session_id.encode()
        self._sealed = folder / SEALED

    def open(self) -> bool:
        """Unpack what was sealed; whether something was.

        Raises:
            SealBroken: nothing was changed.
        """
        if (self._folder / FILES[0]).exists():
            self._sealed.unlink(missing_ok=True)
            return False
        if not self._sealed.exists():
            return False
        self._unpack()
        # Last comes the file that says that all are there.
        for name in reversed(FILES):
            opened = self._folder / f"{name}.opening"
            for side in _SIDES:
                (self._folder / f"{name}{side}").unlink(missing_ok=True)
            opened.replace(self._folder / name)
        _sync_folder(self._folder)
        self._sealed.unlink()
        _sync_folder(self._folder)
        return True

    def close(self) -> None:
        """Seal the files and remove them, in a process that never opened them otherwise.

        Raises:
            StoreBusy: somebody does; they stay open.
        """
        paths = [self._folder / name for name in FILES]
        if not all(path.exists() for path in paths):
            return
        guards = [_quiet(path) for path in paths]
        try:
            fresh = self._folder / f"{SEALED}.new"
            self._pack(paths, fresh)
            fresh.replace(self._sealed)
            _sync_folder(self._folder)
        finally:
            for guard in guards:
                guard.close()
        for path in paths:
            path.unlink()
            for side in _SIDES:
                path.with_name(f"{path.name}{side}").unlink(missing_ok=True)
        _sync_folder(self._folder)

    def _pack(self, paths: list[Path], target: Path) -> None:
        nonce = os.urandom(_NONCE)
        cipher = Cipher(algorithms.AES(self._key), modes.GCM(nonce)).encryptor()
        cipher.authenticate_additional_data(self._bound)
        with _private(target) as out:
            out.write(_FORMAT + nonce)
            out.write(cipher.update(_SIZES.pack(*(path.stat().st_size for path in paths))))
            for path in paths:
                with path.open("rb") as clear:
                    while chunk := clear.read(_CHUNK):
                        out.write(cipher.update(chunk))
            out.write(cipher.finalize())
            out.write(cipher.tag)
            _flush(out)

    def _unpack(self) -> None:
        """Into files of other names: nothing of an unproven seal gets into place."""
        with self._sealed.open("rb") as sealed:
            head = sealed.read(len(_FORMAT) + _NONCE)
            size = self._sealed.stat().st_size - len(head) - _TAG - _SIZES.size
            if not head.startswith(_FORMAT) or size < 0:
                raise SealBroken
            sealed.seek(-_TAG, os.SEEK_END)
            tag = sealed.read(_TAG)
            sealed.seek(len(head))
            cipher = Cipher(algorithms.AES(self._key), modes.GCM(head[len(_FORMAT) :], tag)).decryptor()
            cipher.authenticate_additional_data(self._bound)
            sizes = _SIZES.unpack(cipher.update(sealed.read(_SIZES.size)))
            if sum(sizes) != size:
                raise SealBroken
            for name, length in zip(FILES, sizes, strict=True):
                self._unpack_one(name, length, sealed, cipher)
            try:
                cipher.finalize()
            except InvalidTag:
                raise SealBroken from None

    def _unpack_one(self, name: str, length: int, sealed: BinaryIO, cipher: AEADDecryptionContext) -> None:
        with _private(self._folder / f"{name}.opening") as out:
            while length > 0:
                chunk = sealed.read(min(length, _CHUNK))
                out.write(cipher.update(chunk))
                length -= len(chunk)
            _flush(out)


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _flush(out: BinaryIO) -> None:
    out.flush()
    os.fsync(out.fileno())


def _quiet(path: Path) -> sqlite3.Connection:
    """Everything of a database in its one file, and nobody writing as long as the connection is open."""
    guard = sqlite3.connect(path, isolation_level=None, timeout=5)
    try:
        for _ in range(20):
            guard.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            guard.execute("BEGIN IMMEDIATE")
            aside = path.with_name(f"{path.name}-wal")
            if not aside.exists() or aside.stat().st_size == 0:
                return guard
            guard.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        guard.close()
        raise StoreBusy from error
    guard.close()
    raise StoreBusy


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
