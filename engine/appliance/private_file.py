"""Small files only their owner may read, replaced whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any


def make_folder(folder: Path) -> None:
    """Create a folder for its owner alone. One that exists keeps its mode: somebody chose it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write with mode 0600; after a power cut the file holds the old or the new content, never a piece."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read_json(path: Path) -> dict[str, Any] | None:
    """The content, or None when the file is absent or not an object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
