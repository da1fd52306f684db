"""The screen of contacts: groups at the left, the list, and one contact at the right."""

from __future__ import annotations

from functools import cached_property
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget

from desktop.contacts.creating import NewContactDialog
from desktop.contacts.detail.presenter import DetailPresenter
from desktop.contacts.detail.view import WIDTH as DETAIL_WIDTH
from desktop.contacts.detail.view import DetailView
from desktop.contacts.empty import NoContacts
from desktop.contacts.exporting.view import Exporter
from desktop.contacts.groups.groups_model import Group, Kind
from desktop.contacts.groups.presenter import GroupsPresenter
from desktop.contacts.groups.segment_dialog import SegmentDialog
from desktop.contacts.groups.side import WIDTH as SIDE_WIDTH
from desktop.contacts.groups.side import Side
from desktop.contacts.groups.tags_dialog import TagsDialog
from desktop.contacts.head import ARCHIVED, Head
from desktop.contacts.importing.view import Importer
from desktop.contacts.presenter import ContactsPresenter
from desktop.contacts.selecting import Selecting
from desktop.shell.async_view import AsyncView
from desktop.shell.notices import Tone
from desktop.shell.screen import ScreenView, Surroundings
from desktop.widgets.buttons import Button
from desktop.widgets.buttons import Kind as Look
from desktop.widgets.layouts import STRETCH, column, holder, row, rule
from desktop.widgets.skeleton import Skeleton
from desktop.widgets.table import Table
from desktop.widgets.text import Text
from embedded_server.contract.contacts import ContactOut, SegmentOut
from embedded_server.contract.words import t

_ROW = 52
#: Pixels below which the list is too narrow beside the groups.
_NARROW = 560
#: Pixels with the list and one contact beside it.
_LEAST = 880


