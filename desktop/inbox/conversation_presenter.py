"""Loads the open conversation, page by page in both directions, and keeps it true while things happen."""

from __future__ import annotations

import asyncio
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.client.errors import ClientError
from desktop.inbox.entries import Team
from desktop.inbox.gathering import Gathering
from desktop.inbox.reaches import Reach, reaches_of
from desktop.inbox.sending_presenter import HOME, SendingPresenter
from desktop.inbox.timeline_model import TimelineModel
from desktop.shell.async_view import SKELETON_AFTER_MS
from desktop.shell.presenter import Phase, Presenter
from desktop.shell.screen import Surroundings
from desktop.shell.sentences import sentence
from embedded_server.contract.accounts import UserOut
from embedded_server.contract.base import Page
from embedded_server.contract.channels import ChannelOut
from embedded_server.contract.conversations import (
    AssigneeIn,
    ConversationDetailOut,
    ConversationOut,
    ConversationStateName,
    MessageOut,
)
from embedded_server.contract.live import LiveEvent

PAGE = 60
#: Messages that are asked for one by one; of more, the newest page is loaded instead.
_FEW = 6


class ConversationPresenter(Presenter):
    """``opened`` says that another conversation is shown, ``changed`` that something about it is; both carry
    its :class:`ConversationDetailOut`. ``done`` carries the id of one that we changed ourselves.
    """

    opened = Signal(object)
    changed = Signal(object)
    done = Signal(object)
    team_changed = Signal()

    def __init__(self, around: Surroundings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._around, self._api = around, around.session.api
        self.timeline = TimelineModel(self)
        self.sending = SendingPresenter(around, self.timeline, self)
        self.id: UUID | None = None
        self.detail: ConversationDetailOut | None = None
        self.team = Team(around.session.me.person_id)
        self.users: list[UserOut] = []
        self._channels: list[ChannelOut] = []
        self._wants_newest = self._wants_channels = False
        self._touched: dict[UUID, None] = {}
        self._stays_unread = False
        self._gathering = Gathering(self, "refresh", self._refresh)
        self._late = QTimer(self, singleShot=True, interval=SKELETON_AFTER_MS)
        self._late.timeout.connect(lambda: self.timeline.fill([]))
        self.timeline.show_team(self.team)
        around.session.happened.connect(self._on_event)
        around.session.resynced.connect(self.reload)

    @property
    def reaches(self) -> list[Reach]:
        return reaches_of(self.detail, self._channels) if self.detail else []

    def prepare(self) -> None:
        """What every conversation needs: names of the team and channels."""
        self.start("prepare", self._prepare())

    def open(self, id_: UUID) -> None:
        """Show this conversation; the one before stays on the screen until it is here, or takes too long."""
        if id_ == self.id:
            return
        self.id, self.detail = id_, None
        self.sending.showing = None
        self._touched, self._stays_unread = {}, False
        for name in ("older", "newer"):
            self.tasks.cancel(name)
        self._late.start()
        self.load(self._open)

    def close(self) -> None:
        self.id = self.detail = self.sending.showing = None
        self.tasks.cancel("load")
        self._late.stop()
        self.timeline.fill([])
        self.opened.emit(None)

    def reload(self) -> None:
        if self.id is not None:
            self.load(self._open)

    def older(self) -> None:
        oldest = self.timeline.oldest_id
        if oldest is not None and self.timeline.has_older and not self.tasks.is_running("older"):
            self.start("older", self._older(oldest))

    def newer(self) -> None:
        newest = self.timeline.newest_id
        if newest is not None and self.timeline.has_newer and not self.tasks.is_running("newer"):
            self.start("newer", self._newer(newest))

    def to_newest(self) -> None:
        """The end may have left the window: load it anew."""
        if self.timeline.has_newer:
            self.reload()

    def seen(self) -> bool:
        """A person looks at it right now; whether there was anything new in it."""
        may = self._around.session.may("inbox.reply")
        if not may or self.detail is None or not self.detail.unread or self._stays_unread:
            return False
        self._tell(self.detail.model_copy(update={"unread": 0}))
        self.start("seen", self._post(self.detail.id, "read"))
        return True

    def mark_unread(self) -> None:
        """It waits again, until it is opened the next time."""
        if self.id is not None:
            self.mark(self.id, read=False)

    def mark(self, id_: UUID, *, read: bool) -> None:
        """Also of one that is not open."""
        self._stays_unread = not read and id_ == self.id
        self.start("seen", self._post(id_, "read" if read else "unread"))

    def resolve(self) -> None:
        self._change_state("close")

    def reopen(self) -> None:
        self._change_state("reopen")

    def change_state(self, id_: UUID, state: ConversationStateName) -> None:
        """Also of a conversation that is not shown any more: what an undo takes back."""
        verb = "reopen" if state is ConversationStateName.OPEN else "close"
        self.start(f"state:{id_}", self._act("POST", id_, verb))

    def assign(self, person_id: UUID | None) -> None:
        if self.id is not None:
            body = AssigneeIn(person_id=person_id)
            self.start("assign", self._act("PUT", self.id, "assignee", body))

    def _change_state(self, verb: str) -> None:
        if self.id is not None:
            self.start(f"state:{self.id}", self._act("POST", self.id, verb))

    async def _prepare(self) -> None:
        self._channels = [one async for one in self._api.every("/api/v1/channels", ChannelOut)]
        if self._around.session.may("users.read"):
            self.users = [one async for one in self._api.every("/api/v1/users", UserOut)]
            self.team = Team(self.team.me, {user.id: user.name for user in self.users})
            self.timeline.show_team(self.team)
            self.team_changed.emit()
        if self.detail is not None:
            self.changed.emit(self.detail)

    async def _open(self) -> bool:
        id_ = self.id
        if id_ is None:
            return False
        page: Page[MessageOut]
        detail, page = await asyncio.gather(
            self._api.get(f"{HOME}/{id_}", ConversationDetailOut), self._page()
        )
        is_new = self.sending.showing != id_
        self._late.stop()
        self.sending.showing, self.detail = id_, detail
        self._touched, self._wants_newest = {}, False
        self.timeline.fill(
            page.items,
            unread=detail.unread,
            letters=self.sending.letters_of(id_),
            has_older=page.next is not None,
        )
        (self.opened if is_new else self.changed).emit(detail)
        return True

    async def _page(self, **where: UUID) -> Page[MessageOut]:
        return await self._api.page(f"{HOME}/{self.id}/messages", MessageOut, limit=PAGE, **where)  # type: ignore[arg-type]

    async def _older(self, oldest: UUID) -> None:
        page = await self._page(older_than=oldest)
        if self.timeline.oldest_id == oldest:
            self.timeline.prepend(page.items, has_older=page.next is not None)

    async def _newer(self, newest: UUID) -> None:
        """Unless the window moved on meanwhile: then this page no longer follows on it."""
        page = await self._page(newer_than=newest)
        if self.timeline.newest_id == newest:
            self.timeline.append(page.items, has_newer=page.next is not None)

    def _on_event(self, event: LiveEvent) -> None:
        if event.topic == "channel.changed":
            self._wants_channels = True
        elif self.id is None or event.payload.get("conversation_id") != str(self.id):
            return
        elif event.topic == "message.changed":
            self._touched[UUID(event.payload["message_id"])] = None
        elif event.topic in ("message.received", "message.added"):
            self._wants_newest = True
            self._stays_unread = False
        self._gathering.wish()

    async def _refresh(self) -> None:
        """What changed, and the conversation's own line; trouble shows above what stands."""
        try:
            await self._catch_up()
        except ClientError as error:
            self._wants_newest = True
            self.to_phase(Phase.FAILED, sentence(error))
            return
        if self.phase is Phase.FAILED:
            self.to_phase(Phase.READY)

    async def _catch_up(self) -> None:
        if self._wants_channels:
            self._wants_channels = False
            self._channels = [one async for one in self._api.every("/api/v1/channels", ChannelOut)]
        id_, touched, wants_newest = self.id, self._touched, self._wants_newest
        if id_ is None or self.detail is None:
            return
        self._touched, self._wants_newest = {}, False
        shown = [one for one in touched if self.timeline.holds(one)]
        if (wants_newest or len(shown) > _FEW) and not self.timeline.has_newer:
            await self._merge_newest(id_)
        for one in shown[:_FEW]:
            message = await self._api.get(f"{HOME}/{id_}/messages/{one}", MessageOut)
            if self.id == id_:
                self.timeline.merge([message])
        detail = await self._api.get(f"{HOME}/{id_}", ConversationDetailOut)
        if self.id == id_:
            self._tell(detail)

    async def _merge_newest(self, id_: UUID) -> None:
        """If more came than a page holds, what lies between would be missing: begin anew from the end."""
        page, newest = await self._page(), self.timeline.newest_id
        has_gap = newest is not None and page.next is not None and all(m.id > newest for m in page.items)
        if self.id == id_:
            self.reload() if has_gap else self.timeline.merge(page.items)

    def _tell(self, detail: ConversationDetailOut) -> None:
        self.detail = detail
        self.changed.emit(detail)

    async def _post(self, id_: UUID, verb: str) -> None:
        await self._api.do("POST", f"{HOME}/{id_}/{verb}")
        self.done.emit(id_)

    async def _act(self, method: str, id_: UUID, verb: str, body: AssigneeIn | None = None) -> None:
        line = await self._api.send(method, f"{HOME}/{id_}/{verb}", ConversationOut, body)
        if self.detail is not None and self.detail.id == id_:
            told = {"state": line.state, "assignee_id": line.assignee_id}
            self._tell(self.detail.model_copy(update=told))
        self.done.emit(id_)
