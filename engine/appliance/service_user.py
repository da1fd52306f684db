"""The unprivileged user the database runs as when the appliance runs as root."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

from engine.appliance.process import User
from engine.errors import EngineError, Kind

if sys.platform != "win32":
    import pwd

NAME = "masteria"

_ACL = "system.posix_acl_access"
_ACL_VERSION = struct.pack("<I", 2)
_ENTRY = struct.Struct("<HHI")
_USER_OBJ, _USER, _GROUP_OBJ, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
_EXECUTE = 0x1
_NO_ID = 0xFFFFFFFF


class NoServiceUser(EngineError):
    """PostgreSQL refuses to run as root, and the system user "masteria" could not be created for it."""

    kind = Kind.UNAVAILABLE


class Unreachable(EngineError):
    """The system user "masteria" cannot reach this folder."""

    kind = Kind.UNAVAILABLE


def needed() -> User | None:
    """The user PostgreSQL must run as, created if absent; None when we are not root.

    Raises:
        NoServiceUser: it is absent and this system has no way to add it.
    """
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    if (user := _find()) is None:
        _create()
        user = _find()
    if user is None:
        raise NoServiceUser
    return user


def open_path(folder: Path, user: User) -> None:
    """Let ``user`` pass through every parent of ``folder``: an ACL entry for it alone, on those closed to it.

    Nothing becomes listable, and no other user gains anything.

    Raises:
        Unreachable: a parent is closed and its file system keeps no ACLs.
    """
    for parent in reversed(folder.resolve().parents):
        status = parent.stat()
        owned = status.st_uid == user.uid and status.st_mode & 0o100
        if owned or status.st_mode & 0o001:
            continue
        try:
            _grant_passage(parent, user, status.st_mode)
        except OSError as error:
            raise Unreachable(
                f'The system user "{NAME}" cannot reach {folder}: {parent} is closed.'
            ) from error


def _find() -> User | None:
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        return None
    return User(NAME, entry.pw_uid, entry.pw_gid)


def _create() -> None:
    if shutil.which("useradd"):
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        command += ["--shell", shutil.which("nologin") or "/bin/false", NAME]
    elif shutil.which("adduser"):  # Alpine and other BusyBox systems
        command = ["adduser", "-S", "-D", "-H", "-s", "/bin/false", NAME]
    else:
        return
    # A second appliance may be adding it this instant, so only the look-up afterwards decides.
    subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - constant words


def _grant_passage(folder: Path, user: User, mode: int) -> None:
    """The kernel's own ACL format, since the ``setfacl`` program is seldom installed."""
    if sys.platform != "linux":
        raise OSError("no POSIX ACLs here")
    entries = _entries(folder, mode)
    mask = entries.get((_MASK, _NO_ID), entries[_GROUP_OBJ, _NO_ID])
    entries[_USER, user.uid] = entries.get((_USER, user.uid), 0) | _EXECUTE
    entries[_MASK, _NO_ID] = mask | _EXECUTE
    packed = b"".join(_ENTRY.pack(tag, rights, who) for (tag, who), rights in sorted(entries.items()))
    os.setxattr(folder, _ACL, _ACL_VERSION + packed)


def _entries(folder: Path, mode: int) -> dict[tuple[int, int], int]:
    try:
        stored = os.getxattr(folder, _ACL)
    except OSError:
        triplet = ((_USER_OBJ, mode >> 6), (_GROUP_OBJ, mode >> 3), (_OTHER, mode))
        return {(tag, _NO_ID): rights & 0o7 for tag, rights in triplet}
    found = _ENTRY.iter_unpack(stored[len(_ACL_VERSION) :])
    return {(tag, who): rights for tag, rights, who in found}
