"""Opens the wizard and the list of imports, and tells when one that was left alone is over."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.contacts.groups.presenter import GroupsPresenter
from desktop.contacts.importing.list_dialog import ImportsDialog
from desktop.contacts.importing.presenter import ImportPresenter, ImportsPresenter
from desktop.contacts.importing.progress_step import counts_text
from desktop.contacts.importing.wizard import ImportWizard
from desktop.shell.notices import Tone
from desktop.shell.screen import Surroundings
from embedded_server.contract.imports import ImportOut, ImportStateName
from embedded_server.contract.words import t


class Importer(QObject):
    """``wizard`` is the one that stands, if any."""

    def __init__(self, surroundings: Surroundings, groups: GroupsPresenter, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._notices = surroundings.session, surroundings.notices
        self._groups, self._home = groups, parent
        self.wizard: ImportWizard | None = None
        self.presenter = ImportsPresenter(self._session, self)
        self.presenter.failed.connect(self._notices.bad)
        self.presenter.ended.connect(self._tell)
        groups.changed.connect(self._know)
        if self._session.may("contacts.import"):
            self.presenter.follow_running()

    def begin(self) -> None:
        """Ask for a file."""
        if self._session.may("contacts.import"):
            self._open_wizard()

    def open(self, id_: UUID) -> None:
        """Go on with an import, or look at its result."""
        if self._session.may("contacts.import"):
            self.presenter.unfollow(id_)
            self._notices.settle(_key(id_))
            self._open_wizard().open_job(id_)

    def show_all(self) -> None:
        dialog = ImportsDialog(self.presenter, self._home)
        dialog.opened.connect(self.open)
        dialog.new_wanted.connect(self.begin)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _open_wizard(self) -> ImportWizard:
        if self.wizard is not None:
            self.wizard.reject()
        presenter = ImportPresenter(self._session)
        presenter.failed.connect(self._notices.bad)
        presenter.saved.connect(self._say_saved)
        wizard = ImportWizard(presenter, self._groups.fields, self._home)
        wizard.left.connect(self._leave)
        wizard.again.connect(self.begin)
        wizard.finished.connect(self._forget)
        wizard.open()
        self.wizard = wizard
        self._groups.look_up_fields()
        return wizard

    def _know(self) -> None:
        if self.wizard is not None:
            self.wizard.know(self._groups.fields)

    def _forget(self) -> None:
        if self.wizard is not None:
            self.wizard.deleteLater()
            self.wizard = None

    def _leave(self, job: ImportOut) -> None:
        self.presenter.follow(job.id)
        if job.state is not ImportStateName.CHECKING:
            self._notices.toast(t("The import goes on. You are told when it is over."))

    def _say_saved(self, name: str) -> None:
        self._notices.toast(t("Saved in {file}", file=name), Tone.GOOD)

    def _tell(self, job: ImportOut) -> None:
        """News for the bell, and a toast for who is here."""
        if job.state is ImportStateName.CANCELLED:
            return
        is_good = job.state is ImportStateName.COMPLETED
        title = t("Import finished") if is_good else t("Import stopped")
        reason = t(job.error) if job.error else ""
        text = counts_text(job) if is_good else reason
        self._notices.tell(_key(job.id), title, f"{job.file_name}: {text}", "contacts", ("import", job.id))
        self._notices.toast(f"{title}. {text}", Tone.GOOD if is_good else Tone.BAD)


def _key(id_: UUID) -> str:
    return f"import:{id_}"
