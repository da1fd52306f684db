"""The Python the project needs: this one, or another one of the machine."""

from __future__ import annotations

import os
import shutil
import sys

OLDEST, NEWEST = (3, 11), (3, 13)


def require() -> None:
    """Go on with this Python if it will do, else start over with a newer or older one found on the path."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            os.execv(found, [found, "-m", "installers", *sys.argv[1:]])  # noqa: S606 - a Python found on the path
    have = ".".join(map(str, sys.version_info[:2]))
    sys.exit(f"Master IA needs Python 3.11, 3.12 or 3.13; this is {have}, and no other was found.")
