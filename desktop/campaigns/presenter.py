"""The list of campaigns: ten at a time, true while they run, and the verbs that are said to one of them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from desktop.campaigns.copying import copy_of
from desktop.campaigns.gathering import Gathering
from desktop.client.errors import ClientError, Refused
from desktop.shell.presenter import Phase, Presenter
from desktop.shell.session import Session
from embedded_server.contract.campaigns import CampaignOut, CampaignStateName, ListedCampaignOut
from embedded_server.contract.channels import ChannelOut
from embedded_server.contract.live import LiveEvent

CAMPAIGNS = "/api/v1/campaigns"
CHANNELS = "/api/v1/channels"
PAGE = 10

#: What a verb leads to; said of a campaign that is there already, it is done and no failure.
_LEADS_TO = {
    "pause": {CampaignStateName.PAUSED},
    "resume": {CampaignStateName.QUEUED, CampaignStateName.SENDING, CampaignStateName.COMPLETED},
    "cancel": {CampaignStateName.CANCELLED},
}
_TOPICS = {"campaign.changed", "campaign.progressed", "channel.changed"}


class CampaignsPresenter(Presenter):
    """``changed`` says that :attr:`rows` are others. ``busy`` names campaigns a verb is under way for.

    ``copied`` carries the id of a new draft, ``removed`` the name of one that is gone.
    """

    changed = Signal()
    busy = Signal(object)
    copied = Signal(object)
    removed = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: Sequence[ListedCampaignOut] = ()
        self.channels: dict[UUID, ChannelOut] = {}
        self.state: CampaignStateName | None = None
        self._session = session
        #: Where each page so far begins; the last one is shown.
        self._pages: list[str | None] = [None]
        self._next: str | None = None
        self._busy: set[UUID] = set()
        self._is_watched = True
        self._is_stale = False
        self._gathering = Gathering(self, "refresh", self._refresh)
        session.happened.connect(self._on_event)
        session.resynced.connect(self.touch)
        session.online_changed.connect(self._on_online)

    @property
    def page(self) -> int:
        """From 1."""
        return len(self._pages)

    @property
    def has_older(self) -> bool:
        return self._next is not None

    @property
    def may_write(self) -> bool:
        return self._session.may("campaigns.write")

    @property
    def may_send(self) -> bool:
        return self._session.may("campaigns.send")

    def reload(self) -> None:
        self.load(self._fetch)

    def filter(self, state: CampaignStateName | None) -> None:
        self.state, self._pages = state, [None]
        self.reload()

    def older(self) -> None:
        if self._next is not None:
            self._pages.append(self._next)
            self.reload()

    def newer(self) -> None:
        if len(self._pages) > 1:
            self._pages.pop()
            self.reload()

    def touch(self) -> None:
        """Something may have changed; seen when somebody looks."""
        if self._is_watched:
            self._gathering.wish()
        else:
            self._is_stale = True

    def watch(self, is_watched: bool) -> None:
        """Whether the list is on the screen."""
        self._is_watched = is_watched
        if is_watched and self._is_stale:
            self._is_stale = False
            self.touch()

    def act(self, campaign_id: UUID, verb: str) -> None:
        """Pause, resume or cancel. Said twice, it is done once."""
        if campaign_id not in self._busy:
            self._mark(campaign_id, is_busy=True)
            self.start(f"act:{campaign_id}", self._act(campaign_id, verb))

    def copy(self, campaign_id: UUID) -> None:
        self.start(f"copy:{campaign_id}", self._copy(campaign_id))

    def remove(self, campaign_id: UUID) -> None:
        """Throw a draft away."""
        self.start(f"remove:{campaign_id}", self._remove(campaign_id))

    async def _fetch(self) -> bool:
        await self._look()
        return bool(self.rows) or len(self._pages) > 1

    async def _look(self) -> None:
        api = self._session.api
        if not self.channels:
            self.channels = {one.id: one async for one in api.every(CHANNELS, ChannelOut)}
        after, state = self._pages[-1], self.state
        found = await api.page(CAMPAIGNS, ListedCampaignOut, limit=PAGE, after=after, state=state)
        if (after, state) == (self._pages[-1], self.state):
            self.rows, self._next = found.items, found.next
            self.changed.emit()

    async def _refresh(self) -> None:
        """Without leaving what stands on the screen; what cannot be reached is seen later."""
        try:
            await self._look()
        except Refused:
            raise
        except ClientError:
            return
        if self.phase in (Phase.READY, Phase.EMPTY):
            self.to_phase(Phase.READY if self.rows or len(self._pages) > 1 else Phase.EMPTY)

    async def _act(self, campaign_id: UUID, verb: str) -> None:
        try:
            await say(self._session, campaign_id, verb)
        finally:
            self._mark(campaign_id, is_busy=False)
            self._gathering.hurry()

    async def _copy(self, campaign_id: UUID) -> None:
        api = self._session.api
        made = copy_of(await api.get(f"{CAMPAIGNS}/{campaign_id}", CampaignOut))
        draft = await api.send("POST", CAMPAIGNS, CampaignOut, made)
        self.copied.emit(draft.id)
        self.touch()

    async def _remove(self, campaign_id: UUID) -> None:
        name = next((row.name for row in self.rows if row.id == campaign_id), "")
        await self._session.api.do("DELETE", f"{CAMPAIGNS}/{campaign_id}")
        self.removed.emit(name)
        self._gathering.hurry()

    def _mark(self, campaign_id: UUID, *, is_busy: bool) -> None:
        self._busy.add(campaign_id) if is_busy else self._busy.discard(campaign_id)
        self.busy.emit(frozenset(self._busy))

    def _on_online(self, is_online: bool) -> None:
        if is_online:
            self.touch()

    def _on_event(self, event: LiveEvent) -> None:
        if event.topic in _TOPICS:
            if event.topic == "channel.changed":
                self.channels = {}
            self.touch()


async def say(session: Session, campaign_id: UUID, verb: str) -> CampaignOut:
    """Pause, resume or cancel; where it is so already, the campaign as it is.

    Raises:
        Refused: it cannot be done, and is not done.
    """
    where = f"{CAMPAIGNS}/{campaign_id}"
    try:
        return await session.api.send("POST", f"{where}/{verb}", CampaignOut)
    except Refused:
        known = await session.api.get(where, CampaignOut)
        if known.state in _LEADS_TO[verb]:
            return known
        raise
