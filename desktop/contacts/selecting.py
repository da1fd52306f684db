"""Between the selected rows and what is done with them: the action bar, its toasts and their undo."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from desktop.contacts.groups.presenter import GroupsPresenter
from desktop.contacts.head import Head
from desktop.contacts.presenter import MOST_ASKED, ContactsPresenter
from desktop.shell.notices import Notices, Tone
from desktop.widgets.table import Table
from embedded_server.contract.contacts import TagOut
from embedded_server.contract.words import t, tn

#: Rows whose tags are looked at to say which can be taken off.
_LOOKED_AT = 2_000


class Selecting(QObject):
    """``export_wanted`` carries the ids of the selected contacts."""

    export_wanted = Signal(object)

    def __init__(
        self,
        table: Table,
        head: Head,
        presenter: ContactsPresenter,
        groups: GroupsPresenter,
        notices: Notices,
    ) -> None:
        super().__init__(table)
        self._table, self._head = table, head
        self._presenter, self._groups, self._notices = presenter, groups, notices
        self._waiting: tuple[str, list[UUID]] | None = None
        self._wire()

    def count(self) -> int:
        """By ranges: with everything selected, asking row by row would be felt."""
        return sum(bottom - top + 1 for top, bottom in self._parts())

    def ids(self, most: int | None = None) -> list[UUID]:
        """From top to bottom, the first ``most`` of them."""
        places = chain.from_iterable(range(top, bottom + 1) for top, bottom in self._parts())
        return [self._presenter.model.row_at(place).id for place in islice(places, most)]

    def _parts(self) -> list[tuple[int, int]]:
        chosen = self._table.selectionModel().selection()
        parts = [chosen.at(place) for place in range(chosen.count())]
        return sorted((part.top(), part.bottom()) for part in parts)

    def only(self) -> UUID | None:
        """The one contact that is selected, if it is one."""
        return self.ids(1)[0] if self.count() == 1 else None

    def _wire(self) -> None:
        bar, presenter = self._head.bar, self._presenter
        self._table.selected.connect(self._show)
        self._table.model().rowsRemoved.connect(lambda *_: self._show())
        self._groups.changed.connect(lambda: bar.know(self._groups.tags))
        self._groups.kept.connect(self._on_kept)
        self._groups.wrong.connect(self._on_wrong)
        bar.tag_wanted.connect(lambda id_: presenter.tag(self.ids(), id_))
        bar.untag_wanted.connect(lambda id_: presenter.untag(self.ids(), id_))
        bar.tag_named.connect(self._tag_by_name)
        bar.archive_wanted.connect(lambda: presenter.archive(self.ids()))
        bar.restore_wanted.connect(lambda: presenter.restore(self.ids()))
        bar.export_wanted.connect(lambda: self.export_wanted.emit(self.ids()))
        bar.cleared.connect(self._table.clearSelection)
        bar.stopped.connect(presenter.stop_many)
        presenter.working.connect(bar.show_work)
        presenter.changed_many.connect(self._say)

    def _show(self) -> None:
        count = self.count()
        self._head.show_selection(count)
        if count > 1:
            carried = self._presenter.carried(self.ids(_LOOKED_AT))
            self._head.bar.show_selection(count, carried, MOST_ASKED)

    def _tag_by_name(self, name: str) -> None:
        found = next((tag for tag in self._groups.tags if tag.name.casefold() == name.casefold()), None)
        if found:
            self._presenter.tag(self.ids(), found.id)
        else:
            self._waiting = (name, self.ids())
            self._groups.create_tag(name, None)

    def _on_kept(self, kept: object) -> None:
        """A tag that had to be made first is here."""
        if self._waiting and isinstance(kept, TagOut) and kept.name.casefold() == self._waiting[0].casefold():
            ids, self._waiting = self._waiting[1], None
            self._presenter.put_tag(ids, kept.id)

    def _on_wrong(self, faults: dict[str, str]) -> None:
        if self._waiting:
            self._waiting = None
            self._notices.bad(" ".join(faults.values()))

    def _say(self, verb: str, ids: Sequence[UUID]) -> None:
        """What was done, and the way back."""
        name, _, tag_id = verb.partition(":")
        presenter, count = self._presenter, len(ids)
        match name:
            case "archive" if ids:
                said = tn("{count} contact archived", "{count} contacts archived", count)
                self._notices.toast(said, Tone.INFO, lambda: presenter.restore(ids))
            case "restore" if ids:
                said = tn("{count} contact brought back", "{count} contacts brought back", count)
                self._notices.toast(said, Tone.GOOD)
            case "tag" if ids:
                said = tn("{count} contact tagged", "{count} contacts tagged", count)
                self._notices.toast(said, Tone.INFO, lambda: presenter.take_tag(ids, UUID(tag_id)))
            case "untag" if ids:
                said = tn("Tag removed from {count} contact", "Tag removed from {count} contacts", count)
                self._notices.toast(said, Tone.INFO, lambda: presenter.put_tag(ids, UUID(tag_id)))
            case "tag":
                self._notices.toast(t("They all have this tag already."))
