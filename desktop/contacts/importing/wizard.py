"""Leads from a file to contacts: file, columns, check, import, result. Closing it stops nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout, QScrollArea, QSizePolicy, QStackedWidget, QWidget

from desktop.contacts.exporting.dialogs import SaveDialog, file_name
from desktop.contacts.importing.columns_step import ColumnsStep
from desktop.contacts.importing.file_step import FileStep
from desktop.contacts.importing.outcome_step import OutcomeStep
from desktop.contacts.importing.presenter import ENDED, WORKING, ImportPresenter
from desktop.contacts.importing.progress_step import ProgressStep
from desktop.contacts.importing.steps import Steps
from desktop.widgets.buttons import Kind
from desktop.widgets.dialog import Confirm, Dialog
from embedded_server.contract.imports import ColumnsOut, ExistingName, ImportOut, ImportStateName
from embedded_server.contract.words import t, tn, tp

_WIDTH, _HEIGHT = 860, 640
_STEP = {
    ImportStateName.UPLOADED: 1,
    ImportStateName.CHECKING: 2,
    ImportStateName.CHECKED: 2,
    ImportStateName.QUEUED: 3,
    ImportStateName.RUNNING: 3,
}
_RESULT = 4


class ImportWizard(Dialog):
    """``left`` says that it was closed over an import that goes on."""

    left = Signal(object)
    again = Signal()

    def __init__(self, presenter: ImportPresenter, fields: Sequence[str], parent: QWidget) -> None:
        super().__init__(t("Import contacts"), width=_WIDTH, parent=parent)
        self._presenter, self._fields = presenter, list(fields)
        self._is_back = False
        presenter.setParent(self)
        self._build()
        self._wire()
        self._show_page(self.file, 0)
        self._dress(None)
        room = parent.window().size()
        self.resize(_WIDTH, min(_HEIGHT, max(420, room.height() - 40)))

    def open_job(self, id_: UUID) -> None:
        """Go on with an import that is there."""
        self._presenter.open(id_)

    def know(self, fields: Sequence[str]) -> None:
        """Custom fields contacts have, to choose from."""
        self._fields = list(fields)

    def done(self, result: int) -> None:
        job = self._presenter.job
        self._presenter.stop_upload()
        if job is not None and job.state in WORKING:
            self.left.emit(job)
        super().done(result)

    @cached_property
    def columns(self) -> ColumnsStep:
        """Made when it is needed: making everything at once would be felt."""
        made = ColumnsStep()
        self.columns_page.setWidget(made)
        return made

    @cached_property
    def outcome(self) -> OutcomeStep:
        """The same goes for the result."""
        made = OutcomeStep(self._presenter.problems)
        made.save_wanted.connect(self._ask_where)
        self.pages.addWidget(made)
        return made

    def _build(self) -> None:
        self.steps = Steps([t("File"), t("Columns"), tp("step", "Check"), tp("step", "Import"), t("Result")])
        self.file, self.working = FileStep(), ProgressStep()
        self.columns_page = QScrollArea()
        self.columns_page.setWidgetResizable(True)
        self.pages = QStackedWidget()
        for page in (self.file, self.columns_page, self.working):
            self.pages.addWidget(page)
        self.pages.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        whole = self.layout()
        if isinstance(whole, QBoxLayout):
            # Each page scrolls what is long in it; the dialog's own scrolling would come on top of that.
            self._room.hide()
            whole.insertWidget(1, self.steps)
            whole.insertWidget(2, self.pages, 1)
        self.away = self.add_button(t("Cancel import"))
        self.buttons.removeWidget(self.away)
        self.buttons.insertWidget(0, self.away)
        self.back = self.add_button(t("Back"))
        self.leave = self.add_button(t("Close"), result=self.DialogCode.Rejected)
        self.go = self.add_button("", Kind.PRIMARY)

    def _wire(self) -> None:
        presenter = self._presenter
        presenter.changed.connect(self._show_job)
        presenter.columns_shown.connect(self._show_columns)
        presenter.sent.connect(self.file.show_sent)
        presenter.refused.connect(self._show_refusal)
        self.file.chosen.connect(presenter.upload)
        self.file.stopped.connect(presenter.stop_upload)
        self.back.clicked.connect(self._go_back)
        self.go.clicked.connect(self._go_on)
        self.away.clicked.connect(self._ask_to_cancel)

    def _show_columns(self, columns: ColumnsOut) -> None:
        if self._presenter.job is not None:
            self.columns.show_columns(columns, self._presenter.job, self._fields)

    def _show_job(self, job: ImportOut) -> None:
        if job.state in WORKING:
            self._is_back = False
            self.working.show_job(job, self._presenter.rest)
            self._show_page(self.working, _STEP[job.state])
        elif job.state is ImportStateName.UPLOADED or (self._is_back and job.state not in ENDED):
            self._show_page(self.columns_page, 1)
        else:
            self.outcome.show_job(job)
            self._show_page(self.outcome, _STEP.get(job.state, _RESULT))
        self._dress(job)

    def _show_page(self, page: QWidget, step: int) -> None:
        self.steps.show_step(step)
        self.pages.setCurrentWidget(page)

    def _dress(self, job: ImportOut | None) -> None:
        """Which buttons there are, by where we are."""
        page = self.pages.currentWidget()
        is_working, is_columns = page is self.working, page is self.columns_page
        is_trial = job is not None and job.state is ImportStateName.CHECKED and not is_columns
        self.away.setVisible(job is not None and job.state not in ENDED)
        self.back.setVisible(is_trial)
        self.leave.show_text(t("Go on in the background") if is_working else t("Close"))
        self.go.setVisible(is_columns or is_trial or (job is not None and job.state in ENDED))
        self.go.setEnabled(True)
        if is_columns:
            self.go.show_text(t("Check"))
        elif is_trial and job is not None:
            count = _wanted(job)
            self.go.show_text(tn("Import {count} contact", "Import {count} contacts", count))
            self.go.setEnabled(count > 0)
        else:
            self.go.show_text(t("Import another file"))

    def _go_on(self) -> None:
        page = self.pages.currentWidget()
        if page is self.columns_page:
            self._check()
        elif self.steps.step < _RESULT:
            self.go.setEnabled(False)
            self._presenter.begin()
        else:
            self.again.emit()

    def _check(self) -> None:
        mapping = self.columns.mapping()
        options = self.columns.chosen_options()
        if "phone" not in mapping.values():
            self.columns.show_trouble(t("No column holds phone numbers. Say which one does."))
        elif options is not None:
            self.go.setEnabled(False)
            self._presenter.check(mapping, options)

    def _go_back(self) -> None:
        self._is_back = True
        self._show_page(self.columns_page, 1)
        self._dress(self._presenter.job)

    def _show_refusal(self, sentence: str) -> None:
        if self.pages.currentWidget() is self.file:
            self.file.show_trouble(sentence)
        else:
            self.columns.show_trouble(sentence)
            self._go_back()

    def _ask_to_cancel(self) -> None:
        sure = Confirm(
            t("Cancel this import?"),
            t("The file is removed. Contacts that are already in stay."),
            verb=t("Cancel import"),
            danger=True,
            parent=self,
        )
        sure.accepted.connect(self._presenter.cancel)
        sure.finished.connect(sure.deleteLater)
        sure.open()

    def _ask_where(self) -> None:
        chooser = SaveDialog(t("Save rows with errors"), file_name(t("import errors")), self)
        chooser.accepted.connect(lambda: self._save(chooser.path()))
        chooser.finished.connect(chooser.deleteLater)
        chooser.open()

    def _save(self, path: Path | None) -> None:
        if path is not None:
            self._presenter.save_problems(path)


def _wanted(job: ImportOut) -> int:
    """Rows that will change anything."""
    updates = job.rows_updated if job.options.existing is ExistingName.UPDATE else 0
    return job.rows_created + updates
