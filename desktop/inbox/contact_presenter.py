"""Loads what is known about the person beside the chat, and keeps their notes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from desktop.inbox.gathering import Gathering
from desktop.shell.presenter import Presenter
from desktop.shell.screen import Surroundings
from embedded_server.contract.contacts import ContactOut, NotesIn, NotesOut, StandingOut
from embedded_server.contract.live import LiveEvent

HOME = "/api/v1/contacts"


@dataclass(frozen=True, slots=True)
class Person:
    """A contact with notes and consent."""

    contact: ContactOut
    notes: str = field(repr=False)
    standing: StandingOut


class ContactPresenter(Presenter):
    """``shown`` carries a :class:`Person`; ``notes_saved`` says that the notes were taken."""

    shown = Signal(object)
    notes_saved = Signal()

    def __init__(self, around: Surroundings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._api, self._session = around.session.api, around.session
        self.id: UUID | None = None
        self._gathering = Gathering(self, "refresh", self._refresh)
        around.session.happened.connect(self._on_event)
        around.session.resynced.connect(self.reload)

    @property
    def may_write(self) -> bool:
        return self._session.may("contacts.write")

    def open(self, contact_id: UUID) -> None:
        if contact_id != self.id:
            self.id = contact_id
            self.reload()

    def reload(self) -> None:
        if self.id is not None and self._session.may("contacts.read"):
            self.load(self._fetch)

    def save_notes(self, text: str) -> None:
        if self.id is not None:
            self.start("notes", self._save_notes(self.id, text))

    async def _fetch(self) -> bool:
        id_ = self.id
        place = f"{HOME}/{id_}"
        contact, notes, standing = await asyncio.gather(
            self._api.get(place, ContactOut),
            self._api.get(f"{place}/notes", NotesOut),
            self._api.get(f"{place}/consent", StandingOut),
        )
        if self.id == id_:
            self.shown.emit(Person(contact, notes.text, standing))
        return True

    async def _refresh(self) -> None:
        self.reload()

    async def _save_notes(self, id_: UUID, text: str) -> None:
        await self._api.send("PUT", f"{HOME}/{id_}/notes", NotesOut, NotesIn(text=text))
        self.notes_saved.emit()

    def _on_event(self, event: LiveEvent) -> None:
        about = event.payload.get("contact_id")
        watched = ("contact.changed", "consent.opted_in", "consent.opted_out")
        if event.topic in watched and about == str(self.id):
            self._gathering.wish()
