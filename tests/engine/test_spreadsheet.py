"""Cells a spreadsheet cannot calculate with, and files it can open (case IN-09)."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.spreadsheet import BOM, csv_row, safe_cell


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://evil.example")',
        "-2+3+cmd|' /C calc'!A0",
        "+55 11 98888-1234",
        "@SUM(1+1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1+1",
        "+12345",
        "+5511988881234 =1",
        "+5511988881234\n",
        "+٥٥١١٩٨٨٨٨",
    ],
)
def test_in_09_what_could_be_a_formula_becomes_text(text: str) -> None:
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["", "Ana", "+5511988881234", "+123456", "1-2", "a=b", "ana@loja.example"])
def test_in_09_what_cannot_be_a_formula_stays(text: str) -> None:
    assert safe_cell(text) == text


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1), st.sampled_from(",;"))
def test_a_row_comes_back_as_its_safe_cells(cells: list[str], separator: str) -> None:
    read = list(csv.reader(StringIO(csv_row(cells, separator).decode(), newline=""), delimiter=separator))

    assert read == [[safe_cell(cell) for cell in cells]]


def test_nothing_is_an_empty_cell_and_the_file_says_its_encoding() -> None:
    assert csv_row([None, 3, "São; Paulo"], ";") == ';3;"São; Paulo"\r\n'.encode()
    assert BOM.decode("utf-8-sig") == ""
