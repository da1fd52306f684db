"""The first-run secret: on the console and in a file of the machine's own user until there is an owner."""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path

from engine import accounts
from engine.context import Engine

FILE = "first-run-secret"


async def show(engine: Engine) -> str | None:
    """Leave the secret where the supervisor finds it, or remove it; returns it while it counts."""
    path = engine.settings.run_dir / FILE
    known = await asyncio.to_thread(_read, path)
    secret = await accounts.ensure_claim_secret(engine, known)
    if secret is None:
        await asyncio.to_thread(path.unlink, missing_ok=True)
    elif secret != known:
        await asyncio.to_thread(_write, path, secret)
    return secret


def hide(run_dir: Path) -> None:
    """The installation has an owner now."""
    (run_dir / FILE).unlink(missing_ok=True)


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8").strip() or None
    except OSError:
        return None


def _write(path: Path, secret: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{secret}\n")
    partial.replace(path)
