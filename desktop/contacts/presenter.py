"""The list of contacts: loads it page by page, keeps it true, and acts on many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from desktop.client.errors import ClientError
from desktop.contacts.contacts_model import ContactsModel
from desktop.contacts.rows import Person, person_of
from desktop.contacts.settling import Settling
from desktop.shell.presenter import Phase, Presenter
from desktop.shell.session import Session
from embedded_server.contract.contacts import ContactIdsIn, ContactOut, CountOut
from embedded_server.contract.live import LiveEvent

CONTACTS = "/api/v1/contacts"
_TAGS = "/api/v1/tags"
PAGE = 100
#: Contacts the appliance looks at, or changes, in one request.
MOST_ASKED = 200
MOST_AT_ONCE = 1_000
#: Changed contacts that are mended one by one; after more the list is loaded anew.
MOST_MENDED = 2_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which contacts the list shows."""

    words: str = field(default="", repr=False)
    tag_id: UUID | None = None
    segment_id: UUID | None = None
    archived: bool = False

    @property
    def is_everybody(self) -> bool:
        return self == Wanted()

    def query(self) -> dict[str, Any]:
        return {
            "q": self.words or None,
            "tag_id": self.tag_id,
            "segment_id": self.segment_id,
            "archived": self.archived or None,
        }


