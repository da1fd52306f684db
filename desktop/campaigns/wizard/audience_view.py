"""Step 1: everyone, some tags, a segment or chosen contacts, and how many that are."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtWidgets import QButtonGroup, QLayout, QVBoxLayout, QWidget

from desktop.campaigns.wizard.flight_card import FlightCard
from desktop.campaigns.wizard.people_view import PeopleView
from desktop.campaigns.wizard.plan import Reach
from desktop.campaigns.wizard.presenter import WizardPresenter
from desktop.widgets.card import Card
from desktop.widgets.fields import Check, Radio, SearchField, Select
from desktop.widgets.layouts import STRETCH, clear, column, holder, row
from desktop.widgets.text import Text
from embedded_server.contract.words import number, t

_SIDE = 300
_MANY_TAGS = 8


class AudienceView(QWidget):
    """Only one way of choosing at a time; what was chosen in another way stays behind it."""

    def __init__(self, presenter: WizardPresenter) -> None:
        super().__init__()
        self.presenter = presenter
        self.checks: dict[UUID, Check] = {}
        self._build()
        self._wire()

    def _build(self) -> None:
        self.radios = {
            Reach.EVERYONE: Radio(t("All contacts")),
            Reach.TAGS: Radio(t("Who carries one of these tags")),
            Reach.SEGMENT: Radio(t("A saved segment")),
            Reach.PEOPLE: Radio(t("Contacts I choose")),
        }
        self._group = QButtonGroup(self)
        self.tags_box: QVBoxLayout = column(gap="xs")
        self.tag_search = SearchField(t("Search tags"))
        self.no_tags = Text(t("There are no tags yet. Make some in Contacts."), "small", wrap=True)
        self.segment = Select()
        self.segment.setAccessibleName(t("Segment"))
        self.no_segments = Text(
            t("There are no segments yet. Save a filter in Contacts."), "small", wrap=True
        )
        self.people = PeopleView()
        self.editors = {
            Reach.TAGS: _inset(self.tag_search, self.tags_box, self.no_tags),
            Reach.SEGMENT: _inset(self.segment, self.no_segments),
            Reach.PEOPLE: _inset(self.people),
        }
        card = Card(t("Who receives it"))
        for reach, radio in self.radios.items():
            self._group.addButton(radio)
            card.add(radio)
            if reach in self.editors:
                card.add(self.editors[reach])
        self.flight = FlightCard(self.presenter)
        self.flight.setFixedWidth(_SIDE)
        both = row(gap="l")
        both.addLayout(column(card, STRETCH, gap=""), 1)
        both.addLayout(column(self.flight, STRETCH, gap=""))
        self.setLayout(both)

    def _wire(self) -> None:
        for reach, radio in self.radios.items():
            radio.clicked.connect(lambda _=False, reach=reach: self._choose(reach))
        self.segment.chosen.connect(lambda value: self.presenter.edit(segment_id=value))
        self.tag_search.searched.connect(self._filter_tags)
        self.people.searched.connect(self.presenter.search)
        self.people.changed.connect(lambda: self.presenter.edit(people=dict(self.people.chosen)))
        self.presenter.found.connect(self.people.show_found)
        self.presenter.opened.connect(self.show_plan)

    def show_plan(self) -> None:
        plan, choices = self.presenter.plan, self.presenter.choices
        self.radios[plan.reach].setChecked(True)
        self._show_tags()
        self.segment.show_items([(one.id, one.name) for one in choices.segments])
        self.segment.setVisible(bool(choices.segments))
        self.no_segments.setVisible(not choices.segments)
        if plan.segment_id in {one.id for one in choices.segments}:
            self.segment.choose(plan.segment_id)
        self.people.show_chosen(plan.people)
        self._show_editors()

    def _show_tags(self) -> None:
        clear(self.tags_box)
        self.checks = {}
        for tag in self.presenter.choices.tags:
            check = Check(f"{tag.name} ({number(tag.contacts)})")
            check.setChecked(tag.id in self.presenter.plan.tags)
            check.toggled.connect(lambda is_on, id_=tag.id: self._toggle(id_, is_on=is_on))
            self.checks[tag.id] = check
            self.tags_box.addWidget(check)
        self.no_tags.setVisible(not self.checks)
        self.tag_search.setVisible(len(self.checks) > _MANY_TAGS)

    def _filter_tags(self, words: str) -> None:
        for check in self.checks.values():
            check.setVisible(words.casefold() in check.text().casefold())

    def _choose(self, reach: Reach) -> None:
        changes: dict[str, object] = {"reach": reach}
        if reach is Reach.SEGMENT:
            changes["segment_id"] = self.segment.value()
        if reach is Reach.PEOPLE and not self.people.found.rows:
            self.presenter.search("")
        self.presenter.edit(**changes)
        self._show_editors()

    def _toggle(self, tag_id: UUID, *, is_on: bool) -> None:
        tags = set(self.presenter.plan.tags)
        tags.add(tag_id) if is_on else tags.discard(tag_id)
        self.presenter.edit(tags=tags)

    def _show_editors(self) -> None:
        for reach, editor in self.editors.items():
            editor.setVisible(reach is self.presenter.plan.reach)


def _inset(*parts: QWidget | QLayout) -> QWidget:
    """What belongs to the choice above it."""
    inside = column(*parts, gap="s")
    inside.setContentsMargins(32, 0, 0, 8)
    return holder(inside)
