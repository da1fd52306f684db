"""Loads the WhatsApp library only if its compiled part is the one we know, and never from the network.

neonize fetches its library from a release page when the file is missing or of another version: what runs
with a customer's keys would then be whatever that page serves. Here the file is compared with a hash before
anything of the package is run, and the code that fetches is replaced before the package can call it.

Of the package itself only two things are used: the binding of the compiled library and the shapes of its
messages. Its clients would bring image and web libraries (35 MB, two seconds) that a host has no use for.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import importlib
import importlib.util
import platform
import sys
import types
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, NoReturn

from engine.errors import EngineError, Kind

_PACKAGE = "neonize"

#: SHA-256 of the compiled library by version and file. A file that is not listed must be the one its wheel
#: recorded when it was installed.
KNOWN = {
    ("0.5.2", "neonize-linux-amd64.so"): "56b0636515068e8f8383e5448b6cfd2516ea923fa6c68ce4a2e516da96ec405d",
}

_SYSTEMS = {"Linux": ("linux", "so"), "Darwin": ("darwin", "dylib"), "Windows": ("windows", "dll")}
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class NativeUnknown(EngineError):
    """The WhatsApp library on this machine is not the one that was tested, so it is not started."""

    kind = Kind.UNAVAILABLE


class NativeMissing(EngineError):
    """The WhatsApp library is not installed for this system."""

    kind = Kind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Library:
    """``go`` is the compiled library, ``wire`` its own messages, ``e2e`` what people write to each other."""

    version: str
    go: Any
    binder: Any
    wire: Any
    e2e: Any
    web: Any
    registration: Any


@functools.cache
def load() -> Library:
    """Check, then load, once in a process.

    Raises:
        NativeMissing: the package or its compiled part is not there.
        NativeUnknown: it is not what it should be.
    """
    folder, version = _installed()
    verify(folder, version)
    _forbid_fetching(folder, version)
    binder = importlib.import_module(f"{_PACKAGE}._binder")
    return Library(
        version=version,
        go=binder.gocode,
        binder=binder,
        wire=_proto("Neonize_pb2"),
        e2e=_proto("waE2E.WAWebProtobufsE2E_pb2"),
        web=_proto("waWeb.WAWebProtobufsWeb_pb2"),
        registration=_proto("waCompanionReg.WAWebProtobufsCompanionReg_pb2"),
    )


def verify(folder: Path, version: str) -> None:
    """Raises:
    NativeMissing: there is no library for this system in the folder.
    NativeUnknown: its hash is another one than it must be.
    """
    file = folder / library_name()
    if not file.is_file():
        raise NativeMissing
    wanted = KNOWN.get((version, file.name)) or _recorded(file.name)
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != wanted:
        raise NativeUnknown


def library_name() -> str:
    """Raises:
    NativeMissing: there is none for a system like this.
    """
    system, machine = _SYSTEMS.get(platform.system()), _MACHINES.get(platform.machine().lower())
    if system is None or machine is None:
        raise NativeMissing
    return f"{_PACKAGE}-{system[0]}-{machine}.{system[1]}"


def _installed() -> tuple[Path, str]:
    """Where the package is; found without running any of it."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise NativeMissing
    return Path(next(iter(spec.submodule_search_locations))), metadata.version(_PACKAGE)


def _recorded(name: str) -> str | None:
    """The hash that the wheel itself names for a file, as hexadecimal digits."""
    record = metadata.distribution(_PACKAGE).read_text("RECORD") or ""
    for row in csv.reader(record.splitlines()):
        if row and row[0].endswith(f"/{name}") and row[1].startswith("sha256="):
            return urlsafe_b64decode(row[1].removeprefix("sha256=") + "=").hex()
    return None


def _forbid_fetching(folder: Path, version: str) -> None:
    """Before the binding is loaded; where a program loaded all of the package already, there too."""
    fetching = types.ModuleType(f"{_PACKAGE}.download")
    vars(fetching).update(__GONEONIZE_VERSION__=version, download=_refuse)
    if _PACKAGE in sys.modules:
        for name in ("download", "_binder"):
            loaded = sys.modules.get(f"{_PACKAGE}.{name}")
            if loaded is not None:
                vars(loaded)["download"] = _refuse
        return
    sys.modules[fetching.__name__] = fetching
    for name, path in ((_PACKAGE, folder), (f"{_PACKAGE}.utils", folder / "utils")):
        bare = types.ModuleType(name)
        bare.__path__ = [str(path)]
        sys.modules[name] = bare


def _refuse() -> NoReturn:
    raise NativeMissing


def _proto(name: str) -> Any:
    return importlib.import_module(f"{_PACKAGE}.proto.{name}")