class ContactsView(ScreenView):
    """``open`` takes the id of a contact, or ``("import", id)``."""

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__()
        self._surroundings = surroundings
        session = surroundings.session
        self.presenter = ContactsPresenter(session, self)
        self.groups = GroupsPresenter(session, self)
        self.details = DetailPresenter(session, self)
        self._may_write = session.may("contacts.write")
        self._build()
        self.exporter = Exporter(surroundings, self)
        self.importer = Importer(surroundings, self.groups, self)
        self.selecting = Selecting(self.table, self.head, self.presenter, self.groups, surroundings.notices)
        self._wire()
        self._wire_details()
        self._bind()
        self.presenter.reload()
        self.groups.refresh()

    def open(self, target: object) -> None:
        match target:
            case (UUID() as id_) | ("contact", UUID() as id_):
                self.show_contact(id_)
            case ("import", UUID() as id_):
                self.importer.open(id_)

    def shown(self) -> None:
        self.presenter.watch(watched=True)
        self.groups.watch(watched=True)
        # Nobody tells of tags and segments that others made.
        self.groups.refresh()

    def hidden(self) -> None:
        self.presenter.watch(watched=False)
        self.groups.watch(watched=False)

    def show_contact(self, id_: UUID) -> None:
        """Open the pane at the right."""
        self.pane.show()
        self.detail.open(id_)
        self.table.select_key(id_)
        self._adapt()

    def close_contact(self) -> None:
        self.pane.hide()
        self.details.leave()
        self.table.setFocus()
        self._adapt()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.selecting.count() > 1:
            self.table.clearSelection()
        elif self.pane.isVisible():
            self.close_contact()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._adapt()

    @cached_property
    def detail(self) -> DetailView:
        """The pane at the right is made for the first contact that is opened: the list comes sooner."""
        made = DetailView(self.details, self.groups, may_change=self._may_write)
        layout = self.pane.layout()
        if layout is not None:
            layout.addWidget(made)
        go = self._surroundings.navigator.go
        made.closed.connect(self.close_contact)
        made.conversation_wanted.connect(lambda id_: go("inbox", ("contact", id_)))
        made.talk.setVisible(self._surroundings.session.may("inbox.read"))
        return made

    def _build(self) -> None:
        session = self._surroundings.session
        self.side = Side(self.groups.model, may_change=self._may_write)
        self.head = Head(session)
        self.table = Table(row_height=_ROW, multiple=True)
        self.table.show_rows(self.presenter.model)
        self.table.setAccessibleName(t("Contacts"))
        self.empty = NoContacts(may_import=session.may("contacts.import"), may_write=self._may_write)
        self.list = AsyncView(self.table, self.empty, skeleton=Skeleton(row_height=_ROW))
        self.pane = holder(row(rule(vertical=True), gap=""))
        self.pane.hide()
        middle = column(self.head, self._build_stale(), self.list, gap="m", margins="l")
        middle.setStretch(2, 1)
        whole = row(self.side, holder(middle), self.pane, gap="")
        whole.setStretch(1, 1)
        self.setLayout(whole)
        # Not what its three panes need together: the groups give way.
        self.setMinimumWidth(_LEAST)

    def _build_stale(self) -> QWidget:
        self.look_again = Button(t("Show them"), kind=Look.QUIET, icon="rotate-cw")
        self.stale = holder(row(Text(t("There are new contacts above."), "small"), self.look_again, STRETCH))
        self.stale.hide()
        return self.stale

    def _wire(self) -> None:
        presenter, head, notices = self.presenter, self.head, self._surroundings.notices
        for one in (presenter, self.groups, self.details):
            one.failed.connect(notices.bad)
        self.list.follow(presenter)
        self.list.retry.connect(presenter.reload)
        presenter.counted.connect(self._show_count)
        presenter.grew_stale.connect(self.stale.setVisible)
        self.look_again.clicked.connect(presenter.reload)
        self.empty.acted.connect(self._take_first_step)
        self.empty.second_acted.connect(self._ask_new)
        self.table.near_end.connect(presenter.more)
        self.table.opened.connect(self.show_contact)
        self.table.clicked.connect(self._on_clicked)
        self.table.selected.connect(self._follow)
        head.search.searched.connect(lambda words: self._want(words=words))
        head.archived.chosen.connect(lambda key: self._want(archived=key == ARCHIVED))
        self.side.chosen.connect(self._choose_group)
        self.groups.changed.connect(self.side.settle)
        self._wire_verbs()

    def _wire_verbs(self) -> None:
        head = self.head
        head.new_wanted.connect(self._ask_new)
        head.import_wanted.connect(self.importer.begin)
        head.imports_wanted.connect(self.importer.show_all)
        head.export_wanted.connect(lambda: self._export([]))
        head.tags_wanted.connect(self._manage_tags)
        head.segment_wanted.connect(lambda: self._edit_segment(None))
        self.side.tags_wanted.connect(self._manage_tags)
        self.side.segment_wanted.connect(lambda: self._edit_segment(None))
        self.side.edit_wanted.connect(self._edit_segment)
        self.selecting.export_wanted.connect(self._export)

    def _wire_details(self) -> None:
        self.details.archived.connect(self._on_archived)
        self.details.touched.connect(self.presenter.touch)
        self.details.gone.connect(self._say_gone)

    def _bind(self) -> None:
        bind = self._surroundings.commands.bind
        if self._may_write:
            bind("new", self, self._ask_new, title=t("New contact"))
        bind("search", self, self._search)
        bind("reload", self, self._reload)

    def _adapt(self) -> None:
        """Groups give way where the list would be too narrow beside both panes."""
        taken = SIDE_WIDTH + (0 if self.pane.isHidden() else DETAIL_WIDTH)
        self.side.setVisible(self.width() - taken >= _NARROW)

    def _search(self) -> None:
        self.table.clearSelection()
        self.head.search.setFocus()
        self.head.search.selectAll()

    def _reload(self) -> None:
        self.presenter.reload()
        self.groups.refresh()

    def _want(self, **changes: object) -> None:
        if not self.presenter.want(**changes):
            return
        self.table.clearSelection()
        self.empty.show_wanted(self.presenter.wanted)
        self.head.bar.show_archived(archived=self.presenter.wanted.archived)

    def _choose_group(self, group: Group) -> None:
        self._want(
            tag_id=group.id if group.kind is Kind.TAG else None,
            segment_id=group.id if group.kind is Kind.SEGMENT else None,
        )

    def _show_count(self, count: int) -> None:
        self.head.show_count(count)
        if self.presenter.wanted.is_everybody:
            self.groups.model.show_everybody(count)

    def _on_clicked(self) -> None:
        if QApplication.keyboardModifiers() == Qt.KeyboardModifier.NoModifier:
            only = self.selecting.only()
            if only is not None:
                self.show_contact(only)

    def _follow(self) -> None:
        """The pane that is open shows who is selected."""
        only = self.selecting.only()
        if only is not None and not self.pane.isHidden():
            self.detail.open(only)

    def _take_first_step(self) -> None:
        wanted = self.presenter.wanted
        if wanted.words:
            self.head.search.clear()
        elif wanted.tag_id or wanted.segment_id:
            self.side.choose_everybody()
        else:
            self.importer.begin()

    def _ask_new(self) -> None:
        dialog = NewContactDialog(self.details, self.groups, self)
        dialog.created.connect(self._on_created)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_created(self, contact: ContactOut) -> None:
        self.presenter.touch(contact.id)
        self.show_contact(contact.id)
        self._surroundings.notices.toast(t("Contact added"), Tone.GOOD)

    def _on_archived(self, contact: ContactOut) -> None:
        if contact.archived_at is not None:
            undo = lambda: self.details.restore(contact.id)  # noqa: E731 - handed on
            self._surroundings.notices.toast(t("Contact archived"), Tone.INFO, undo)

    def _say_gone(self) -> None:
        self.close_contact()
        self._surroundings.notices.bad(t("This contact does not exist any more."))

    def _manage_tags(self) -> None:
        dialog = TagsDialog(self.groups, self)
        dialog.changed.connect(self.presenter.reload)
        dialog.changed.connect(self.details.reload)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _edit_segment(self, group: Group | None) -> None:
        self.groups.look_up_fields()
        segment = self.groups.segment(group.id) if group else None
        dialog = SegmentDialog(self.groups, segment, self)
        dialog.kept.connect(self._on_segment)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_segment(self, segment: SegmentOut) -> None:
        self.side.table.select_key((Kind.SEGMENT, segment.id))
        if self.presenter.wanted.segment_id == segment.id:
            self.presenter.reload()

    def _export(self, ids: list[UUID]) -> None:
        total = len(ids) or self.presenter.total
        self.exporter.begin(self.presenter.wanted.query(), ids, total)
