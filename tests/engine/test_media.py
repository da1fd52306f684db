"""Files are told by their bytes and kept under names of ours."""

from __future__ import annotations

import os
from uuid import uuid4

import pytest

from engine.media import HEAD, LocalStore, MediaMissing, sniff

OFFICE = b"PK\x03\x04" + b"\x00" * 22 + b"[Content_Types].xml" + b"\x00" * 30
KNOWN = {
    "jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "png": b"\x89PNG\r\n\x1a\n\x00\x00",
    "gif": b"GIF89a",
    "webp": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    "ogg": b"OggS\x00\x02" + b"\x00" * 22 + b"OpusHead",
    "mp3": b"ID3\x03\x00",
    "aac": b"\xff\xf1\x50\x80",
    "amr": b"#!AMR\n",
    "m4a": b"\x00\x00\x00\x20ftypM4A ",
    "mp4": b"\x00\x00\x00\x20ftypisom",
    "3gp": b"\x00\x00\x00\x20ftyp3gp4",
    "pdf": b"%PDF-1.7",
    "docx": OFFICE + b"word/document.xml",
    "xlsx": OFFICE + b"xl/workbook.xml",
    "txt": "Olá, mundo".encode(),
}


@pytest.mark.parametrize(("extension", "head"), KNOWN.items(), ids=KNOWN.keys())
def test_a_known_file_is_told_by_its_first_bytes(extension, head) -> None:
    assert sniff(head).extension == extension


@pytest.mark.parametrize(
    "head", [b"", b"MZ\x90\x00", b"\x7fELF\x02", b"PK\x03\x04\x00\x00evil.exe", b"\xfe\xff\x00a"]
)
def test_anything_else_is_only_bytes(head) -> None:
    assert sniff(head).mime == "application/octet-stream"


@pytest.mark.parametrize(
    "head", [b"<svg onload=alert(1)>", b"<!doctype html><script>", b"<?xml version='1.0'?>"]
)
def test_markup_is_never_shown_beside_our_pages(head) -> None:
    found = sniff(head)
    assert (found.mime, found.is_inline) == ("text/plain", False)


def test_a_text_cut_within_a_character_is_still_a_text() -> None:
    assert sniff(("x" * (HEAD - 1) + "é").encode()[:HEAD]).extension == "txt"


def test_a_kept_file_has_a_name_of_ours_and_is_nobody_elses(tmp_path) -> None:
    store, company_id = LocalStore(tmp_path / "media"), uuid4()
    incoming = store.incoming(company_id)
    incoming.write_bytes(KNOWN["png"])

    relative, found = store.keep(company_id, incoming, "ab" * 32)

    path = store.path(company_id, relative)
    assert (path.suffix, path.parent.name, found.mime) == (".png", "ab", "image/png")
    assert path.read_bytes() == KNOWN["png"]
    assert not incoming.exists()
    if os.name != "nt":
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("outside", ["../x", "/etc/passwd", "../../other/ab/x.png", "ab/../../x", ""])
def test_no_path_leads_out_of_the_companys_folder(tmp_path, outside) -> None:
    (tmp_path / "media" / "x").parent.mkdir()
    (tmp_path / "media" / "x").write_bytes(b"secret")

    with pytest.raises(MediaMissing):
        LocalStore(tmp_path / "media").path(uuid4(), outside)


def test_what_a_dead_download_left_is_cleared(tmp_path) -> None:
    store, company_id = LocalStore(tmp_path / "media"), uuid4()
    store.incoming(company_id)

    assert store.clear_incoming() == 1
    assert store.clear_incoming() == 0
