"""Files of contacts as the world sends them: every encoding, every slip, in bounded memory (IN-08)."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from engine.contacts.importing import reader
from engine.contacts.importing.table import FileRefused, FileTooLarge, NothingInside, TooManyColumns

HEADER = "nome;telefone\n"


def write(tmp_path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = tmp_path / "lista.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def rows(path: Path) -> list[list[str]]:
    return [row for block in reader.read(path, reader.inspect(path).layout) for row in block.rows if any(row)]


def problems(path: Path) -> list[tuple[int, str]]:
    blocks = reader.read(path, reader.inspect(path).layout)
    return [(problem.line, problem.code) for block in blocks for problem in block.problems]


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "iso8859-15", "mac-roman"],
)
def test_in_08_every_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    lines = "".join(f"João Conceição {n};1199999{n:04d}\n" for n in range(300))

    found = rows(write(tmp_path, HEADER + lines, encoding))

    assert found[0] == ["João Conceição 0", "11999990000"]
    assert len(found) == 300


def test_in_08_stray_windows_bytes_in_a_unicode_file_are_read(tmp_path: Path) -> None:
    lines = "".join(f"João {n};11\n" for n in range(50)).encode()
    content = HEADER.encode() + lines + "José;11\n".encode("cp1252") + lines

    assert ["José", "11"] in rows(write(tmp_path, content))
    assert ["João 7", "11"] in rows(write(tmp_path, content))


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    line = delimiter.join(["nome", "telefone"]) + "\n" + delimiter.join(["Ana", "11 99999-8888"]) + "\n"

    assert rows(write(tmp_path, line)) == [["Ana", "11 99999-8888"]]
    assert rows(write(tmp_path, f"sep={delimiter}\r\n{line}")) == [["Ana", "11 99999-8888"]]


def test_in_08_mixed_line_ends_nul_and_form_feeds_make_no_extra_rows(tmp_path: Path) -> None:
    content = "nome;telefone\r\nAna\0;11\rBia\x0c;12\nCaio\u2028;13\r\n\r\n;\nDani;14"

    found = rows(write(tmp_path, content))

    assert found == [["Ana", "11"], ["Bia\x0c", "12"], ["Caio\u2028", "13"], ["Dani", "14"]]


def test_a_cell_in_quotes_may_span_lines(tmp_path: Path) -> None:
    content = 'nome;telefone\n"Ana ""Aninha""\nPrado";11\nBia;12\n'

    assert rows(write(tmp_path, content)) == [['Ana "Aninha"\nPrado', "11"], ["Bia", "12"]]
    assert problems(write(tmp_path, content)) == []


def test_in_08_an_unclosed_quote_costs_one_row(tmp_path: Path) -> None:
    lines = [f"Ana {n};11" for n in range(30_000)]
    lines[5], lines[20_000], lines[29_990] = '"Bia;12', 'Cris;"13', '"Dani;14'
    path = write(tmp_path, HEADER + "\n".join(lines))

    assert problems(path) == [
        (7, "row_unbalanced_quote"),
        (20_002, "row_unbalanced_quote"),
        (29_992, "row_unbalanced_quote"),
    ]
    assert len(rows(path)) == 29_997


def test_an_inch_sign_is_no_quote(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + 'Cano 5";11\nAna;12\nTubo 3";13')

    assert [row[0] for row in rows(path)] == ['Cano 5"', "Ana", 'Tubo 3"']
    assert problems(path) == []


def test_in_08_a_huge_cell_costs_one_row(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "Ana;11\n" + "x" * 200_000 + ";12\nBia;13\n")

    assert problems(path) == [(3, "row_cell_too_long")]
    assert [row[0] for row in rows(path)] == ["Ana", "Bia"]


def test_in_08_a_line_without_end_costs_one_row(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "Ana;11\n" + "x," * 3_000_000 + "\nBia;13\n")

    assert problems(path) == [(3, "row_line_too_long")]
    assert [row[0] for row in rows(path)] == ["Ana", "Bia"]


@pytest.mark.parametrize("content", ["", "\n\n \n", ";;;\n"])
def test_an_empty_file_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(NothingInside):
        reader.inspect(write(tmp_path, content))


def test_in_08_fifty_thousand_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TooManyColumns):
        reader.inspect(write(tmp_path, ";".join(f"c{n}" for n in range(50_000)) + "\n"))


@pytest.mark.parametrize(
    "content",
    [bytes(range(256)) * 40, bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, b"PK\x03\x04 no workbook"],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path, content)

    with pytest.raises(FileRefused):
        reader.inspect(path)


def test_a_list_without_a_header_loses_no_row(tmp_path: Path) -> None:
    path = write(tmp_path, "Ana;11 99999-8888\nBia;11 99999-7777\n")

    assert reader.inspect(path).layout.columns == ("A", "B")
    assert [row[0] for row in rows(path)] == ["Ana", "Bia"]


def test_in_08_a_gigabyte_on_one_line_needs_little_memory(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "Ana;11\n")
    with path.open("ab") as file:
        for _ in range(64):
            file.write(b"x" * (1 << 24))
    program = [sys.executable, "-c", GIGABYTE, str(path)]

    told = subprocess.run(program, capture_output=True, text=True, check=True)
    path.unlink()

    rows, code, megabytes = told.stdout.split()
    assert (rows, code) == ("1", "row_line_too_long")
    assert int(megabytes) < 300


#: The peak of this process alone: what ``getrusage`` tells begins with the peak of whoever started it.
GIGABYTE = """
import re, sys
from pathlib import Path
from engine.contacts.importing import reader
path = Path(sys.argv[1])
blocks = list(reader.read(path, reader.inspect(path).layout))
print(sum(len(block.rows) for block in blocks), *(p.code for block in blocks for p in block.problems))
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def a_workbook(tmp_path: Path, *lines: list[object]) -> Path:
    book, path = Workbook(), tmp_path / "lista.xlsx"
    for line in lines:
        book.active.append(line)
    book.save(path)
    return path


def test_a_workbook_is_read_with_its_types(tmp_path: Path) -> None:
    path = a_workbook(
        tmp_path,
        ["nome", "telefone", "desde", "vip"],
        ["Ana", 11999998888, datetime(2024, 5, 1), True],  # noqa: DTZ001 - as Excel has it
        [],
        ["Bia", 11999997777.0, None, None],
    )

    assert rows(path) == [["Ana", "11999998888", "2024-05-01", "sim"], ["Bia", "11999997777"]]
    assert [line for block in reader.read(path, reader.inspect(path).layout) for line in block.lines] == [
        2,
        4,
    ]


def test_in_08_an_archive_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "lista.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/sharedStrings.xml", "w") as entry,
    ):
        for _ in range(120):
            entry.write(b" " * 1_048_576)

    with pytest.raises(FileTooLarge):
        reader.inspect(path)


def test_an_entity_bomb_in_a_workbook_is_refused(tmp_path: Path) -> None:
    good = a_workbook(tmp_path, ["nome", "telefone"], ["Ana", "11"])
    bad = io.BytesIO()
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as target:
        for name in source.namelist():
            target.writestr(name, bomb if "sheet1" in name else source.read(name))

    with pytest.raises(FileRefused):
        reader.inspect(write(tmp_path, bad.getvalue()))
