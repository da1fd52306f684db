"""One contact: loads it, keeps it true, and keeps each change as soon as it is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from desktop.client.errors import ClientError, Refused
from desktop.contacts import wording
from desktop.contacts.settling import Settling
from desktop.shell.presenter import Phase, Presenter
from desktop.shell.sentences import sentence
from desktop.shell.session import Session
from embedded_server.contract.channels import ChannelKindName
from embedded_server.contract.contacts import (
    ContactChange,
    ContactIn,
    ContactOut,
    NotesIn,
    NotesOut,
    StandingOut,
    TagIn,
    TagOut,
    WishIn,
)
from embedded_server.contract.live import LiveEvent

_CONTACTS = "/api/v1/contacts"
_TAGS = "/api/v1/tags"


class DetailPresenter(Presenter):
    """``shown`` carries the contact, ``notes_shown`` what the team wrote, ``standing_shown`` its wishes.

    Whatever is asked for is about the contact that is shown, also while another one is on its way. ``gone``
    says that the wanted one does not exist, ``touched`` that one was changed here. ``saved`` names a field
    that was kept; ``wrong`` one that was not, and why. ``wish_refused`` and ``create_refused`` answer the
    dialogs, by field; ``wished`` and ``created`` end them.
    """

    shown = Signal(object)
    notes_shown = Signal(str)
    standing_shown = Signal(object)
    gone = Signal()
    touched = Signal(object)
    saved = Signal(str)
    wrong = Signal(str, str)
    wished = Signal()
    wish_refused = Signal(object)
    created = Signal(object)
    create_refused = Signal(object)
    archived = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.contact: ContactOut | None = None
        self.wanted: UUID | None = None
        #: Notes that were written and not kept yet; they survive a look at somebody else.
        self.drafts: dict[UUID, str] = {}
        self._session = session
        #: Tags on their way: until they are there, the screen knows better than the appliance.
        self._tagging = 0
        self._tagged_ever = 0
        self._settling = Settling(self, lambda: self._tagging > 0 or self.tasks.is_running("refresh"))
        self._settling.due.connect(self._look)
        session.happened.connect(self._on_event)
        session.resynced.connect(self._settling.wish)

    def show(self, id_: UUID) -> None:
        """Load this contact, unless it is here or on its way."""
        if id_ == self.wanted and (self.phase is Phase.READY or self.tasks.is_running("load")):
            return
        self.wanted = id_
        self.load(self._load_all)

    def reload(self) -> None:
        if self.wanted is not None:
            self.load(self._load_all)

    def leave(self) -> None:
        """Nobody looks at a contact any more."""
        self.tasks.cancel("load")
        self.wanted = self.contact = None

    def change(self, name: str, value: object) -> None:
        """Keep one field: ``name``, ``phone``, ``email`` or ``custom``, which merges."""
        if self.contact:
            told: dict[str, Any] = {name: value}
            body = ContactChange.model_construct(_fields_set={name}, **told)
            self.start(f"change:{self.contact.id}:{name}", self._change(self.contact.id, name, body))

    def add_tag(self, tag: TagOut) -> None:
        """At once on the screen; what is refused goes again."""
        if self.contact and tag.id not in [one.id for one in self.contact.tags]:
            tags = sorted([*self.contact.tags, tag], key=lambda one: one.name)
            self._put_tags(self.contact, tags)
            self._tag("PUT", self.contact.id, tag.id)

    def drop_tag(self, tag_id: UUID) -> None:
        if self.contact:
            tags = [tag for tag in self.contact.tags if tag.id != tag_id]
            self._put_tags(self.contact, tags)
            self._tag("DELETE", self.contact.id, tag_id)

    def make_tag(self, name: str) -> None:
        """A tag that does not exist yet, put on this contact."""
        if self.contact:
            self.start(f"make_tag:{name}", self._make_tag(self.contact.id, name))

    def write_notes(self, text: str) -> None:
        if self.contact:
            self.start(f"notes:{self.contact.id}", self._write_notes(self.contact.id, text))

    def record_wish(self, kind: ChannelKindName, said: str, *, granted: bool) -> None:
        """What somebody said about being written to."""
        if self.contact:
            verb = "opt-in" if granted else "opt-out"
            body = WishIn.model_construct(channel_kind=kind, said=said)
            self.start("wish", self._record(f"{_CONTACTS}/{self.contact.id}/{verb}", body))

    def create(self, fields: dict[str, Any]) -> None:
        """Add somebody by hand."""
        self.start("create", self._create(ContactIn.model_construct(_fields_set=set(fields), **fields)))

    def archive(self) -> None:
        if self.contact:
            self.start(f"archive:{self.contact.id}", self._archive("archive", self.contact.id))

    def restore(self, id_: UUID) -> None:
        self.start(f"archive:{id_}", self._archive("restore", id_))

    async def _load_all(self) -> bool:
        place, tagged_before = f"{_CONTACTS}/{self.wanted}", self._tagged_ever
        try:
            contact = await self._session.api.get(place, ContactOut)
        except Refused as error:
            if error.code == "contact_not_found":
                self.gone.emit()
            raise
        self._show(contact, has_old_tags=tagged_before != self._tagged_ever)
        notes = await self._session.api.get(f"{place}/notes", NotesOut)
        self.notes_shown.emit(notes.text)
        self.standing_shown.emit(await self._session.api.get(f"{place}/consent", StandingOut))
        return True

    async def _refresh(self) -> None:
        if self.wanted is not None and self.phase is Phase.READY:
            await self._load_all()

    async def _change(self, id_: UUID, name: str, body: ContactChange) -> None:
        try:
            contact = await self._session.api.send("PATCH", f"{_CONTACTS}/{id_}", ContactOut, body)
        except ClientError as error:
            self._blame(id_, name, error)
            return
        self.touched.emit(id_)
        if self._is_shown(id_):
            self._show(contact)
            self.saved.emit(name)

    def _put_tags(self, contact: ContactOut, tags: list[TagOut]) -> None:
        self.contact = contact.model_copy(update={"tags": tags})
        self.shown.emit(self.contact)

    def _tag(self, method: str, id_: UUID, tag_id: UUID) -> None:
        self._settling.wish()
        self.start(f"tag:{id_}:{tag_id}", self._tagged(method, id_, tag_id))

    async def _tagged(self, method: str, id_: UUID, tag_id: UUID) -> None:
        self._tagging += 1
        self._tagged_ever += 1
        try:
            await self._session.api.send(method, f"{_CONTACTS}/{id_}/tags/{tag_id}", ContactOut)
        finally:
            self._tagging -= 1
        self.touched.emit(id_)

    async def _make_tag(self, id_: UUID, name: str) -> None:
        try:
            body = TagIn.model_construct(name=name)
            tag = await self._session.api.send("POST", _TAGS, TagOut, body)
        except ClientError as error:
            self._blame(id_, "tags", error)
            return
        if self._is_shown(id_):
            self.add_tag(tag)

    async def _write_notes(self, id_: UUID, text: str) -> None:
        try:
            body = NotesIn.model_construct(text=text)
            kept = await self._session.api.send("PUT", f"{_CONTACTS}/{id_}/notes", NotesOut, body)
        except ClientError as error:
            self._blame(id_, "notes", error)
            return
        self.drafts.pop(id_, None)
        if self._is_shown(id_):
            self.notes_shown.emit(kept.text)
            self.saved.emit("notes")

    def _blame(self, id_: UUID, name: str, error: ClientError) -> None:
        """Below the field; aloud where its contact is not looked at any more."""
        faults = wording.faults_by_field(error) if isinstance(error, Refused) else {}
        if self._is_shown(id_):
            self.wrong.emit(name, faults.get(name) or " ".join(faults.values()) or sentence(error))
        else:
            self.failed.emit(sentence(error))

    def _is_shown(self, id_: UUID) -> bool:
        return self.contact is not None and self.contact.id == id_

    async def _record(self, path: str, body: WishIn) -> None:
        await self._answer(
            lambda: self._session.api.send("POST", path, StandingOut, body), self._wished, self.wish_refused
        )

    def _wished(self, standing: StandingOut) -> None:
        self.standing_shown.emit(standing)
        self.wished.emit()
        self._settling.wish()
        if self.contact is not None:
            self.touched.emit(self.contact.id)

    async def _create(self, body: ContactIn) -> None:
        await self._answer(
            lambda: self._session.api.send("POST", _CONTACTS, ContactOut, body),
            self.created.emit,
            self.create_refused,
        )

    async def _answer(self, send: Callable[[], Any], done: Callable[[Any], object], refused: Any) -> None:
        """A dialog's question: what is refused is said in the dialog, by field, "" where it is none."""
        try:
            answer = await send()
        except Refused as error:
            refused.emit(wording.faults_by_field(error) or {"": sentence(error)})
        except ClientError as error:
            refused.emit({"": sentence(error)})
        else:
            done(answer)

    async def _archive(self, verb: str, id_: UUID) -> None:
        contact = await self._session.api.send("POST", f"{_CONTACTS}/{id_}/{verb}", ContactOut)
        if self._is_shown(id_):
            self._show(contact)
        self.touched.emit(id_)
        self.archived.emit(contact)

    def _show(self, contact: ContactOut, *, has_old_tags: bool = False) -> None:
        is_same = self.contact is not None and self.contact.id == contact.id
        if self.contact and is_same and (self._tagging or has_old_tags):
            contact = contact.model_copy(update={"tags": self.contact.tags})
        self.contact = contact
        self.shown.emit(contact)

    def _look(self) -> None:
        self.start("refresh", self._refresh())

    def _on_event(self, event: LiveEvent) -> None:
        is_about_us = event.payload.get("contact_id") == str(self.wanted)
        if is_about_us and event.topic.startswith(("contact.", "consent.")):
            self._settling.wish()
