"""Leads the host of a pretended number to the simulator's WhatsApp, and no other.

The simulator plays WhatsApp's server on this machine. The libraries know its real address, and trust nobody
else; so a pretended host is told of a way out (``HTTPS_PROXY``) and of an authority to believe
(``SSL_CERT_FILE``, which Go reads on Linux alone), and the root of the handshake's certificates, a constant
in the library's writable data, is overwritten in the memory of this one process. The files on disk stay as
they are installed.

No real number can come here:

- the way is only asked for where a session's row says ``simulated``, which is set when it begins and never
  changed (:mod:`engine.linked.launching`); a real host is another program, which has no code for this;
- a way is nothing but a port: its address is this machine's own, so that no word of anybody leads elsewhere;
- who comes here by mistake is lost to WhatsApp, not exposed: the proxy refuses every host but the two it
  plays, the simulator knows no keys of a real account, and the real server is out of reach.
"""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError, Kind
from engine.providers.linked import native
from engine.providers.linked.link import Start
from engine.providers.linked.protocol import EngineName

#: WhatsApp's own root, as both libraries have it.
GENUINE = bytes.fromhex("142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b")
#: Leads Node the same way.
PRELOAD = Path(__file__).with_suffix(".mjs")
THIS_MACHINE = "127.0.0.1"

_HOST = "engine.providers.linked.pretend_host"
_ROOT = re.compile(r"[0-9a-f]{64}")


class NoPretendedWay(EngineError):
    """Pretend phones work on Linux alone for now: elsewhere the WhatsApp library asks the system itself."""

    kind = Kind.UNAVAILABLE


class LibraryChanged(EngineError):
    """The WhatsApp library is another one than pretend phones were made for."""

    kind = Kind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Way:
    """Where the simulator's WhatsApp is: ``port`` of this machine; ``root`` is 32 bytes in hex."""

    port: int
    authority: str
    root: str

    def __post_init__(self) -> None:
        if not 0 < self.port < 65536 or not _ROOT.fullmatch(self.root):
            raise ValueError("that is no way to the simulator")

    @property
    def environment(self) -> dict[str, str]:
        proxy = f"http://{THIS_MACHINE}:{self.port}"
        named = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), proxy) | dict.fromkeys(
            ("NO_PROXY", "no_proxy"), ""
        )
        return named | {"SSL_CERT_FILE": self.authority, "WHATSAPP_ROOT": self.root}


def require() -> None:
    """Raises:
    NoPretendedWay: no library can be led on this system.
    """
    if sys.platform != "linux":
        raise NoPretendedWay


def lead(start: Start, engine: EngineName, way: Way) -> Start:
    """The same host, which takes the simulator for WhatsApp."""
    environment = {**start.environment, **way.environment}
    if engine is EngineName.BAILEYS:
        node, *rest = start.command
        return Start((node, "--import", PRELOAD.as_uri(), *rest), environment)
    return Start((sys.executable, "-m", _HOST, str(way.port), way.root), environment)


def believe(root: bytes) -> None:
    """Take this root for WhatsApp's own, in this process. Must come before the first connection.

    Raises:
        LibraryChanged: the genuine root was not found exactly once.
    """
    native.load()
    places = [place for start, end in _writable(native.library_name()) for place in _found(start, end)]
    if len(places) != 1:
        raise LibraryChanged
    ctypes.memmove(places[0], root, len(root))


def _writable(library: str) -> Iterator[tuple[int, int]]:
    """Where the library's data is in this process."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        fields = line.split()
        if fields[-1].endswith(f"/{library}") and "w" in fields[1]:
            start, _, end = fields[0].partition("-")
            yield int(start, 16), int(end, 16)


def _found(start: int, end: int) -> Iterator[int]:
    memory = ctypes.string_at(start, end - start)
    at = memory.find(GENUINE)
    while at >= 0:
        yield start + at
        at = memory.find(GENUINE, at + 1)
