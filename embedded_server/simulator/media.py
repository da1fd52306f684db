"""The media shelf: uploads of businesses and attachments of simulated people, kept in memory."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

_SHELF_BYTES = 256 * 1024 * 1024
MEGABYTE = 1024 * 1024

#: Largest upload by kind of media type (providers 6).
LIMITS = {
    "image/jpeg": 5 * MEGABYTE,
    "image/png": 5 * MEGABYTE,
    "image/webp": MEGABYTE // 2,
    "audio/": 16 * MEGABYTE,
    "video/": 16 * MEGABYTE,
    "application/": 100 * MEGABYTE,
    "text/plain": 100 * MEGABYTE,
}
#: What a person sends when only the kind is named: type, file name and the smallest valid content.
SAMPLES = {
    "image": (
        "image/png",
        None,
        base64.b64decode(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
        ),
    ),
    "audio": ("audio/ogg; codecs=opus", None, b"OggS\x00\x02" + bytes(22)),
    "video": ("video/mp4", None, b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"),
    "document": ("application/pdf", "pix.pdf", b"%PDF-1.4\n%%EOF\n"),
    "sticker": (
        "image/webp",
        None,
        base64.b64decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="),
    ),
}


@dataclass(frozen=True, slots=True)
class Medium:
    id: str
    mime_type: str
    content: bytes = field(repr=False)
    filename: str | None = None

    @property
    def sha256(self) -> bytes:
        return hashlib.sha256(self.content).digest()


def limit_of(mime_type: str) -> int | None:
    """The largest size in bytes, or None for a type WhatsApp does not take."""
    return next((size for prefix, size in LIMITS.items() if mime_type.startswith(prefix)), None)


class MediaShelf:
    """Keeps the newest 256 MiB; what falls off answers like an expired id."""

    def __init__(self) -> None:
        self._media: OrderedDict[str, Medium] = OrderedDict()
        self._bytes = 0

    def put(self, mime_type: str, content: bytes, filename: str | None = None) -> Medium:
        medium = Medium(str(10**15 + secrets.randbelow(9 * 10**15)), mime_type, content, filename)
        self._media[medium.id] = medium
        self._bytes += len(content)
        while self._bytes > _SHELF_BYTES and len(self._media) > 1:
            _, oldest = self._media.popitem(last=False)
            self._bytes -= len(oldest.content)
        return medium

    def sample(self, kind: str) -> Medium:
        mime_type, filename, content = SAMPLES[kind]
        return self.put(mime_type, content, filename)

    def find(self, media_id: str) -> Medium | None:
        return self._media.get(media_id)

    def remove(self, media_id: str) -> bool:
        medium = self._media.pop(media_id, None)
        self._bytes -= len(medium.content) if medium else 0
        return medium is not None

    def clear(self) -> None:
        self._media.clear()
        self._bytes = 0
