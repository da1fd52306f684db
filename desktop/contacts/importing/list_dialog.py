"""Every import there was: what became of it, and the way back into it."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.contacts.importing.presenter import WORKING, ImportsPresenter
from desktop.contacts.importing.progress_step import counts_text
from desktop.shell.async_view import AsyncView
from desktop.widgets import formats
from desktop.widgets.buttons import Kind
from desktop.widgets.cells import MUTED, BadgeCell, NameCell
from desktop.widgets.dialog import Dialog
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.rows_model import Column, RowsModel
from desktop.widgets.table import Table, framed
from embedded_server.contract import labels
from embedded_server.contract.imports import ImportOut
from embedded_server.contract.words import t

_HEIGHT = 360


class ImportsDialog(Dialog):
    """``opened`` carries the id of an import, ``new_wanted`` asks for a new one."""

    opened = Signal(object)
    new_wanted = Signal()

    def __init__(self, presenter: ImportsPresenter, parent: QWidget) -> None:
        super().__init__(t("Imports"), width=760, parent=parent)
        self._presenter = presenter
        self.model = RowsModel(_columns(), key=lambda job: job.id, parent=self)
        self.table = Table(row_height=56, pane="raised")
        self.table.show_rows(self.model)
        self.table.setAccessibleName(t("Imports"))
        empty = EmptyState(
            "file-spreadsheet",
            t("No imports yet"),
            t("Lists from spreadsheets show up here, with what became of each row."),
            action=t("Import contacts"),
        )
        self.pages = AsyncView(framed(self.table), empty)
        self.pages.setMinimumHeight(_HEIGHT)
        self.body.addWidget(self.pages, 1)
        self.new = self.add_button(t("Import another file"), Kind.PLAIN)
        self.add_button(t("Close"), Kind.PRIMARY, self.DialogCode.Accepted)
        self._wire(empty)

    def _wire(self, empty: EmptyState) -> None:
        presenter = self._presenter
        self.pages.follow(presenter)
        self.pages.retry.connect(presenter.show)
        presenter.changed.connect(self._show)
        self.finished.connect(presenter.hide)
        self.table.opened.connect(self._open)
        self.table.near_end.connect(presenter.more)
        self.new.clicked.connect(self._ask_new)
        empty.acted.connect(self._ask_new)
        presenter.show()

    def _show(self) -> None:
        self.model.replace_all(self._presenter.jobs)

    def _open(self, id_: object) -> None:
        if isinstance(id_, UUID):
            self.accept()
            self.opened.emit(id_)

    def _ask_new(self) -> None:
        self.accept()
        self.new_wanted.emit()


def _columns() -> list[Column[ImportOut]]:
    badge = BadgeCell(lambda job: labels.label(job.state))
    name = NameCell(lambda job: formats.moment(job.created_at))
    return [
        Column(t("File"), lambda job: job.file_name, stretch=3, cell=name),
        Column(t("State"), lambda job: labels.text(job.state), width=150, cell=badge),
        Column(t("Result"), _result, stretch=3, cell=MUTED, tip=_result),
    ]


def _result(job: ImportOut) -> str:
    if job.error:
        return t(job.error)
    if job.state in WORKING and job.total_bytes:
        return formats.percent(min(1.0, job.position / job.total_bytes))
    return counts_text(job) if job.rows_read else ""
