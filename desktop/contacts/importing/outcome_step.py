"""What an import would do, or did: numbers first, then each row that cannot become a contact and why."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.contacts.importing.problems_model import ProblemsModel
from desktop.widgets.badge import Badge
from desktop.widgets.buttons import Button
from desktop.widgets.kpi import KpiCard
from desktop.widgets.layouts import STRETCH, column, row
from desktop.widgets.table import Table, framed
from desktop.widgets.text import Text
from embedded_server.contract import labels
from embedded_server.contract.imports import ExistingName, ImportOut, ImportStateName
from embedded_server.contract.words import number, t

_TABLE_HEIGHT = 130
#: Problems the appliance keeps of one file; all are counted.
_KEPT = 1_000


class OutcomeStep(QWidget):
    """``save_wanted`` asks for the problems as a file."""

    save_wanted = Signal()

    def __init__(self, problems: ProblemsModel) -> None:
        super().__init__()
        self._problems = problems
        self._invalid = 0
        self._build()
        self.save.clicked.connect(self.save_wanted)
        problems.modelReset.connect(self._show_problems)
        problems.rowsInserted.connect(lambda *_: self._show_problems())
        self.table.near_end.connect(problems.more_wanted)

    def show_job(self, job: ImportOut) -> None:
        is_trial = job.state is ImportStateName.CHECKED
        self.state.show_label(labels.label(job.state))
        self.title.show_text(t("This is what the import will do") if is_trial else _title(job))
        self.trouble.show_text(t(job.error) if job.error else "")
        self.trouble.setVisible(bool(job.error))
        for name, card in self.cards.items():
            card.show_value(number(getattr(job, name)))
        keeps = job.options.existing is ExistingName.KEEP
        self.cards["rows_updated"].title.show_text(
            t("Kept as they are") if keeps else _updated(is_trial=is_trial)
        )
        self._invalid = job.rows_invalid
        self._show_problems()

    def _build(self) -> None:
        self.title = Text("", "heading")
        self.state = Badge()
        self.trouble = Text("", "body", color="red", wrap=True)
        self.cards = {
            "rows_read": KpiCard(t("Rows read")),
            "rows_created": KpiCard(t("New contacts")),
            "rows_updated": KpiCard(t("Known already")),
            "rows_duplicate": KpiCard(t("Repeated in the file")),
            "rows_invalid": KpiCard(t("With errors")),
        }
        self.heading = Text(t("Rows with errors"), "strong")
        self.hint = Text("", "small", wrap=True)
        self.save = Button(t("Save as CSV"), icon="download")
        self.table = Table(row_height=40, pane="raised")
        self.table.show_rows(self._problems)
        self.table.setMinimumHeight(_TABLE_HEIGHT)
        self.table.setAccessibleName(t("Rows with errors"))
        self.frame = framed(self.table)
        whole = column(
            row(self.title, self.state, STRETCH),
            self.trouble,
            row(*self.cards.values()),
            row(self.heading, STRETCH, self.save),
            self.hint,
            self.frame,
        )
        whole.setStretch(5, 1)
        self.setLayout(whole)

    def _show_problems(self) -> None:
        has_some = self._invalid > 0
        for widget in (self.heading, self.save, self.frame, self.hint):
            widget.setVisible(has_some)
        most = t("The first {count} are listed.", count=number(_KEPT)) if self._invalid > _KEPT else ""
        fix = t("Put them right in the spreadsheet and import it again: who is here already stays one.")
        self.hint.show_text(f"{most} {fix}".strip())


def _title(job: ImportOut) -> str:
    match job.state:
        case ImportStateName.COMPLETED:
            return t("The contacts are here")
        case ImportStateName.CANCELLED:
            return t("The import was cancelled")
    return t("The import could not go on")


def _updated(*, is_trial: bool) -> str:
    return t("Known already") if is_trial else t("Brought up to date")
