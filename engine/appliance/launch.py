"""Becomes another program after tying its life to the parent's and giving up root.

Run as a script by :mod:`engine.appliance.process`, before any package is imported: standard library only.
``subprocess`` could do this in ``preexec_fn``, which may deadlock when the parent has threads.
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """``signal parent uid gid program argument…``; a uid of -1 keeps the user."""
    signal_number, parent, uid, gid = (int(argument) for argument in arguments[:4])
    program = arguments[4:]
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        # After setuid, which clears it; execve keeps it.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit("the parent died first")
    os.execv(program[0], program)  # noqa: S606 - becoming the program is the point


if __name__ == "__main__":
    main(sys.argv[1:])
