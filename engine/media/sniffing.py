"""What a file is, by its own first bytes: what its sender calls it is not believed."""

from __future__ import annotations

from dataclasses import dataclass

#: Bytes of a file's beginning that :func:`sniff` looks at.
HEAD = 4096


@dataclass(frozen=True, slots=True)
class FileType:
    """``is_inline`` tells that a browser may show it beside our pages; everything else is only downloaded."""

    mime: str
    extension: str
    is_inline: bool = False


UNKNOWN = FileType("application/octet-stream", "bin")

_JPEG = FileType("image/jpeg", "jpg", is_inline=True)
_PNG = FileType("image/png", "png", is_inline=True)
_GIF = FileType("image/gif", "gif", is_inline=True)
_WEBP = FileType("image/webp", "webp", is_inline=True)
_OGG = FileType("audio/ogg", "ogg", is_inline=True)
_MP3 = FileType("audio/mpeg", "mp3", is_inline=True)
_AAC = FileType("audio/aac", "aac", is_inline=True)
_AMR = FileType("audio/amr", "amr")
_M4A = FileType("audio/mp4", "m4a", is_inline=True)
_MP4 = FileType("video/mp4", "mp4", is_inline=True)
_3GP = FileType("video/3gpp", "3gp")
_PDF = FileType("application/pdf", "pdf")
_TEXT = FileType("text/plain", "txt")
_OLD_OFFICE = FileType("application/x-ole-storage", "doc")

_STARTS: tuple[tuple[bytes, FileType], ...] = (
    (b"\xff\xd8\xff", _JPEG),
    (b"\x89PNG\r\n\x1a\n", _PNG),
    (b"GIF87a", _GIF),
    (b"GIF89a", _GIF),
    (b"OggS", _OGG),
    (b"ID3", _MP3),
    (b"#!AMR", _AMR),
    (b"%PDF-", _PDF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLD_OFFICE),
)
#: Every byte that may stand in a text.
_PRINTED = bytes([*b"\t\n\r\f", *range(0x20, 0x7F), *range(0x80, 0x100)])
#: Folders of the three kinds of office documents inside their ZIP.
_OFFICE = (
    (b"word/", "wordprocessingml.document", "docx"),
    (b"xl/", "spreadsheetml.sheet", "xlsx"),
    (b"ppt/", "presentationml.presentation", "pptx"),
)


def sniff(head: bytes) -> FileType:
    """The type of a file that begins with ``head``; :data:`UNKNOWN` unless it is one of those we know."""
    for start, found in _STARTS:
        if head.startswith(start):
            return found
    return _riff(head) or _iso(head) or _office(head) or _audio_frame(head) or _text(head) or UNKNOWN


def _riff(head: bytes) -> FileType | None:
    return _WEBP if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else None


def _iso(head: bytes) -> FileType | None:
    """MP4 and its relatives name themselves after a length of four bytes."""
    if head[4:8] != b"ftyp":
        return None
    brand = head[8:12]
    if brand in (b"M4A ", b"M4B "):
        return _M4A
    return _3GP if brand.startswith((b"3gp", b"3g2")) else _MP4


def _office(head: bytes) -> FileType | None:
    if head[:4] != b"PK\x03\x04" or not (b"[Content_Types].xml" in head or b"_rels/" in head):
        return None
    for folder, kind, extension in _OFFICE:
        if folder in head:
            return FileType(f"application/vnd.openxmlformats-officedocument.{kind}", extension)
    return None


def _audio_frame(head: bytes) -> FileType | None:
    """Frames of AAC (ADTS) and of MP3 without a tag begin with eleven or twelve set bits."""
    if len(head) < 2 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    if head[1] & 0xF6 == 0xF0:
        return _AAC
    return _MP3 if head[1] & 0x06 == 0x02 else None


def _text(head: bytes) -> FileType | None:
    if not head or head.translate(None, _PRINTED) != b"":
        return None
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The last character may have been cut in two.
        if error.start < len(head) - 3 or len(head) < HEAD:
            return None
    return _TEXT
