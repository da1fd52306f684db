"""The end of a host that was told to stop: its session is sealed by a program that takes the process's place.

The library cannot be made to close its store, and nothing else in the same process may open it (see
:mod:`.whatsmeow_store`). So the process runs a new program, which never heard of the library: it seals the
files, says to the parent that all is done, and ends. Its parent sees one process from first to last.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from engine.errors import EngineError
from engine.providers.linked.log import Capture
from engine.providers.linked.protocol import Hello, pack
from engine.providers.linked.seal import Seal

logger = logging.getLogger(__name__)

#: The first argument of a program that is to seal.
WORD = "--seal"

#: Seconds to wait for the host before this one to be gone.
_LOCK_PATIENCE = 10.0
_PROGRAM = "engine.providers.linked.host"


def lock(folder: Path) -> sqlite3.Connection:
    """Hold a session alone on this machine, for as long as the process lives.

    A lock of SQLite's: the same on every system, and gone with the process however it ends.

    Raises:
        sqlite3.OperationalError: another host holds it.
    """
    held = sqlite3.connect(folder / "host.lock", isolation_level=None, timeout=_LOCK_PATIENCE)
    held.execute("BEGIN EXCLUSIVE")
    return held


def seal(hello: Hello, answer: int, parent: int) -> NoReturn:
    """Become the program that seals; ``answer`` is what the parent waits for at the descriptor ``parent``."""
    reading, writing = os.pipe()
    os.write(writing, bytes.fromhex(hello.key))
    os.close(writing)
    os.set_inheritable(reading, True)
    # A bundled program is its own interpreter.
    program = [] if getattr(sys, "frozen", False) else ["-m", _PROGRAM]
    arguments = [WORD, hello.folder, hello.session_id, str(reading), str(parent), str(answer)]
    os.execv(sys.executable, [sys.executable, *program, *arguments])  # noqa: S606 - no shell is wanted


def main(arguments: Sequence[str]) -> int:
    """The program. A session that cannot be sealed stays open, and counts as it is."""
    folder, session_id, key, parent, answer = arguments
    capture = Capture(Path(folder))
    capture.begin()
    code = 0
    try:
        held = lock(Path(folder))
        Seal(Path(folder), session_id, os.read(int(key), 32)).close()
        held.close()
    except (EngineError, OSError, sqlite3.Error):
        logger.exception("The session could not be sealed and stays open")
        code = 1
    capture.take(whole=True)
    os.write(int(parent), pack({"answer": int(answer), "result": None}))
    return code
