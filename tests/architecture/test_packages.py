"""An installed package has what is no Python: the second engine with what it is built from, words, tokens."""

from __future__ import annotations

import tomllib
from pathlib import Path

from engine.providers.linked.baileys.program import BUNDLE, SIDECAR

ROOT = Path(__file__).parents[2]


def shipped(package: str) -> list[str]:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns: list[str] = told["tool"]["setuptools"]["package-data"][package]
    return patterns


def test_the_second_engine_is_shipped_with_its_sources_and_notices() -> None:
    home = SIDECAR.parent
    needed = [BUNDLE, home / "NOTICE.md", *SIDECAR.glob("package*.json"), *SIDECAR.glob("src/*.mjs")]
    patterns = shipped("engine.providers.linked.baileys")

    left_out = [file for file in needed if not any(file.match(str(home / each)) for each in patterns)]

    assert (left_out, len(needed) > 10) == ([], True)


def test_the_notices_name_the_versions_that_are_bundled() -> None:
    notices = (SIDECAR.parent / "NOTICE.md").read_text(encoding="utf-8")
    lock = (SIDECAR / "package-lock.json").read_text(encoding="utf-8")
    for name in ("@whiskeysockets/baileys", "libsignal", "whatsapp-rust-bridge"):
        pinned = lock.split(f'"node_modules/{name}": {{')[1].split('"version": "')[1].split('"')[0]
        assert f"{name} {pinned}" in notices
