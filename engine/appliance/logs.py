"""Log files of the processes: rotated by size whenever their process starts."""

from __future__ import annotations

from pathlib import Path

LIMIT = 10_000_000
KEPT = 3


def rotate(path: Path, *, limit: int = LIMIT, kept: int = KEPT) -> None:
    """Move a log of ``limit`` bytes or more to ``.1``, that to ``.2`` and so on; the oldest goes."""
    if not path.exists() or path.stat().st_size < limit:
        return
    for number in range(kept - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number + 1}"))
    path.replace(path.with_name(f"{path.name}.1"))


def last_lines(path: Path, count: int = 4) -> str:
    """The end of a log on one line, for a message to a person."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4096))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return " / ".join(line.strip() for line in text.splitlines()[-count:] if line.strip())
