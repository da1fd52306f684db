"""What can be done with many contacts at once. Stands where the search stands while several are selected."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from uuid import UUID

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QCompleter, QWidget

from desktop.widgets.buttons import Button, IconButton, Kind
from desktop.widgets.dialog import Dialog
from desktop.widgets.fields import Field, TextField
from desktop.widgets.layouts import STRETCH, row
from desktop.widgets.menu import Menu
from desktop.widgets.progress import Progress
from desktop.widgets.text import Text
from embedded_server.contract.contacts import CountedTagOut
from embedded_server.contract.words import number, t, tn

#: Tags in a menu; the others are written.
_IN_MENU = 15
_LONGEST = 50


class ActionBar(QWidget):
    """``tag_named`` carries the name of any tag, known or not."""

    tag_wanted = Signal(object)
    tag_named = Signal(str)
    untag_wanted = Signal(object)
    archive_wanted = Signal()
    restore_wanted = Signal()
    export_wanted = Signal()
    cleared = Signal()
    stopped = Signal()

    def __init__(self, *, may_change: bool, may_export: bool) -> None:
        super().__init__()
        self._tags: Sequence[CountedTagOut] = ()
        self._carried: Collection[UUID] = ()
        self._can_export = True
        self._build(may_change=may_change, may_export=may_export)
        self._wire()

    def know(self, tags: Sequence[CountedTagOut]) -> None:
        self._tags = tags

    def show_selection(self, count: int, carried: Collection[UUID], most_exported: int) -> None:
        """How many are selected, and which tags some of them have."""
        self._carried, self._can_export = carried, count <= most_exported
        self.count.show_text(tn("{count} selected", "{count} selected", count))

    def show_archived(self, *, archived: bool) -> None:
        """Which way the list goes."""
        self.archive.setVisible(not archived and self._may_change)
        self.restore.setVisible(archived and self._may_change)

    def show_work(self, done: int, total: int) -> None:
        """How far a long change is; a total of 0 ends it."""
        is_working = total > 0
        for widget in (self.progress, self.progressed, self.stop):
            widget.setVisible(is_working)
        self.verbs.setVisible(not is_working)
        if is_working:
            self.progress.show_share(done, total)
            self.progressed.show_text(t("{done} of {total}", done=number(done), total=number(total)))

    def _build(self, *, may_change: bool, may_export: bool) -> None:
        self._may_change, self._may_export = may_change, may_export
        self.count = Text("", "strong")
        self.tag = Button(t("Add tag"), icon="tag")
        self.archive = Button(t("Archive"), icon="archive")
        self.restore = Button(t("Bring back"), icon="archive-restore")
        self.more = IconButton("ellipsis", t("More"), kind=Kind.PLAIN)
        self.verbs = QWidget()
        self.verbs.setLayout(row(self.tag, self.archive, self.restore, self.more))
        self.progress, self.progressed = Progress(), Text("", "small")
        self.stop = Button(t("Cancel"))
        self.clear = IconButton("x", t("Clear selection"), key="Esc")
        together = row(
            self.count, self.progress, self.progressed, self.stop, STRETCH, self.verbs, self.clear, gap="m"
        )
        self.setLayout(together)
        self.tag.setVisible(may_change)
        self.more.setVisible(may_change or may_export)
        self.show_archived(archived=False)
        self.show_work(0, 0)

    def _wire(self) -> None:
        self.tag.clicked.connect(self._offer_tags)
        self.more.clicked.connect(self._offer_more)
        self.archive.clicked.connect(self.archive_wanted)
        self.restore.clicked.connect(self.restore_wanted)
        self.clear.clicked.connect(self.cleared)
        self.stop.clicked.connect(self.stopped)

    def _offer_tags(self) -> None:
        menu = Menu()
        most_used = sorted(self._tags, key=lambda tag: -tag.contacts)[:_IN_MENU]
        for tag in sorted(most_used, key=lambda tag: tag.name.casefold()):
            menu.add(tag.name, partial(self.tag_wanted.emit, tag.id))
        if most_used:
            menu.addSeparator()
        menu.add(t("Another tag…"), self._ask_name, icon="plus")
        menu.popup_below(self.tag)

    def _offer_more(self) -> None:
        menu = Menu()
        if self._may_export:
            export = menu.add(t("Export selection…"), self.export_wanted.emit, icon="download")
            export.setEnabled(self._can_export)
        if self._may_change:
            for tag in [tag for tag in self._tags if tag.id in self._carried]:
                said = t("Remove tag {name}", name=tag.name)
                menu.add(said, partial(self.untag_wanted.emit, tag.id), icon="x")
        menu.popup_below(self.more)

    def _ask_name(self) -> None:
        dialog = TagNameDialog([tag.name for tag in self._tags], self)
        dialog.named.connect(self.tag_named)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


class TagNameDialog(Dialog):
    """``named`` carries the name of a tag that is there or shall be made."""

    named = Signal(str)

    def __init__(self, names: Sequence[str], parent: QWidget) -> None:
        super().__init__(t("Tag contacts"), parent=parent)
        self.name = TextField()
        self.name.setMaxLength(_LONGEST)
        completer = QCompleter(QStringListModel(list(names), self), self.name)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.name.setCompleter(completer)
        self.field = Field(t("Tag"), self.name, hint=t("A tag that does not exist yet is made."))
        self.add(self.field)
        self.add_button(t("Cancel"), result=self.DialogCode.Rejected)
        self.add_button(t("Add tag"), Kind.PRIMARY).clicked.connect(self._tell)
        self.name.setFocus()

    def _tell(self) -> None:
        if name := " ".join(self.name.text().split()):
            self.named.emit(name)
            self.accept()
        else:
            self.field.show_error(t("Give the tag a name."))
