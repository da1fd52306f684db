"""Leads through an export: where to, how far, and that it is done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.contacts.exporting.dialogs import ExportDialog, SaveDialog, file_name
from desktop.contacts.exporting.presenter import ExportPresenter
from desktop.shell.notices import Tone
from desktop.shell.screen import Surroundings
from embedded_server.contract.words import t, tn


class Exporter(QObject):
    """One export at a time: its dialog stands before everything else."""

    def __init__(self, surroundings: Surroundings, parent: QWidget) -> None:
        super().__init__(parent)
        self._notices, self._home = surroundings.notices, parent
        self.presenter = ExportPresenter(surroundings.session, self)
        self.presenter.failed.connect(self._notices.bad)
        self.presenter.done.connect(self._say)

    def begin(self, query: dict[str, object], ids: Sequence[UUID], total: int) -> None:
        """Ask where to save the contacts of this list, or only ``ids`` of it."""
        chooser = SaveDialog(t("Export contacts"), file_name(t("contacts")), self._home)
        chooser.accepted.connect(lambda: self.save(chooser.path(), query, ids, total))
        chooser.finished.connect(chooser.deleteLater)
        chooser.open()

    def save(self, path: Path | None, query: dict[str, object], ids: Sequence[UUID], total: int) -> None:
        if path is None:
            return
        self.presenter.save(path, query, ids)
        dialog = ExportDialog(self.presenter, total, self._home)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _say(self, path: str, count: int) -> None:
        said = tn(
            "{count} contact saved in {file}", "{count} contacts saved in {file}", count, file=Path(path).name
        )
        self._notices.toast(said, Tone.GOOD)
