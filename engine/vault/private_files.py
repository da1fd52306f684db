"""Files only their owner reads, on disk as a whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

_POSIX = os.name == "posix"
_OPEN = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def private_dir(path: Path) -> None:
    """Make a folder 0700; an existing one is narrowed to that."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _POSIX and path.stat().st_mode & 0o077:
        path.chmod(0o700)


def read(path: Path, *, limit: int) -> bytes | None:
    """The first ``limit`` bytes of a file, narrowed to 0600; None when there is no such file."""
    try:
        with path.open("rb") as file:
            if _POSIX and os.fstat(file.fileno()).st_mode & 0o077:
                os.fchmod(file.fileno(), 0o600)
            return file.read(limit)
    except FileNotFoundError:
        return None


def create(path: Path, data: bytes) -> None:
    """Put a new file in place, durably.

    Raises:
        FileExistsError: somebody was faster; theirs stays.
    """
    draft = _draft(path, data)
    try:
        if _POSIX:
            # A hard link refuses an existing name in one step; a rename would replace it.
            os.link(draft, path)
        else:
            draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_dir(path.parent)


def replace(path: Path, data: bytes) -> None:
    """Replace a file durably: a reader or a crash sees the old bytes or the new, never a mix."""
    draft = _draft(path, data)
    try:
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_dir(path.parent)


def _draft(path: Path, data: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, _OPEN, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sync_dir(path: Path) -> None:
    if _POSIX:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
