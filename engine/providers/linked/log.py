"""The log of one host: everything it and its library print, without numbers, addresses and keys.

The library writes to both outputs, and Go tells of its own end there: so both lead into a file, which a
thread empties into the log proper. What is in the file when the process dies is taken over at the next
start. Neither file outgrows its limit.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import time
from pathlib import Path

#: Bytes of the log and of the one before it, each.
LIMIT = 512 << 10
#: Bytes after which the raw file is emptied, once all of it was taken over.
_RAW_LIMIT = 64 << 10
_SECONDS = 0.5
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
#: A date of digits alone would look like a phone.
_DATES = "%d %b %H:%M:%S"

_PARTS = re.compile(
    r"(?P<jid>[\w.+:-]+@(?:s\.whatsapp\.net|lid|g\.us|broadcast|newsletter|c\.us|hosted\S*|bot|msgr))"
    r"|(?P<code>\b[0-9A-Z]{4}-[0-9A-Z]{4}\b)"
    # Paths begin with a slash and stay: without them no trace can be read.
    r"|(?P<key>(?<![\w/.+-])(?!/)[A-Za-z0-9+/=_-]{32,}|/[A-Za-z0-9+/]{30,}=)"
    r"|(?P<phone>\+?\d[\d ().-]{6,}\d)"
)


def redacted(line: str) -> str:
    """A line with addresses, phones, pairing codes and keys replaced by what they were."""
    return _PARTS.sub(lambda found: f"[{found.lastgroup}]", line)


class RingLog:
    """A file that begins anew when it is full; the one before is kept beside it."""

    def __init__(self, path: Path, limit: int = LIMIT) -> None:
        self._path, self._limit = path, limit

    def write(self, lines: list[str]) -> None:
        text = "".join(f"{redacted(line)}\n" for line in lines).encode()
        if self._path.exists() and self._path.stat().st_size + len(text) > self._limit:
            self._path.replace(self._path.with_suffix(".old"))
        with self._path.open("ab") as opened:
            opened.write(text[-self._limit :])


class Capture:
    """Leads both outputs of this process into a folder's log, for good."""

    def __init__(self, folder: Path) -> None:
        self._raw = folder / "output.raw"
        self._log = RingLog(folder / "host.log")
        self._read = 0
        self._taking = threading.Lock()

    def begin(self, level: int = logging.INFO) -> None:
        self.take(whole=True)
        descriptor = os.open(self._raw, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for output in (1, 2):
            os.dup2(descriptor, output)
        os.close(descriptor)
        logging.basicConfig(stream=sys.stderr, level=level, force=True, format=_FORMAT, datefmt=_DATES)
        threading.Thread(target=self._run, name="log", daemon=True).start()

    def take(self, *, whole: bool = False) -> None:
        """Take over what was printed; ``whole``: an unfinished last line, too."""
        with self._taking:
            self._take(whole)

    def _take(self, whole: bool) -> None:
        if not self._raw.exists():
            return
        with self._raw.open("rb") as opened:
            opened.seek(self._read)
            fresh = opened.read()
        end = len(fresh) if whole else fresh.rfind(b"\n") + 1
        if end:
            self._log.write(fresh[:end].decode(errors="replace").splitlines())
            self._read += end
        if self._read > _RAW_LIMIT or whole:
            os.truncate(self._raw, 0)
            self._read = 0

    def _run(self) -> None:
        while True:
            time.sleep(_SECONDS)
            self.take()
