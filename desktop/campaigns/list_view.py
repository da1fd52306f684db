"""The list: ten campaigns a page, newest first, with a filter and what each allows now."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop.campaigns import wording
from desktop.campaigns.presenter import CampaignsPresenter
from desktop.campaigns.row import CampaignRow
from desktop.shell.async_view import AsyncView
from desktop.shell.presenter import Phase
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.fields import Select
from desktop.widgets.layouts import STRETCH, column, holder, row, rule
from desktop.widgets.pager import CursorPager
from desktop.widgets.skeleton import Skeleton
from desktop.widgets.text import Text
from embedded_server.contract.campaigns import CampaignStateName, ListedCampaignOut
from embedded_server.contract.labels import text
from embedded_server.contract.words import number, t


class ListView(QWidget):
    """``opened`` carries the campaign to look at or to go on with; ``wanted_new`` asks for the wizard."""

    opened = Signal(object)
    wanted_new = Signal()
    wants_removal = Signal(object)

    def __init__(self, presenter: CampaignsPresenter) -> None:
        super().__init__()
        self.presenter = presenter
        self.rows: list[CampaignRow] = []
        self._places: list[QWidget] = []
        self._build()
        self._wire()
        self.content.follow(presenter)

    def _build(self) -> None:
        self.title = Text(t("Campaigns"), "title")
        states = [(state, text(state)) for state in CampaignStateName]
        self.filter = Select([(None, t("All")), *states])
        self.filter.setAccessibleName(t("Filter by state"))
        self.filter.setMinimumWidth(160)
        self.new = Button(t("New campaign"), kind=Kind.PRIMARY, icon="plus")
        self.new.setVisible(self.presenter.may_write)
        self.pager, self.place = CursorPager(), Text(role="small")
        self.empty = EmptyState("megaphone", "")
        skeleton = Skeleton(row_height=60, avatar=False)
        self.content = AsyncView(self._make_content(), self.empty, skeleton=skeleton)
        head = row(self.title, STRETCH, self.filter, self.new, gap="m")
        self.setLayout(column(head, self.content, gap="l", margins="xl"))
        self._say_empty()

    def _make_content(self) -> QWidget:
        self.card = QFrame()
        self.card.setProperty("card", True)
        self.lines = QVBoxLayout(self.card)
        self.lines.setContentsMargins(1, 4, 1, 4)
        self.lines.setSpacing(0)
        foot = row(STRETCH, self.place, self.pager)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(holder(column(self.card, foot, STRETCH, gap="m")))
        return area

    def _add_row(self, *, with_rule: bool) -> None:
        one = CampaignRow(may_write=self.presenter.may_write, may_send=self.presenter.may_send)
        line = column(rule(), one, gap="") if with_rule else column(one, gap="")
        place = holder(line)
        place.hide()
        self.lines.addWidget(place)
        self.rows.append(one)
        self._places.append(place)
        one.opened.connect(lambda: _of(one, self.opened.emit))
        one.said.connect(lambda verb: _of(one, lambda campaign: self.presenter.act(campaign.id, verb)))
        one.copied.connect(lambda: _of(one, lambda campaign: self.presenter.copy(campaign.id)))
        one.thrown_away.connect(lambda: _of(one, self.wants_removal.emit))

    def _wire(self) -> None:
        self.new.clicked.connect(self.wanted_new)
        self.filter.chosen.connect(self._filter)
        self.pager.older.connect(self.presenter.older)
        self.pager.newer.connect(self.presenter.newer)
        self.content.retry.connect(self.presenter.reload)
        self.empty.acted.connect(self._on_empty)
        self.presenter.changed.connect(self._show)
        self.presenter.busy.connect(self._show_busy)
        self.presenter.phase_changed.connect(self._on_phase)

    def _show(self) -> None:
        presenter, now = self.presenter, wording.now()
        while len(self.rows) < len(presenter.rows):
            self._add_row(with_rule=bool(self.rows))
        for place, one in enumerate(self.rows):
            is_there = place < len(presenter.rows)
            self._places[place].setVisible(is_there)
            if is_there:
                campaign = presenter.rows[place]
                one.show_campaign(campaign, presenter.channels.get(campaign.channel_id), now)
        self.pager.allow(newer=presenter.page > 1, older=presenter.has_older)
        is_paged = presenter.page > 1 or presenter.has_older
        self.pager.setVisible(is_paged)
        self.place.show_text(t("Page {page}", page=number(presenter.page)) if is_paged else "")

    def _show_busy(self, busy: frozenset[UUID]) -> None:
        for one in self.rows:
            one.show_busy(one.campaign is not None and one.campaign.id in busy)

    def _filter(self, state: object) -> None:
        self.presenter.filter(state if isinstance(state, CampaignStateName) else None)
        self._say_empty()

    def _say_empty(self) -> None:
        if self.presenter.state is not None:
            self.empty.say(t("No campaign is in this state"), action=t("Show all"))
        elif self.presenter.may_write:
            words = t("Write one message to many people, at a safe pace, to each of them once.")
            self.empty.say(t("No campaign yet"), words, action=t("New campaign"))
        else:
            self.empty.say(t("No campaign yet"), t("Who manages the company can make one."))

    def _on_empty(self) -> None:
        if self.presenter.state is None:
            self.wanted_new.emit()
        else:
            self.filter.choose(None)
            self._filter(None)

    def _on_phase(self, phase: Phase, _message: str) -> None:
        if phase is Phase.EMPTY:
            self._say_empty()


def _of(one: CampaignRow, do: Callable[[ListedCampaignOut], object]) -> None:
    if one.campaign is not None:
        do(one.campaign)
