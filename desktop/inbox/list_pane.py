"""The left pane: search, segments, and the list with its four faces."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.inbox.list_view import ListView
from desktop.inbox.presenter import InboxPresenter
from desktop.inbox.row_delegate import HEIGHT
from desktop.inbox.segments import Segment, Step, segment_title
from desktop.shell.async_view import AsyncView
from desktop.shell.presenter import Phase
from desktop.shell.screen import Navigator
from desktop.shell.shortcuts import key_text
from desktop.widgets.badge import Badge
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.fields import SearchField
from desktop.widgets.layouts import STRETCH, column, holder, row
from desktop.widgets.segmented import Segmented
from desktop.widgets.skeleton import Skeleton
from desktop.widgets.text import Text
from embedded_server.contract.labels import Color
from embedded_server.contract.words import number, t

WIDTH = 340
#: Larger counts are left to the badge.
_MOST_SHOWN = 100


class ListPane(QWidget):
    """``opened`` carries the id of a conversation to read and write in, ``walked_to`` of one to look at."""

    opened = Signal(object)
    walked_to = Signal(object)
    menu_wanted = Signal(object, QPoint)

    def __init__(self, presenter: InboxPresenter, navigator: Navigator) -> None:
        super().__init__()
        self._presenter, self._navigator = presenter, navigator
        self._build()
        self._wire()

    def show_open(self, id_: UUID | None) -> None:
        self.list.show_open(id_)

    def neighbor(self, id_: UUID | None, step: int) -> UUID | None:
        """The conversation above or below; the first one when none is open."""
        model = self._presenter.model
        place = None if id_ is None else model.place(id_)
        wanted = 0 if place is None else place + step
        return model.row_at(wanted).id if 0 <= wanted < model.rowCount() else None

    def next_unread(self, id_: UUID | None) -> UUID | None:
        """The next one below that waits, then from the top again."""
        model = self._presenter.model
        place = None if id_ is None else model.place(id_)
        begin, count = (-1 if place is None else place), model.rowCount()
        order = [*range(begin + 1, count), *range(max(begin, 0))]
        return next((model.row_at(n).id for n in order if model.row_at(n).unread), None)

    def choose(self, segment: Segment) -> None:
        self.segments.choose(segment)
        self._on_chosen(segment)

    def _build(self) -> None:
        self.setFixedWidth(WIDTH)
        self.badge = Badge("", Color.BLUE)
        self.badge.hide()
        self.new = Button("", kind=Kind.PRIMARY, icon="plus", key=t("New conversation"))
        self.new.setAccessibleName(t("New conversation"))
        self.search = SearchField(t("Search by name or number"))
        self.search.setToolTip(key_text("search"))
        self.segments = Segmented([(segment.value, segment_title(segment)) for segment in Segment])
        # Four segments and a count share the width of the list.
        self.segments.setStyleSheet("QPushButton[segment='true'] { padding: 0 5px; font-size: 13px; }")
        self.list = ListView(self._presenter.model)
        self.empty = EmptyState("inbox", "")
        self.loading = AsyncView(self.list, self.empty, skeleton=Skeleton(row_height=HEIGHT))
        head = column(
            row(Text(t("Conversations"), "title"), self.badge, STRETCH, self.new), self.search, self.segments
        )
        head.setContentsMargins(12, 12, 12, 8)
        head.setSpacing(8)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(holder(head))
        whole.addWidget(self.loading, 1)

    def _wire(self) -> None:
        self._presenter.phase_changed.connect(self._on_phase)
        self._presenter.unread_changed.connect(self._on_unread)
        self.loading.follow(self._presenter)
        self.loading.retry.connect(self._presenter.reload)
        self.segments.chosen.connect(self._on_chosen)
        self.search.searched.connect(self._on_searched)
        self.new.clicked.connect(lambda: self._navigator.go("contacts"))
        self.empty.acted.connect(self._on_step)
        self.list.opened.connect(self.opened)
        self.list.walked_to.connect(self.walked_to)
        self.list.menu_wanted.connect(self.menu_wanted)

    def _on_chosen(self, key: str) -> None:
        self.list.start_over()
        self._presenter.choose(Segment(key))

    def _on_searched(self, words: str) -> None:
        self.list.start_over()
        self._presenter.search(words)

    def _on_unread(self, count: int) -> None:
        self.badge.say(number(count), Color.BLUE)
        self.badge.setVisible(count > 0)
        self.segments.count(Segment.UNREAD, count if 0 < count < _MOST_SHOWN else None)

    def _on_phase(self, phase: Phase, _: str) -> None:
        if phase is Phase.READY and self.window().focusWidget() in (None, self.new):
            # Until there was a list, the first button had the keys.
            self.list.setFocus()
        if phase is Phase.EMPTY:
            nothing = self._presenter.emptiness
            self.empty.say(nothing.title, nothing.hint, action=nothing.action)

    def _on_step(self) -> None:
        match self._presenter.emptiness.step:
            case Step.CONNECT:
                self._navigator.go("channels")
            case Step.SHOW_ALL:
                self.choose(Segment.ALL)
            case Step.CLEAR:
                self.search.clear()
