"""Packages of the operating system, through apt where we may."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping

#: What Qt's platform plugins load at run time.
QT = (
    "libegl1",
    "libgl1",
    "libglib2.0-0",
    "libfontconfig1",
    "libxkbcommon0",
    "libxkbcommon-x11-0",
    "libdbus-1-3",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-keysyms1",
    "libxcb-shape0",
    "fonts-inter",
)
TESTS = ("redis-server", "chromium", "xvfb", "fonts-noto-color-emoji", "libmagic1", *QT)

#: Packages that are as good as there when one of these programs is.
PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "redis-server": ("redis-server", "valkey-server"),
    "chromium": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "xvfb": ("Xvfb",),
}

_APT = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300")


def missing(packages: Iterable[str]) -> list[str]:
    """Those not installed. Where there is no dpkg, only those a program tells of."""
    return [package for package in packages if not _is_there(package)]


def install(packages: Iterable[str]) -> bool:
    """Install what is missing, as far as we may and it exists; whether nothing is missing now."""
    wanted = missing(packages)
    if not wanted:
        return True
    prefix = _privilege()
    if prefix is None or shutil.which("apt-get") is None:
        return False
    print(f"Installing system packages: {' '.join(wanted)}", file=sys.stderr, flush=True)
    _run(prefix, "update")
    if not _run(prefix, "install", "--yes", "--no-install-recommends", *wanted):
        # One that this system does not know must not keep the others away.
        for package in wanted:
            _run(prefix, "install", "--yes", "--no-install-recommends", package)
    return not missing(packages)


def _is_there(package: str) -> bool:
    if any(shutil.which(program) for program in PROGRAMS.get(package, ())):
        return True
    if shutil.which("dpkg-query") is None:
        return package not in PROGRAMS
    # Newer systems call some libraries by another name, and take the old one for it.
    names = [package, f"{package}t64"]
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}\\n", *names]
    told = subprocess.run(query, check=False, capture_output=True, text=True).stdout
    return "installed" in told.split()


def _privilege() -> list[str] | None:
    """What to write before a command that needs root; None when we cannot be root without asking."""
    if os.name == "nt":
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    asked = subprocess.run(["sudo", "--non-interactive", "true"], check=False, capture_output=True)
    return ["sudo", "--non-interactive"] if asked.returncode == 0 else None


def _run(prefix: list[str], *arguments: str) -> bool:
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", *_APT, *arguments]
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        print(done.stderr.strip()[-1000:], file=sys.stderr)
    return done.returncode == 0
