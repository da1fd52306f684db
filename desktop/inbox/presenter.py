"""Loads the list, keeps it true while things happen, and tells of messages nobody is looking at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from desktop.client.errors import ClientError, Refused
from desktop.inbox.gathering import Gathering
from desktop.inbox.inbox_model import InboxModel
from desktop.inbox.rows import Row, row_of
from desktop.inbox.segments import Choice, Emptiness, Segment
from desktop.shell.presenter import Phase, Presenter
from desktop.shell.screen import Surroundings
from desktop.shell.sentences import sentence
from embedded_server.contract.channels import ChannelOut
from embedded_server.contract.conversations import ConversationIn, ConversationOut, UnreadOut
from embedded_server.contract.live import LiveEvent

HOME = "/api/v1/conversations"
PAGE, BIG_PAGE = 50, 100
#: More conversations than this at once are asked for by the page.
_FEW = 5

#: Topics that name a conversation by its id.
_OF_ONE = frozenset({"message.received", "message.added", "message.changed", "conversation.changed"})
#: Topics after which any line may look different.
_OF_ANY = frozenset({"contact.changed", "channel.changed"})


class InboxPresenter(Presenter):
    """``row_changed`` carries every line the appliance told anew, listed or not; ``begun`` an id to open.

    ``is_watched`` tells whether a person is looking at a conversation right now; ``keep`` names the one that
    stays among the unread although it is being read, until another one is opened.
    """

    unread_changed = Signal(int)
    row_changed = Signal(object)
    begun = Signal(object)

    def __init__(self, around: Surroundings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._around, self._api = around, around.session.api
        self.model = InboxModel(self)
        self.choice = Choice(around.session.me.person_id)
        self.unread = 0
        self.keep: UUID | None = None
        self.is_watched: Callable[[UUID], bool] = lambda _: False
        self._has_channel = True
        self._dirty: dict[UUID, None] = {}
        self._news: set[UUID] = set()
        self._is_stale = False
        self._after: str | None = None
        self._gathering = Gathering(self, "refresh", self._refresh)
        self.model.more_wanted.connect(self.more)
        around.session.happened.connect(self._on_event)
        around.session.resynced.connect(self.reload)

    @property
    def emptiness(self) -> Emptiness:
        return self.choice.emptiness(has_channel=self._has_channel)

    def reload(self) -> None:
        self.load(self._fetch)

    def choose(self, segment: Segment) -> None:
        self.choice = replace(self.choice, segment=segment)
        self.reload()

    def search(self, words: str) -> None:
        self.choice = replace(self.choice, words=words)
        self.reload()

    def more(self) -> None:
        """The next page, if there is one and it is not on its way."""
        if self._after is not None and not self.tasks.is_running("more"):
            self.start("more", self._more())

    def begin(self, contact_id: UUID) -> None:
        """The conversation with a contact, made if there is none."""
        self.start("begin", self._begin(contact_id))

    def look_again(self, id_: UUID) -> None:
        """This line changed by our own doing."""
        self._dirty[id_] = None
        self._gathering.wish()

    def read_here(self, id_: UUID) -> None:
        """Seen by us: its line shows it at once."""
        row = self.model.find(id_)
        if row is not None and row.unread:
            self.model.upsert(replace(row, unread=0))
            self.unread = max(0, self.unread - 1)
            self.unread_changed.emit(self.unread)

    async def _fetch(self) -> bool:
        page = await self._api.page(HOME, ConversationOut, limit=PAGE, **self.choice.query())
        self.tasks.cancel("more")
        self._after = page.next
        self.model.replace_all([row_of(line) for line in page.items], has_more=page.next is not None)
        if not page.items:
            channels = await self._api.page("/api/v1/channels", ChannelOut, limit=1)
            self._has_channel = bool(channels.items)
        await self._count()
        return bool(page.items)

    async def _more(self) -> None:
        page = await self._api.page(
            HOME, ConversationOut, limit=PAGE, after=self._after, **self.choice.query()
        )
        self._after = page.next
        self.model.append([row_of(line) for line in page.items], has_more=page.next is not None)

    async def _begin(self, contact_id: UUID) -> None:
        line = await self._api.send("POST", HOME, ConversationOut, ConversationIn(contact_id=contact_id))
        self._take([line])
        self.begun.emit(line.id)

    def _on_event(self, event: LiveEvent) -> None:
        if event.topic in _OF_ONE:
            id_ = UUID(event.payload["conversation_id"])
            self._dirty[id_] = None
            if event.topic == "message.received":
                self._news.add(id_)
        elif event.topic in _OF_ANY:
            self._is_stale = True
        else:
            return
        self._gathering.wish()

    async def _refresh(self) -> None:
        """Bring what changed up to date: a few one by one, many by the newest page."""
        try:
            await self._catch_up()
        except ClientError as error:
            self.to_phase(Phase.FAILED, sentence(error))
            return
        self.to_phase(Phase.READY if self.model.rowCount() else Phase.EMPTY)

    async def _catch_up(self) -> None:
        asked, is_stale = self._dirty, self._is_stale
        self._dirty, self._is_stale = {}, False
        try:
            await self._ask(asked, by_page=is_stale or len(asked) > _FEW)
        except ClientError:
            self._dirty, self._is_stale = asked | self._dirty, is_stale or self._is_stale
            raise
        await self._count()

    async def _ask(self, wanted: dict[UUID, None], *, by_page: bool) -> None:
        """Who has just written is on the newest page; the others are asked for one by one, a few at a time.

        Who is neither on the page nor in the list has nothing to show here: in a storm they are let go.
        """
        if by_page:
            choice = self.choice
            page = await self._api.page(HOME, ConversationOut, limit=BIG_PAGE, **choice.query())
            self._take(page.items, found_here=choice is self.choice)
            found = {line.id for line in page.items}
            left = [id_ for id_ in wanted if id_ not in found]
            listed = [id_ for id_ in left if self.model.find(id_)]
            left = listed + [id_ for id_ in left if not self.model.find(id_)][:_FEW]
        else:
            left = list(wanted)
        told = [(id_, await self._one(id_)) for id_ in left[:_FEW]]
        self._take([line for _, line in told if line], gone=[id_ for id_, line in told if line is None])
        if later := left[_FEW:]:
            self._dirty |= dict.fromkeys(later)
            self._gathering.wish()

    async def _one(self, id_: UUID) -> ConversationOut | None:
        try:
            return await self._api.get(f"{HOME}/{id_}", ConversationOut)
        except Refused as refusal:
            if refusal.status != 404:
                raise
            return None

    def _take(
        self, lines: Sequence[ConversationOut], *, gone: Sequence[UUID] = (), found_here: bool = False
    ) -> None:
        """Words only the appliance can judge: ``found_here`` are lines it found by them."""
        rows = [row_of(line) for line in lines]
        fitting = {row.id for row in rows if self._fits(row, is_found=found_here or not self.choice.words)}
        away = [row.id for row in rows if row.id not in fitting]
        self.model.take([row for row in rows if row.id in fitting], [*gone, *away])
        for row in rows:
            self.row_changed.emit(row)
            self._tell(row)

    def _fits(self, row: Row, *, is_found: bool) -> bool:
        is_listed = self.model.find(row.id) is not None
        if row.id == self.keep and is_listed and self.choice.segment is Segment.UNREAD:
            return True
        return self.choice.holds(row) and (is_listed or is_found)

    def _tell(self, row: Row) -> None:
        key = f"conversation:{row.id}"
        if not row.unread or self.is_watched(row.id):
            self._around.notices.settle(key)
        elif row.id in self._news:
            self._around.notices.tell(key, row.name, row.preview, "inbox", row.id)
        self._news.discard(row.id)

    async def _count(self) -> None:
        self.unread = (await self._api.get(f"{HOME}/unread", UnreadOut)).conversations
        self.unread_changed.emit(self.unread)
