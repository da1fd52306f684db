"""``python -m desktop``: says what is missing before Qt is touched, shows a window, then loads the rest."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

from embedded_server.contract import words
from embedded_server.contract.words import t

#: No Qt in them, and most of what has to be loaded.
_BESIDE = ("api", "live", "credentials", "appliance")
_NEEDED = ("PySide6-Essentials", "qasync", "lucide", "segno")


def refusal() -> str:
    """Why the window cannot be opened with what is installed here, in a sentence; empty when it can."""
    try:
        versions = {name: version(name) for name in _NEEDED}
    except PackageNotFoundError as missing:
        return t(
            "The window needs the package {name}. Install it with: pip install 'master-ia[desktop]'",
            name=missing.name,
        )
    qt = versions["PySide6-Essentials"]
    # There every call that returns nothing takes a reference of None away, until Python aborts.
    if qt.startswith("6.12.") and sys.version_info < (3, 12):
        return t(
            "PySide6 {version} crashes on Python {python}. Install PySide6-Essentials 6.11 or Python 3.12.",
            version=qt,
            python=".".join(map(str, sys.version_info[:2])),
        )
    return ""


def fetch() -> None:
    """What can be loaded beside the painting of the window."""
    for name in _BESIDE:
        import_module(f"desktop.client.{name}")


def main() -> int:
    """The exit code."""
    words.use(words.of_system())
    if problem := refusal():
        sys.stderr.write(problem + "\n")
        return 1
    # Only now: where something is missing, importing it would end in a trace.
    run = import_module("desktop.shell.frame").run
    return int(run(fetch, lambda: import_module("desktop.app").run))


if __name__ == "__main__":
    sys.exit(main())
