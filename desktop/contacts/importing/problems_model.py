"""Rows of a file that cannot become contacts, and why, in words."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from io import StringIO

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Signal

from desktop.contacts import wording
from desktop.widgets.cells import MUTED
from desktop.widgets.rows_model import Column, RowsModel
from embedded_server.contract.imports import ImportProblemOut
from embedded_server.contract.words import number, spoken, t

Index = QModelIndex | QPersistentModelIndex

_BOM = b"\xef\xbb\xbf"
#: A cell that begins so is run by spreadsheets as a formula; a number with its country code is none.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_PHONE = re.compile(r"\+[0-9]{6,15}")


class ProblemsModel(RowsModel[ImportProblemOut]):
    """By line. ``more_wanted`` asks for the next page."""

    more_wanted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        columns: list[Column[ImportProblemOut]] = [
            Column(t("Line"), lambda one: number(one.line), width=90, cell=MUTED),
            Column(t("What is wrong"), _wrong, stretch=3, tip=_wrong),
            Column(t("What the file says"), lambda one: one.excerpt, stretch=2, cell=MUTED, tip=_excerpt),
        ]
        super().__init__(columns, key=lambda problem: problem.line, parent=parent)
        self.has_more = False

    def canFetchMore(self, parent: Index) -> bool:
        return self.has_more and not parent.isValid()

    def fetchMore(self, parent: Index) -> None:
        self.more_wanted.emit()


def csv_of(problems: Iterable[ImportProblemOut]) -> bytes:
    """The same as a file; what a file of strangers says cannot run in a spreadsheet either."""
    out = StringIO()
    writer = csv.writer(out, delimiter="," if spoken() == "en" else ";", lineterminator="\r\n")
    writer.writerow([t("Line"), t("What is wrong"), t("What the file says")])
    for one in problems:
        writer.writerow([one.line, _safe(_wrong(one)), _safe(one.excerpt)])
    return _BOM + out.getvalue().encode()


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) and not _PHONE.fullmatch(text) else text


def _wrong(problem: ImportProblemOut) -> str:
    return wording.fault(problem.code, problem.message)


def _excerpt(problem: ImportProblemOut) -> str:
    return problem.excerpt
