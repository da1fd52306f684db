"""While the appliance works: how far it is, what it found so far, and how long it will still take."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop.widgets import formats
from desktop.widgets.layouts import STRETCH, column, row
from desktop.widgets.progress import Progress
from desktop.widgets.text import Text
from embedded_server.contract.imports import ImportOut, ImportStateName
from embedded_server.contract.words import number, t, tn


class ProgressStep(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.title = Text("", "heading")
        self.text = Text("", "small", wrap=True)
        self.bar = Progress()
        self.done, self.rest = Text("", "strong"), Text("", "small")
        self.found = Text("", "small", wrap=True)
        self.setLayout(
            column(
                STRETCH,
                self.title,
                self.text,
                self.bar,
                row(self.done, STRETCH, self.rest),
                self.found,
                STRETCH,
                STRETCH,
            )
        )

    def show_job(self, job: ImportOut, rest: float | None) -> None:
        """``rest`` in seconds; None while nobody can say."""
        if job.state is ImportStateName.CHECKING:
            self.title.show_text(t("Checking the file"))
            self.text.show_text(t("Every row is read. Nothing is imported yet."))
        else:
            self.title.show_text(t("Importing contacts"))
            self.text.show_text(
                t("You can close this window: the import goes on, and you are told at its end.")
            )
        known = job.total_bytes if job.position else 0
        self.bar.show_share(job.position, known)
        rows = job.rows_read
        self.done.show_text(tn("{count} row read", "{count} rows read", rows) if rows else "")
        self.rest.show_text(t("{time} left", time=formats.span(rest)) if rest is not None else "")
        self.found.show_text(counts_text(job) if job.rows_read else "")


def counts_text(job: ImportOut) -> str:
    """What became of the rows, in one line; what did not happen is left out."""
    parts = [
        tn("{count} new", "{count} new", job.rows_created),
        tn("{count} known already", "{count} known already", job.rows_updated) if job.rows_updated else "",
        tn("{count} repeated", "{count} repeated", job.rows_duplicate) if job.rows_duplicate else "",
        t("{count} with errors", count=number(job.rows_invalid)) if job.rows_invalid else "",
    ]
    return " · ".join(part for part in parts if part)
