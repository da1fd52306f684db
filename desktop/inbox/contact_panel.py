"""Beside the chat: who this person is, what the team knows, and what the person allowed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop.inbox.contact_presenter import ContactPresenter, Person
from desktop.inbox.reaches import Reach
from desktop.inbox.rows import mark_of, name_of, shown_address
from desktop.inbox.tag_flow import TagFlow
from desktop.shell.async_view import AsyncView
from desktop.shell.screen import Navigator
from desktop.widgets import formats
from desktop.widgets.badge import Badge
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.card import Card
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.fields import Area
from desktop.widgets.layouts import STRETCH, clear, column, holder, hug, row
from desktop.widgets.skeleton import Skeleton
from desktop.widgets.text import Text
from embedded_server.contract import labels
from embedded_server.contract.channels import ChannelKindName
from embedded_server.contract.contacts import ConsentOut, IdentityKindName
from embedded_server.contract.labels import Color
from embedded_server.contract.words import t

WIDTH = 264
_NUMBERS = frozenset({IdentityKindName.PHONE, IdentityKindName.WA_ID})


class ContactPanel(QWidget):
    """Follows its presenter; notes are the one thing that is written here."""

    noted = Signal(str)

    def __init__(self, presenter: ContactPresenter, navigator: Navigator) -> None:
        super().__init__()
        self._presenter, self._navigator = presenter, navigator
        self._person: Person | None = None
        self._saved = ""
        self._build()
        self._wire()

    def show_reaches(self, reaches: Sequence[Reach]) -> None:
        """The channels on which the person was met."""
        clear(self._channels.body)
        known = [reach for reach in reaches if reach.is_known]
        for reach in known:
            badge = Badge()
            badge.show_label(labels.label(reach.kind))
            self._channels.add(row(badge, Text(reach.name, "small", elided=True)))
        self._channels.setVisible(bool(known))

    def _build(self) -> None:
        self.setFixedWidth(WIDTH)
        self.name = Text("", "title", wrap=True)
        self.numbers: QVBoxLayout = column(gap="xs")
        self.tags = TagFlow()
        self._build_notes()
        self._consent, self._fields = Card(t("Consent")), Card(t("Details"))
        self._channels = Card(t("Channels"))
        self.link = Button(t("Open contact"), icon="user")
        parts = (self._notes, self._consent, self._fields, self._channels, self.link)
        inner = holder(column(self.name, self.numbers, self.tags, *parts, STRETCH, margins="l"))
        inner.setMaximumWidth(WIDTH - 2)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        empty = EmptyState("user", t("No contact"))
        self.loading = AsyncView(scroll, empty, skeleton=Skeleton(row_height=48, avatar=False))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.loading)

    def _build_notes(self) -> None:
        self.notes = Area(t("What the team should know"))
        self.notes.setAccessibleName(t("Notes"))
        self.notes.setFixedHeight(96)
        self.save = Button(t("Save notes"), kind=Kind.PRIMARY)
        self.save.hide()
        self._notes = Card(t("Notes"))
        self._notes.add(self.notes)
        self._notes.add(self.save)

    def _wire(self) -> None:
        self.loading.follow(self._presenter)
        self.loading.retry.connect(self._presenter.reload)
        self._presenter.shown.connect(self._show)
        self._presenter.notes_saved.connect(self._on_saved)
        self.notes.textChanged.connect(self._on_typed)
        self.save.clicked.connect(lambda: self._presenter.save_notes(self.notes.toPlainText()))
        self.link.clicked.connect(self._on_link)

    def _show(self, person: Person) -> None:
        is_same = self._person is not None and self._person.contact.id == person.contact.id
        self._person = person
        contact = person.contact
        numbers = [address.value for address in contact.addresses if address.kind in _NUMBERS]
        shown = list(dict.fromkeys(shown_address(number) for number in numbers))
        self.name.show_text(name_of(contact.name, numbers[0] if numbers else None))
        self._show_lines([*shown, *([contact.email] if contact.email else [])])
        self.tags.show_marks([mark_of(tag.name, tag.color) for tag in contact.tags])
        self._show_consent(person)
        self._show_fields(contact.custom)
        if not (is_same and self.notes.toPlainText() != self._saved):
            self._saved = person.notes
            self.notes.setPlainText(person.notes)
        self.notes.setReadOnly(not self._presenter.may_write)
        self._notes.setVisible(self._presenter.may_write or bool(person.notes))
        self._on_typed()

    def _show_lines(self, lines: Sequence[str]) -> None:
        clear(self.numbers)
        for line in lines:
            self.numbers.addWidget(Text(line, "small", selectable=True, wrap=True))

    def _show_consent(self, person: Person) -> None:
        clear(self._consent.body)
        newest = {one.channel_kind: one for one in person.standing.history}
        for kind in ChannelKindName:
            told = consent_words(newest.get(kind), stopped=kind in person.standing.opted_out)
            if told is not None:
                self._consent.add(hug(Badge(labels.text(kind), told[1], icon=told[2])))
                self._consent.add(Text(told[0], "small", wrap=True))
        if not self._consent.body.count():
            self._consent.add(Text(t("Nothing recorded yet"), "small", wrap=True))

    def _show_fields(self, custom: dict[str, object]) -> None:
        clear(self._fields.body)
        for name, value in custom.items():
            pair = column(Text(name, "meta"), Text(str(value), wrap=True, selectable=True), gap="")
            self._fields.add(pair)
        self._fields.setVisible(bool(custom))

    def _on_typed(self) -> None:
        may = self._presenter.may_write
        self.save.setVisible(may and self.notes.toPlainText().strip() != self._saved.strip())

    def _on_saved(self) -> None:
        self._saved = self.notes.toPlainText()
        self._on_typed()

    def _on_link(self) -> None:
        if (id_ := self._contact_id()) is not None:
            self._navigator.go("contacts", id_)

    def _contact_id(self) -> UUID | None:
        return self._person.contact.id if self._person else None


def consent_words(newest: ConsentOut | None, *, stopped: bool) -> tuple[str, Color, str] | None:
    """What a person allowed on one kind of channel, its color and its icon; None where nothing is known."""
    if stopped:
        return t("Asked not to be written to"), Color.RED, "ban"
    if newest is not None and newest.granted:
        return t("Agreed on {day}", day=formats.day(newest.created_at)), Color.GREEN, "check"
    return None
