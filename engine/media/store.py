"""Files on this machine's disk, below one folder for each company."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID, uuid4

from engine.errors import EngineError, Kind
from engine.media.sniffing import HEAD, FileType, sniff


class MediaMissing(EngineError):
    """This file is not on the disk any more."""

    kind = Kind.NOT_FOUND


class LocalStore:
    """Keeps files as ``<company>/<ab>/<uuid>.<extension>``, 0600, where ``ab`` begins the file's digest.

    Nothing of a name comes from outside. Synchronous: call it off the event loop.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def incoming(self, company_id: UUID) -> Path:
        """Where a download may be written until it is kept; exists already, empty and 0600."""
        folder = self._company(company_id) / "incoming"
        _private(folder)
        path = folder / uuid4().hex
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        return path

    def keep(self, company_id: UUID, incoming: Path, sha256: str) -> tuple[str, FileType]:
        """Move a finished download to its place; its path below the company's folder, and what it is."""
        with incoming.open("rb") as file:
            found = sniff(file.read(HEAD))
            os.fsync(file.fileno())
        relative = f"{sha256[:2]}/{uuid4().hex}.{found.extension}"
        place = self._company(company_id) / relative
        _private(place.parent)
        incoming.chmod(0o600)
        incoming.replace(place)
        _sync_folder(place.parent)
        return relative, found

    def path(self, company_id: UUID, relative: str) -> Path:
        """The file itself.

        Raises:
            MediaMissing: it is gone, or the path leads out of the company's folder.
        """
        folder = self._company(company_id).resolve()
        path = (folder / relative).resolve()
        if not path.is_relative_to(folder) or not path.is_file():
            raise MediaMissing
        return path

    def remove(self, company_id: UUID, relative: str) -> None:
        """Forget a file; one that is gone already is no error."""
        try:
            self.path(company_id, relative).unlink(missing_ok=True)
        except MediaMissing:
            return

    def clear_incoming(self) -> int:
        """Before the first download: remove what earlier ones left when they died; how many there were."""
        left = [*self._root.glob("*/incoming/*")]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def _company(self, company_id: UUID) -> Path:
        return self._root / str(company_id)


def _private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # A folder cannot be opened there.
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
