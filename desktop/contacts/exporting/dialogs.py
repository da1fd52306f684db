"""Asks where to save contacts, and shows how far the file is."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.contacts.exporting.presenter import ExportPresenter
from desktop.widgets.buttons import Kind
from desktop.widgets.dialog import Dialog
from desktop.widgets.progress import Progress
from desktop.widgets.text import Text
from embedded_server.contract.words import t, tn


class SaveDialog(QFileDialog):
    """The system's own question for a place and a name, answered by :meth:`path`."""

    def __init__(self, title: str, name: str, parent: QWidget) -> None:
        super().__init__(parent, title, str(_home()))
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setFileMode(QFileDialog.FileMode.AnyFile)
        self.setNameFilter(t("Spreadsheet (*.csv)"))
        self.setDefaultSuffix("csv")
        self.selectFile(name)

    def path(self) -> Path | None:
        chosen = self.selectedFiles()
        return Path(chosen[0]) if chosen else None


class ExportDialog(Dialog):
    """How many contacts are in the file. Closing it gives up."""

    def __init__(self, presenter: ExportPresenter, total: int, parent: QWidget) -> None:
        super().__init__(t("Exporting contacts"), parent=parent)
        self._presenter, self._total, self._is_over = presenter, total, False
        self.bar = Progress()
        self.said = Text("", "small")
        self.add(self.bar)
        self.add(self.said)
        self.stop = self.add_button(t("Cancel"), Kind.PLAIN, self.DialogCode.Rejected)
        presenter.progressed.connect(self._show)
        presenter.ended.connect(self._end)
        self.rejected.connect(self._give_up)
        self._show(0)

    def _show(self, done: int) -> None:
        self.bar.show_share(done, max(self._total, done))
        self.said.show_text(tn("{count} contact in the file", "{count} contacts in the file", done))

    def _end(self) -> None:
        self._is_over = True
        self.accept()

    def _give_up(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._presenter.cancel()


def file_name(what: str) -> str:
    """``contatos 2025-11-21.csv``"""
    return f"{what} {QDate.currentDate().toString(Qt.DateFormat.ISODate)}.csv"


def _home() -> Path:
    documents = Path.home() / "Documents"
    return documents if documents.is_dir() else Path.home()
