"""How large a picture is and how long a recording: a client leaves the right room before it has the file."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

#: A camera's JPEG may carry a preview and a color profile before its own size.
_HEAD = 512 * 1024
#: An Ogg page is at most this long, so the last one begins here.
_TAIL = 65_307
_OPUS_RATE = 48_000
#: More than this is no picture a person sent, and no recording.
_LARGEST, _LONGEST = 65_535, 7 * 24 * 3600

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Measures:
    """Pixels of a picture, seconds of a recording; None where it is neither or cannot be told."""

    width: int | None = None
    height: int | None = None
    seconds: float | None = None


def measure(path: Path, mime: str) -> Measures:
    """Reads a piece of the file: call it off the event loop. Nothing here raises for what is in the file."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
        file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
        tail = file.read()
    if mime == "audio/ogg":
        return Measures(seconds=_ogg_seconds(head, tail))
    size = _READERS[mime](head) if mime in _READERS else None
    if size is None or not all(0 < side <= _LARGEST for side in size):
        return Measures()
    return Measures(*size)


def _png(head: bytes) -> Size | None:
    return (_big(head, 16, 4), _big(head, 20, 4)) if head[12:16] == b"IHDR" and len(head) >= 24 else None


def _gif(head: bytes) -> Size | None:
    return (_little(head, 6, 2), _little(head, 8, 2)) if head[:4] == b"GIF8" and len(head) >= 10 else None


def _jpeg(head: bytes) -> Size | None:
    """Segment by segment to the frame header, which is any of C0 to CF but three that mean something else."""
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:
        marker, length = head[at + 1], _big(head, at + 2, 2)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return _big(head, at + 7, 2), _big(head, at + 5, 2)
        at += 1 if marker == 0xFF else 2 + length
    return None


def _webp(head: bytes) -> Size | None:
    match head[12:16]:
        case b"VP8X" if len(head) >= 30:
            return 1 + _little(head, 24, 3), 1 + _little(head, 27, 3)
        case b"VP8 " if len(head) >= 30:
            return _little(head, 26, 2) & 0x3FFF, _little(head, 28, 2) & 0x3FFF
        case b"VP8L" if len(head) >= 25:
            bits = _little(head, 21, 4)
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return None


def _ogg_seconds(head: bytes, tail: bytes) -> float | None:
    """The position of the last page, counted in samples, without what a decoder throws away at the start."""
    opus, vorbis, last = head.find(b"OpusHead"), head.find(b"\x01vorbis"), tail.rfind(b"OggS")
    if last < 0 or last + 14 > len(tail):
        return None
    samples = _little(tail, last + 6, 8)
    if opus >= 0:
        seconds = (samples - _little(head, opus + 10, 2)) / _OPUS_RATE
    elif vorbis >= 0 and (rate := _little(head, vorbis + 12, 4)):
        seconds = samples / rate
    else:
        return None
    return round(seconds, 1) if 0 < seconds <= _LONGEST else None


def _big(raw: bytes, at: int, length: int) -> int:
    return int.from_bytes(raw[at : at + length], "big")


def _little(raw: bytes, at: int, length: int) -> int:
    return int.from_bytes(raw[at : at + length], "little")


_READERS: dict[str, Callable[[bytes], Size | None]] = {
    "image/png": _png,
    "image/gif": _gif,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
}
