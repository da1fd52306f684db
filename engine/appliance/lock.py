"""One appliance per data folder: a lock the system itself releases when its holder dies."""

from __future__ import annotations

import os
import time
from pathlib import Path

from engine.appliance import private_file

if os.name == "nt":
    import msvcrt
else:
    import fcntl

FILE = "appliance.lock"
_ASKING_SECONDS = 0.05


class ApplianceLock:
    """Held from :meth:`acquire` to :meth:`release`; children do not inherit it."""

    def __init__(self, run_dir: Path) -> None:
        self._path = run_dir / FILE
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Take the lock, or say that another appliance has it."""
        private_file.make_folder(self._path.parent)
        # Who only asks holds it for an instant, so one refusal proves nothing.
        if self._try():
            return True
        time.sleep(_ASKING_SECONDS)
        return self._try()

    def _try(self) -> bool:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let another appliance start. The file stays: removing it would let two hold two different files."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def is_held(run_dir: Path) -> bool:
    """Whether an appliance runs on this folder. Leaves no trace where there is none."""
    if not (run_dir / FILE).exists():
        return False
    lock = ApplianceLock(run_dir)
    free = lock.acquire()
    lock.release()
    return not free


if os.name == "nt":

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]

else:

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
