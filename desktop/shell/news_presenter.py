"""Turns facts of the company into news for a person, and counts the conversations nobody has read."""

from __future__ import annotations

import asyncio
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.client.errors import Refused
from desktop.shell.notices import Notices
from desktop.shell.presenter import Presenter
from desktop.shell.session import Session
from embedded_server.contract.campaigns import CampaignOut, CampaignStateName
from embedded_server.contract.channels import ChannelOut, ChannelStateName
from embedded_server.contract.conversations import ConversationOut, UnreadOut
from embedded_server.contract.live import LiveEvent
from embedded_server.contract.words import t, tn

#: Seconds events are gathered: a campaign's replies come by the hundred, and who reads one marks it as read.
GATHER = 0.6
#: Conversations named in one round; more are in the count.
NAMED = 5

_CONVERSATIONS = "/api/v1/conversations"


class NewsPresenter(Presenter):
    """Follows one session from :meth:`begin` on. ``counted`` carries how many conversations are unread."""

    counted = Signal(int)

    def __init__(self, session: Session, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._notices = session, notices
        self._written: dict[UUID, None] = {}
        self._again = False
        self._late = QTimer(self, singleShot=True, interval=round(GATHER * 1000))
        self._late.timeout.connect(self._begin_round)
        session.happened.connect(self._on_event)
        session.resynced.connect(self._soon)
        session.online_changed.connect(self._soon)

    def begin(self) -> None:
        if self._session.may("inbox.read"):
            self.start("unread", self._count())

    def _on_event(self, event: LiveEvent) -> None:
        match event.topic, event.payload:
            case "message.received", {"conversation_id": str(id_)}:
                self._written[UUID(id_)] = None
                self._soon()
            case "conversation.changed", {"conversation_id": str(id_), "change": change}:
                if change in ("read", "closed"):
                    self._notices.settle(f"conversation:{id_}")
                self._soon()
            case "channel.changed", {"channel_id": str(id_), "state": state}:
                self.start(f"channel:{id_}", self._tell_channel(id_, state))
            case "campaign.changed", {"campaign_id": str(id_), "state": state}:
                self.start(f"campaign:{id_}", self._tell_campaign(id_, state))

    def _soon(self, *_: object) -> None:
        """One round at a time: what comes meanwhile makes another one after it."""
        if self.tasks.is_running("round"):
            self._again = True
        elif not self._late.isActive():
            self._late.start()

    def _begin_round(self) -> None:
        if self._session.may("inbox.read"):
            self.start("round", self._round())

    async def _round(self) -> None:
        written, self._written, self._again = list(self._written), {}, False
        await asyncio.gather(self._count(), *(self._tell_message(id_) for id_ in written[-NAMED:]))
        if self._again:
            self._late.start()

    async def _count(self) -> None:
        found = await self._session.api.get(f"{_CONVERSATIONS}/unread", UnreadOut)
        self.counted.emit(found.conversations)

    async def _tell_message(self, id_: UUID) -> None:
        one = await self._session.api.get(f"{_CONVERSATIONS}/{id_}", ConversationOut)
        # Somebody, here or on the phone, has read it by now.
        if not one.unread:
            return
        waits = tn("{count} new message", "{count} new messages", one.unread)
        text = one.preview if one.unread == 1 else f"{one.preview} ({waits})"
        self._notices.tell(
            f"conversation:{id_}", one.contact_name or t("Without a name"), text or waits, "inbox", id_
        )

    async def _tell_channel(self, id_: str, state: str) -> None:
        key = f"channel:{id_}"
        if state != ChannelStateName.STOPPED:
            self._notices.settle(key)
            return
        one = await self._session.api.get(f"/api/v1/channels/{id_}", ChannelOut)
        title = t("{name} stopped", name=one.name)
        text = t("Nothing leaves on this number until it is put right. Open Connections to see why.")
        self._notices.tell(key, title, text, "channels", one.id)

    async def _tell_campaign(self, id_: str, state: str) -> None:
        if not (said := _end(state)):
            return
        try:
            one = await self._session.api.get(f"/api/v1/campaigns/{id_}", CampaignOut)
        except Refused:
            return
        self._notices.tell(f"campaign:{id_}", one.name, said, "campaigns", one.id)


def _end(state: str) -> str:
    """What to say when a campaign comes to this state; nothing for the states it passes through."""
    if state == CampaignStateName.COMPLETED:
        return t("The campaign has ended. Open it to see the result.")
    if state == CampaignStateName.FAILED:
        return t("The campaign could not go on. Open it to see why.")
    return ""