class ContactsPresenter(Presenter):
    """``counted`` says how many there are in all. ``grew_stale`` says that the list is no longer the newest,
    where mending it would tear it from under the reader. ``working`` tells how far a change of many has come;
    ``changed_many`` ends it: the verb, and whom it reached.
    """

    counted = Signal(object)
    grew_stale = Signal(bool)
    working = Signal(int, int)
    changed_many = Signal(str, object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.model = ContactsModel(self)
        self.wanted = Wanted()
        #: How many the list has in all, as far as they are counted.
        self.total = 0
        self._session = session
        self._next: str | None = None
        self._touched: set[UUID] = set()
        self._is_all_touched = False
        self._is_stopped = False
        self._changes = 0
        self._settling = Settling(self, lambda: self.tasks.is_running("refresh"))
        self._settling.due.connect(self._look)
        self.model.more_wanted.connect(self.more)
        session.happened.connect(self._on_event)
        session.resynced.connect(self.touch_all)

    def want(self, **changes: Any) -> bool:
        """Show other contacts; whether they are others."""
        wanted = replace(self.wanted, **changes)
        if wanted == self.wanted:
            return False
        self.wanted = wanted
        self.reload()
        return True

    def reload(self) -> None:
        self.tasks.cancel("more")
        self.load(self._first)

    def more(self) -> None:
        """The next page, if there is one and nobody is getting it."""
        busy = self.tasks.is_running("more") or self.tasks.is_running("load")
        if self._next is not None and not busy:
            self.start("more", self._more())

    def touch_all(self) -> None:
        """Anything may have changed."""
        self._is_all_touched = True
        self._settling.wish()

    def watch(self, *, watched: bool) -> None:
        """Whether anybody looks: what nobody sees is brought up to date when somebody comes."""
        self._settling.watch(watched=watched)

    def archive(self, ids: Sequence[UUID]) -> None:
        """At once on the screen; what is refused comes back."""
        self.model.drop(ids)
        self._check_emptiness()
        self._begin("archive", f"{CONTACTS}/archive", list(ids))

    def restore(self, ids: Sequence[UUID]) -> None:
        if self.wanted.archived:
            self.model.drop(ids)
        self._begin("restore", f"{CONTACTS}/restore", list(ids))

    def tag(self, ids: Sequence[UUID], tag_id: UUID) -> None:
        """Only those that lack it, so that it can be taken back."""
        self.put_tag([id_ for id_ in ids if tag_id not in self._tags_of(id_)], tag_id)

    def untag(self, ids: Sequence[UUID], tag_id: UUID) -> None:
        self.take_tag([id_ for id_ in ids if tag_id in self._tags_of(id_)], tag_id)

    def put_tag(self, ids: Sequence[UUID], tag_id: UUID) -> None:
        self._begin(f"tag:{tag_id}", f"{_TAGS}/{tag_id}/attach", list(ids))

    def take_tag(self, ids: Sequence[UUID], tag_id: UUID) -> None:
        self._begin(f"untag:{tag_id}", f"{_TAGS}/{tag_id}/detach", list(ids))

    def carried(self, ids: Sequence[UUID]) -> set[UUID]:
        """Tags at least one of them has."""
        return {tag_id for id_ in ids for tag_id in self._tags_of(id_)}

    def touch(self, id_: UUID) -> None:
        """This contact was changed here."""
        self._touched.add(id_)
        self._settling.wish()

    def stop_many(self) -> None:
        """Go no further; what is done stays."""
        self._is_stopped = True

    def _tags_of(self, id_: UUID) -> Sequence[UUID]:
        person = self.model.find(id_)
        return person.tag_ids if person else ()

    async def _first(self) -> bool:
        page = await self._session.api.page(CONTACTS, ContactOut, limit=PAGE, **self.wanted.query())
        self._show(list(map(person_of, page.items)), page.next)
        self.start("count", self._count())
        return self.model.rowCount() > 0

    async def _more(self) -> None:
        query = self.wanted.query()
        page = await self._session.api.page(CONTACTS, ContactOut, limit=MOST_ASKED, after=self._next, **query)
        self._next = page.next
        self.model.has_more = page.next is not None
        self.model.append(list(map(person_of, page.items)))

    async def _count(self) -> None:
        found = await self._session.api.get(f"{CONTACTS}/count", CountOut, **self.wanted.query())
        self.total = found.contacts
        self.counted.emit(found.contacts)

    def _show(self, people: list[Person], next_: str | None) -> None:
        self._next = next_
        self.model.has_more = next_ is not None
        self.model.replace_all(people)
        self.grew_stale.emit(False)

    def _on_event(self, event: LiveEvent) -> None:
        match event.topic, event.payload:
            case "contact.changed" | "consent.opted_out" | "consent.opted_in", {"contact_id": str(id_)}:
                self.touch(UUID(id_))
            case "import.progressed", {"state": "running" | "completed" | "cancelled" | "failed"}:
                self.touch_all()

    def _look(self) -> None:
        self.start("refresh", self._refresh())

    async def _refresh(self) -> None:
        touched, self._touched = self._touched, set()
        everything, self._is_all_touched = self._is_all_touched, False
        if len(touched) > MOST_MENDED:
            self.reload()
            return
        if everything:
            await self._mend_top()
        await self._mend([id_ for id_ in touched if self._is_near(id_)])
        self._check_emptiness()
        await self._count()

    def _is_near(self, id_: UUID) -> bool:
        """Whether this contact is in the loaded part of the list, or would be."""
        rows = self.model.rowCount()
        if self.model.place(id_) is not None or not self.model.has_more or not rows:
            return True
        return id_ > self.model.row_at(rows - 1).id

    async def _mend(self, touched: Sequence[UUID]) -> None:
        for at in range(0, len(touched), MOST_ASKED):
            part = touched[at : at + MOST_ASKED]
            asked = "&".join(f"ids={id_.hex}" for id_ in part)
            query = self.wanted.query()
            page = await self._session.api.page(f"{CONTACTS}?{asked}", ContactOut, limit=MOST_ASKED, **query)
            if query == self.wanted.query():
                self.model.merge(list(map(person_of, page.items)), part)

    async def _mend_top(self) -> None:
        """The newest again. A list that was read further down stays where new people would leave a gap."""
        query = self.wanted.query()
        page = await self._session.api.page(CONTACTS, ContactOut, limit=PAGE, **query)
        people = list(map(person_of, page.items))
        if self.model.rowCount() <= PAGE or page.next is None:
            self._show(people, page.next)
        elif people[-1].id > self.model.row_at(0).id:
            self.grew_stale.emit(True)
        else:
            covered = [row.id for row in self.model.rows[: 2 * PAGE] if row.id >= people[-1].id]
            self.model.merge(people, covered)

    def _check_emptiness(self) -> None:
        if self.phase in (Phase.READY, Phase.EMPTY):
            self.to_phase(Phase.READY if self.model.rowCount() else Phase.EMPTY)

    def _begin(self, verb: str, path: str, ids: list[UUID]) -> None:
        self._is_stopped = False
        self._changes += 1
        self.start(f"many:{self._changes}", self._many(verb, path, ids))

    async def _many(self, verb: str, path: str, ids: list[UUID]) -> None:
        done = 0
        try:
            while done < len(ids) and not self._is_stopped:
                if len(ids) > MOST_AT_ONCE:
                    self.working.emit(done, len(ids))
                part = ContactIdsIn(contact_ids=ids[done : done + MOST_AT_ONCE])
                await self._session.api.do("POST", path, part)
                done += len(part.contact_ids)
        except ClientError:
            self._end(verb, ids, done)
            raise
        self._end(verb, ids, done)

    def _end(self, verb: str, ids: list[UUID], done: int) -> None:
        self.working.emit(0, 0)
        self._touched.update(ids)
        self._settling.wish()
        self.changed_many.emit(verb, ids[:done])
