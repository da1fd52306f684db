"""Runs a module whose WhatsApp library believes in the stand-in's certificates; Linux only.

``python -m tests.fakes.whatsapp_redirect MODULE ARGUMENTS…`` in the environment that
``WhatsAppServer.environment`` gives. ``SSL_CERT_FILE`` and ``HTTPS_PROXY`` are Go's own ways. The root of the
handshake's certificates is a constant of the library, which stands once in its writable data: it is
overwritten in this process, and the file on disk stays as it was installed.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import sys
from pathlib import Path

from neonize import _binder  # loads the library

#: WhatsApp's own root, as whatsmeow knows it (WACertPubKey).
GENUINE = bytes.fromhex("142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b")


def believe(root: bytes) -> None:
    """Must come before the first connection.

    Raises:
    LookupError: the genuine root was not found exactly once: the library has changed.
    """
    library = str(Path(_binder.gocode._name))
    places = [place for start, end in _writable(library) for place in _found(start, end)]
    if len(places) != 1:
        raise LookupError(f"{len(places)} places hold the root")
    ctypes.memmove(places[0], root, len(root))


def _writable(library: str) -> list[tuple[int, int]]:
    lines = [line.split() for line in Path("/proc/self/maps").read_text().splitlines()]
    ranges = [fields[0].split("-") for fields in lines if fields[-1] == library and "w" in fields[1]]
    return [(int(start, 16), int(end, 16)) for start, end in ranges]


def _found(start: int, end: int) -> list[int]:
    memory = ctypes.string_at(start, end - start)
    at = memory.find(GENUINE)
    return [] if at < 0 else [start + at]


if __name__ == "__main__":
    believe(bytes.fromhex(os.environ["WHATSAPP_ROOT"]))
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
