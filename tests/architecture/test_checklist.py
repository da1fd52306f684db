"""The desktop's checklist says of each point whether it holds, and names tests that really are there."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import ROOT

CHECKLIST = ROOT / "tests" / "desktop" / "CHECKLIST.md"
_ROW = re.compile(r"^\| (\d+) \| (.+?) \| (\w+) \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"`(test_\w+\.py)::(test_\w+)`")

ROWS = {
    int(number): (stands, shown) for number, _, stands, shown in _ROW.findall(CHECKLIST.read_text("utf-8"))
}


def test_no_point_is_missing() -> None:
    assert sorted(ROWS) == list(range(1, 51))
    assert {stands for stands, _ in ROWS.values()} <= {"holds", "partly", "later"}


@pytest.mark.parametrize("number", ROWS)
def test_what_holds_is_shown_by_tests_that_exist(number: int) -> None:
    stands, shown = ROWS[number]
    named = _TEST.findall(shown)
    missing = [name for file, name in named if f"def {name}(" not in _source(file)]

    assert missing == []
    assert stands != "holds" or named or "tests.benchmarks" in shown


def _source(file: str) -> str:
    return (ROOT / "tests" / "desktop" / file).read_text("utf-8")
