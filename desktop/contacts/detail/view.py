"""The pane at the right: one contact, from its name down to what it allowed."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from desktop.contacts import wording
from desktop.contacts.detail.consent_card import ConsentCard, WishDialog
from desktop.contacts.detail.fields_card import FieldsCard
from desktop.contacts.detail.notes_card import NotesCard
from desktop.contacts.detail.presenter import DetailPresenter
from desktop.contacts.groups.presenter import GroupsPresenter
from desktop.contacts.in_place import InPlace
from desktop.contacts.rows import address_text, name_of, phone_of
from desktop.contacts.tag_field import TagField
from desktop.shell.async_view import AsyncView
from desktop.widgets import formats
from desktop.widgets.avatar import Avatar
from desktop.widgets.badge import Badge
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.card import Card
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.layouts import STRETCH, clear, column, holder, row
from desktop.widgets.text import Text
from embedded_server.contract.contacts import ContactOut, IdentityKindName, StandingOut
from embedded_server.contract.words import t

WIDTH = 368


class DetailView(QWidget):
    """``closed`` and ``conversation_wanted`` are for the screen around it."""

    closed = Signal()
    conversation_wanted = Signal(object)

    def __init__(self, presenter: DetailPresenter, groups: GroupsPresenter, *, may_change: bool) -> None:
        super().__init__()
        self._presenter, self._groups = presenter, groups
        self._may_change = may_change
        self._shown: UUID | None = None
        self.dialog: WishDialog | None = None
        self.setFixedWidth(WIDTH)
        self._build()
        self._wire()

    def open(self, id_: UUID) -> None:
        """Show this contact."""
        self._presenter.show(id_)
        self._groups.look_up_fields()

    def _build(self) -> None:
        content = holder(
            column(
                self._build_head(),
                self._build_contact(),
                self._build_tags(),
                self._build_fields(),
                self._build_notes(),
                self._build_consent(),
                STRETCH,
                gap="m",
                margins="l",
            )
        )
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(content)
        self.pages = AsyncView(scroll, EmptyState("user", t("Nobody here")))
        self.setLayout(column(self.pages, gap=""))

    def _build_head(self) -> QWidget:
        self.avatar = Avatar(size=44)
        self.title = Text("", "heading", elided=True)
        self.origin = Text("", "small", elided=True)
        self.close_button = IconButton("x", t("Close"), key="Esc")
        names = column(self.title, self.origin, gap="xs")
        top = row(self.avatar, names, self.close_button, gap="m")
        top.setStretch(1, 1)
        self.archived = Badge(t("Archived"), icon="archive")
        self.archived.hide()
        self.talk = Button(t("Open conversation"), icon="message-circle")
        self.away = IconButton("archive", t("Archive"))
        verbs = row(self.talk, self.away, gap="s")
        verbs.setStretch(0, 1)
        head = holder(column(top, self.archived, verbs, gap="m"))
        self.away.setVisible(self._may_change)
        return head

    def _build_contact(self) -> QWidget:
        card = Card(t("Contact"))
        self.lines = {
            "name": InPlace(t("Name")),
            "phone": InPlace(t("Phone"), t("With area code: 31 98888-1234")),
            "email": InPlace(t("E-mail")),
        }
        for line in self.lines.values():
            line.let(edit=self._may_change)
            card.add(line)
        self._addresses = column(gap="xs")
        card.add(self._addresses)
        return card

    def _build_tags(self) -> QWidget:
        card = Card(t("Tags"))
        self.tags = TagField(may_change=self._may_change)
        card.add(self.tags)
        return card

    def _build_fields(self) -> QWidget:
        self.fields = FieldsCard(may_change=self._may_change)
        return self.fields

    def _build_notes(self) -> QWidget:
        self.notes = NotesCard(may_change=self._may_change)
        return self.notes

    def _build_consent(self) -> QWidget:
        self.consent = ConsentCard(may_change=self._may_change)
        return self.consent

    def _wire(self) -> None:
        presenter = self._presenter
        self.pages.follow(presenter)
        self.pages.retry.connect(presenter.reload)
        presenter.shown.connect(self._show)
        presenter.notes_shown.connect(self._show_notes)
        presenter.standing_shown.connect(self._show_standing)
        presenter.saved.connect(self._praise)
        presenter.wrong.connect(self._blame)
        presenter.wished.connect(self._close_dialog)
        presenter.wish_refused.connect(self._refuse_wish)
        self._groups.changed.connect(self._know)
        self._wire_edits()

    def _wire_edits(self) -> None:
        presenter = self._presenter
        self.close_button.clicked.connect(self.closed)
        self.talk.clicked.connect(lambda: self.conversation_wanted.emit(self._shown))
        self.away.clicked.connect(self._archive_or_restore)
        self.lines["name"].kept.connect(lambda text: presenter.change("name", text))
        self.lines["phone"].kept.connect(lambda text: presenter.change("phone", text or None))
        self.lines["email"].kept.connect(lambda text: presenter.change("email", text or None))
        self.tags.added.connect(presenter.add_tag)
        self.tags.made.connect(presenter.make_tag)
        self.tags.dropped.connect(presenter.drop_tag)
        self.fields.kept.connect(lambda name, text: presenter.change("custom", {name: text}))
        self.notes.kept.connect(presenter.write_notes)
        self.notes.drafted.connect(self._draft)
        self.consent.wanted.connect(self._ask_wish)

    def _show(self, contact: ContactOut) -> None:
        is_other, self._shown = contact.id != self._shown, contact.id
        if is_other:
            self.notes.forget()
            self.consent.forget()
        shown = name_of(contact)
        self.avatar.show_name(shown)
        self.title.show_text(shown)
        since = t("Since {day}", day=formats.day(contact.created_at))
        self.origin.show_text(f"{since} · {wording.source(contact.source)}")
        is_archived = contact.archived_at is not None
        self.archived.setVisible(is_archived)
        self.away.show_icon("archive-restore" if is_archived else "archive")
        self.away.rename(t("Bring back") if is_archived else t("Archive"))
        self.lines["name"].show_value(contact.name, is_other=is_other)
        self.lines["phone"].show_value(formats.phone(_phone(contact)), is_other=is_other)
        self.lines["email"].show_value(contact.email or "", is_other=is_other)
        self.tags.show_tags(contact.tags)
        self.fields.show_fields(contact.custom, is_other=is_other)
        self._show_addresses(contact)

    def _show_addresses(self, contact: ContactOut) -> None:
        clear(self._addresses)
        for address in contact.addresses:
            if address.kind is IdentityKindName.PHONE and address.value == phone_of(contact):
                continue
            kind = t(wording.ADDRESSES[address.kind])
            self._addresses.addWidget(Text(kind, "small"))
            self._addresses.addWidget(Text(address_text(address), elided=True, selectable=True))

    def _show_notes(self, text: str) -> None:
        draft = self._presenter.drafts.get(self._shown) if self._shown else None
        self.notes.show_text(text, draft)

    def _show_standing(self, standing: StandingOut) -> None:
        self.consent.show_standing(standing)

    def _draft(self, text: str) -> None:
        if self._shown is None:
            return
        if text:
            self._presenter.drafts[self._shown] = text
        else:
            self._presenter.drafts.pop(self._shown, None)

    def _praise(self, name: str) -> None:
        if name == "custom":
            self.fields.praise()
        elif name == "notes":
            self.notes.take(self.notes.area.toPlainText().strip())
        else:
            self.lines[name].praise()

    def _blame(self, name: str, sentence: str) -> None:
        if name == "notes":
            self.notes.show_error(sentence)
        elif name == "tags":
            self.tags.show_error(sentence)
        elif name == "custom":
            self.fields.show_error(sentence)
        else:
            self.lines[name].show_error(sentence)

    def _know(self) -> None:
        self.tags.know(self._groups.tags)
        self.fields.know(self._groups.fields)

    def _archive_or_restore(self) -> None:
        contact = self._presenter.contact
        if contact is None:
            return
        if contact.archived_at is None:
            self._presenter.archive()
        else:
            self._presenter.restore(contact.id)

    def _ask_wish(self, granted: bool) -> None:
        self.dialog = WishDialog(self.title.whole(), granted=granted, parent=self)
        self.dialog.told.connect(lambda kind, said: self._presenter.record_wish(kind, said, granted=granted))
        self.dialog.finished.connect(self._forget_dialog)
        self.dialog.open()

    def _refuse_wish(self, faults: dict[str, str]) -> None:
        if self.dialog is not None:
            self.dialog.refuse(faults)

    def _close_dialog(self) -> None:
        if self.dialog is not None:
            self.dialog.accept()

    def _forget_dialog(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None


def _phone(contact: ContactOut) -> str:
    """Only what can be edited: an id of WhatsApp's is no phone of ours."""
    phones = (one.value for one in contact.addresses if one.kind is IdentityKindName.PHONE)
    return next(phones, "")
