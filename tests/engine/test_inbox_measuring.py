"""What a file says of its own size, and what is said of one that lies."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from engine.inbox.measuring import Measures, measure

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 640, 480)
GIF = b"GIF89a" + struct.pack("<HH", 32, 16)
#: A thumbnail in APP1, then the frame.
JPEG = b"\xff\xd8\xff\xe1\x00\x08abcdef\xff\xff\xc2\x00\x11\x08" + struct.pack(">HH", 1080, 810) + b"\0" * 9
WEBP_LOSSY = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 300, 200)
WEBP_LOSSLESS = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + struct.pack("<I", 299 | 199 << 14)
WEBP_LARGE = b"RIFF\0\0\0\0WEBPVP8X" + b"\0" * 8 + b"\x2b\x01\0\xc7\0\0"
OPUS = b"OggS\0\x02" + b"\0" * 22 + b"OpusHead\x01\x01" + struct.pack("<H", 312)
VORBIS = b"OggS\0\x02" + b"\0" * 22 + b"\x01vorbis\0\0\0\0\x01" + struct.pack("<I", 44_100)


def last_page(samples: int) -> bytes:
    return b"." * 70_000 + b"OggS\0\x04" + struct.pack("<Q", samples) + b"\0" * 20


@pytest.mark.parametrize(
    ("content", "mime", "expected"),
    [
        (PNG, "image/png", Measures(640, 480)),
        (GIF, "image/gif", Measures(32, 16)),
        (JPEG, "image/jpeg", Measures(810, 1080)),
        (WEBP_LOSSY, "image/webp", Measures(300, 200)),
        (WEBP_LOSSLESS, "image/webp", Measures(300, 200)),
        (WEBP_LARGE, "image/webp", Measures(300, 200)),
        (OPUS + last_page(312 + 48_000 * 32), "audio/ogg", Measures(seconds=32.0)),
        (VORBIS + last_page(44_100 * 3 // 2), "audio/ogg", Measures(seconds=1.5)),
    ],
)
def test_a_file_tells_how_much_room_it_needs(tmp_path: Path, content, mime, expected) -> None:
    (path := tmp_path / "file").write_bytes(content)

    assert measure(path, mime) == expected


@pytest.mark.parametrize(
    "mime", ["image/png", "image/gif", "image/jpeg", "image/webp", "audio/ogg", "video/mp4"]
)
@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8", PNG[:18], JPEG[:15], b"OggS", b"RIFF\0\0\0\0WEBPVP8X", b"\xff" * 40]
)
def test_what_is_no_such_file_has_no_size(tmp_path: Path, content, mime) -> None:
    (path := tmp_path / "file").write_bytes(content)

    assert measure(path, mime) == Measures()


def test_no_recording_lasts_a_thousand_years(tmp_path: Path) -> None:
    (path := tmp_path / "file").write_bytes(OPUS + last_page(2**63))

    assert measure(path, "audio/ogg").seconds is None
