"""One campaign: what it is, where everybody stands, and what is decided about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from desktop.campaigns.copying import copy_of
from desktop.campaigns.gathering import Gathering
from desktop.campaigns.presenter import CAMPAIGNS, CHANNELS, say
from desktop.client.errors import ClientError, Refused
from desktop.shell.presenter import Presenter
from desktop.shell.session import Session
from embedded_server.contract.campaigns import (
    CampaignOut,
    CampaignStateName,
    FlightPlanOut,
    LedgerOut,
    ResendIn,
    ResendOut,
)
from embedded_server.contract.channels import ChannelOut
from embedded_server.contract.live import LiveEvent

_OWN = {"campaign.changed", "campaign.progressed"}


class DetailsPresenter(Presenter):
    """``changed`` says that campaign or ledger are others; ``moved`` that recipients moved on meanwhile.

    ``copied`` carries the id of a new draft, ``resent`` how many people are written to again.
    """

    changed = Signal()
    moved = Signal()
    busy = Signal(bool)
    copied = Signal(object)
    resent = Signal(int)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.campaign_id: UUID | None = None
        self.campaign: CampaignOut | None = None
        self.ledger: LedgerOut | None = None
        self.flight: FlightPlanOut | None = None
        self.channel: ChannelOut | None = None
        self._session = session
        self._is_watched = self._is_stale = False
        self._gathering = Gathering(self, "refresh", self._refresh)
        session.happened.connect(self._on_event)
        session.resynced.connect(self._touch)
        session.online_changed.connect(self._on_online)

    @property
    def may_write(self) -> bool:
        return self._session.may("campaigns.write")

    @property
    def may_send(self) -> bool:
        return self._session.may("campaigns.send")

    def show(self, campaign_id: UUID) -> None:
        self.campaign_id, self._is_watched = campaign_id, True
        self.campaign = self.ledger = self.flight = self.channel = None
        self.reload()

    def reload(self) -> None:
        self.load(self._fetch)

    def leave(self) -> None:
        self.watch(False)

    def watch(self, is_watched: bool) -> None:
        """Whether somebody looks; what happens meanwhile is seen when they come back."""
        is_back = is_watched and not self._is_watched
        self._is_watched = is_watched
        if is_back and self._is_stale:
            self._gathering.wish()

    def act(self, verb: str) -> None:
        """Pause, resume or cancel. Said twice, it is done once."""
        if self.campaign_id is not None and not self.tasks.is_running("act"):
            self.start("act", self._act(self.campaign_id, verb))

    def copy(self) -> None:
        if self.campaign is not None:
            self.start("copy", self._copy(self.campaign))

    def resend(self) -> None:
        """Write again to everybody in doubt; the person accepted that some get it twice."""
        if self.campaign_id is not None and not self.tasks.is_running("resend"):
            self.start("resend", self._resend(self.campaign_id))

    async def _fetch(self) -> bool:
        await self._look()
        return True

    async def _look(self) -> None:
        api, campaign_id = self._session.api, self.campaign_id
        where = f"{CAMPAIGNS}/{campaign_id}"
        campaign = await api.get(where, CampaignOut)
        ledger = await api.get(f"{where}/ledger", LedgerOut)
        channel = await self._channel_of(campaign)
        flight = None
        if campaign.state is CampaignStateName.SCHEDULED:
            raw = b"".join([piece async for piece in api.download(f"{where}/preflight")])
            flight = FlightPlanOut.model_validate_json(raw)
        if campaign_id == self.campaign_id:
            self.campaign, self.ledger, self.channel, self.flight = campaign, ledger, channel, flight
            self.changed.emit()

    async def _channel_of(self, campaign: CampaignOut) -> ChannelOut | None:
        if self.channel is not None and self.channel.id == campaign.channel_id:
            return self.channel
        try:
            return await self._session.api.get(f"{CHANNELS}/{campaign.channel_id}", ChannelOut)
        except Refused:
            return None

    async def _refresh(self) -> None:
        """Without leaving what stands on the screen; what cannot be reached is seen later."""
        if self.campaign_id is None:
            return
        try:
            await self._look()
        except Refused:
            raise
        except ClientError:
            return
        self.moved.emit()

    async def _act(self, campaign_id: UUID, verb: str) -> None:
        self.busy.emit(True)
        try:
            known = await say(self._session, campaign_id, verb)
            if campaign_id == self.campaign_id:
                self.campaign = known
                self.changed.emit()
        finally:
            self.busy.emit(False)
            self._gathering.hurry()

    async def _copy(self, campaign: CampaignOut) -> None:
        draft = await self._session.api.send("POST", CAMPAIGNS, CampaignOut, copy_of(campaign))
        self.copied.emit(draft.id)

    async def _resend(self, campaign_id: UUID) -> None:
        where = f"{CAMPAIGNS}/{campaign_id}/unconfirmed/resend"
        body = ResendIn(i_accept_duplicates=True)
        done = await self._session.api.send("POST", where, ResendOut, body)
        self.resent.emit(done.released)
        self._gathering.hurry()

    def _touch(self) -> None:
        self._is_stale = not self._is_watched
        if self._is_watched:
            self._gathering.wish()

    def _on_online(self, is_online: bool) -> None:
        if is_online:
            self._touch()

    def _on_event(self, event: LiveEvent) -> None:
        if self.campaign_id is None:
            return
        about: Any = event.payload.get("campaign_id")
        if event.topic in _OWN and str(about) == str(self.campaign_id):
            self._touch()
        elif event.topic == "channel.changed":
            self.channel = None
            self._touch()
