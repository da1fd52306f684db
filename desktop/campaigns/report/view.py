"""The report on the screen: a filter, a search by number, the rows, and the file to take along."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QDir, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.campaigns.report.presenter import ReportPresenter
from desktop.campaigns.report.report_model import standing
from desktop.shell.async_view import AsyncView
from desktop.widgets.buttons import Button
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.fields import SearchField, Select
from desktop.widgets.layouts import STRETCH, column, holder, row
from desktop.widgets.progress import Progress
from desktop.widgets.skeleton import Skeleton
from desktop.widgets.table import Table, framed
from desktop.widgets.text import Text
from embedded_server.contract.campaigns import LedgerOut, StandingName
from embedded_server.contract.words import number, t

_ROW = 56


class ReportView(QWidget):
    """``contact_wanted`` carries the id of a contact whose row was opened."""

    contact_wanted = Signal(object)

    def __init__(self, presenter: ReportPresenter) -> None:
        super().__init__()
        self.presenter = presenter
        self._name, self._counts = "", dict[StandingName, int]()
        self._planned = 0
        self._build()
        self._wire()
        self.content.follow(presenter)

    def show_ledger(self, name: str, ledger: LedgerOut) -> None:
        """The words of the filter with how many are behind each."""
        self._name, self._planned = name, ledger.planned
        self._counts = {word: _count(ledger, word) for word in StandingName}
        items: list[tuple[object, str]] = [(None, t("Everybody ({count})", count=number(ledger.planned)))]
        items += [(word, _item(word, self._counts[word])) for word in StandingName]
        self.filter.show_items(items)

    def start_over(self) -> None:
        self.filter.choose(None)
        self.search.clear()

    def _build(self) -> None:
        self.filter = Select([(None, t("Everybody ({count})", count=number(0)))])
        self.filter.setAccessibleName(t("Filter by status"))
        self.filter.setMinimumWidth(220)
        self.search = SearchField(t("Search by number"))
        self.search.setMaximumWidth(260)
        self.save = Button(t("Export CSV"), icon="download")
        self.save.setVisible(self.presenter.may_export)
        self.progress, self.far = Progress(), Text(role="small")
        self.stop = Button(t("Cancel"))
        self.saving = holder(row(self.progress, self.far, self.stop, gap="m"))
        self.saving.hide()
        self.table = Table(row_height=_ROW, pane="raised")
        self.table.setAccessibleName(t("Recipients"))
        self.table.show_rows(self.presenter.model)
        self.empty = EmptyState("users", t("Nobody here"), t("Nobody stands under this word or number."))
        self.content = AsyncView(
            framed(self.table), self.empty, skeleton=Skeleton(row_height=_ROW, avatar=False)
        )
        head = row(self.filter, self.search, STRETCH, self.save, gap="m")
        whole = column(head, self.saving, self.content, gap="m")
        whole.setStretch(2, 1)
        self.setLayout(whole)

    def _wire(self) -> None:
        presenter = self.presenter
        self.filter.chosen.connect(lambda word: presenter.filter(word if word else None))
        self.search.searched.connect(presenter.search)
        self.table.near_end.connect(presenter.more)
        self.table.opened.connect(self._open)
        self.content.retry.connect(presenter.reload)
        self.save.clicked.connect(self._ask_where)
        self.stop.clicked.connect(presenter.cancel_export)
        presenter.exporting.connect(self._show_far)
        presenter.ended.connect(self._on_ended)

    def _open(self, key: object) -> None:
        recipient = self.presenter.model.find(key)
        if recipient is not None and recipient.contact_id is not None:
            self.contact_wanted.emit(recipient.contact_id)

    def _ask_where(self) -> None:
        self.dialog = QFileDialog(
            self, t("Export report"), QDir.homePath(), t("CSV for spreadsheets (*.csv)")
        )
        self.dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.dialog.setDefaultSuffix("csv")
        self.dialog.selectFile(f"{_file_name(self._name)}.csv")
        self.dialog.fileSelected.connect(self._export)
        self.dialog.finished.connect(self.dialog.deleteLater)
        self.dialog.open()

    def _export(self, path: str) -> None:
        word = self.presenter.status
        self.presenter.export(Path(path), self._counts.get(word, 0) if word else self._planned)

    def _show_far(self, done: int, total: int) -> None:
        self.saving.show()
        self.save.setEnabled(False)
        self.progress.show_share(done, total)
        self.far.show_text(t("{done} of {total}", done=number(done), total=number(total)))

    def _on_ended(self) -> None:
        self.saving.hide()
        self.save.setEnabled(True)


def _item(word: StandingName, count: int) -> str:
    return f"{t(standing(word).message)} ({number(count)})"


def _count(ledger: LedgerOut, word: StandingName) -> int:
    value = getattr(ledger, word.value)
    return sum(value.values()) if isinstance(value, dict) else int(value)


def _file_name(name: str) -> str:
    """The campaign's name without what no file system takes."""
    return "".join("-" if c in '\\/:*?"<>|' or not c.isprintable() else c for c in name).strip(". ")[:100]
