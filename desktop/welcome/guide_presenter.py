"""How far a new company has come, by what the appliance says of it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QTimer, Signal

from desktop.shell.presenter import Presenter
from desktop.shell.screen import Surroundings
from embedded_server.contract.campaigns import CampaignOut, CampaignStateName
from embedded_server.contract.channels import ChannelOut
from embedded_server.contract.contacts import ContactOut
from embedded_server.contract.live import LiveEvent

#: Many events a second must not mean many requests.
GATHER_MS = 300
_ABOUT = ("channel.changed", "contact.changed", "import.progressed", "campaign.changed")
#: Whoever may do all of it is shown how; the others find what they may do by themselves.
_PERMISSIONS = ("channels.manage", "contacts.import", "campaigns.write")


@dataclass(frozen=True, slots=True)
class Headway:
    """What is done already."""

    channel: bool = False
    contacts: bool = False
    campaign: bool = False

    @property
    def done(self) -> int:
        return self.channel + self.contacts + self.campaign

    @property
    def is_whole(self) -> bool:
        return self.channel and self.contacts and self.campaign


class GuidePresenter(Presenter):
    """``progressed`` carries :class:`Headway`; ``wanted_changed`` whether the guide is to be seen at all."""

    progressed = Signal(object)
    wanted_changed = Signal(bool)

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__()
        self._around = surroundings
        self._name = f"guide/{surroundings.session.me.company_id}"
        self.progress = Headway()
        self._is_wanted = False
        self._late = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._late.timeout.connect(self._refresh)

    def begin(self) -> None:
        """Look, unless the guide was put away or is for somebody else."""
        session = self._around.session
        may = all(session.may(permission) for permission in _PERMISSIONS)
        if not may or self._around.preferences.flag(self._name):
            return
        session.happened.connect(self._on_event)
        session.resynced.connect(self._late.start)
        self._refresh()

    def dismiss(self) -> None:
        """Not to be seen again for this company."""
        self._around.preferences.keep(self._name, value=True)
        self._late.stop()
        self.tasks.cancel_all()
        self._want(is_wanted=False)

    def _refresh(self) -> None:
        if self.tasks.is_running("load"):
            self._late.start()
            return
        self.load(self._fetch)

    async def _fetch(self) -> bool:
        api = self._around.session.api
        is_first = not self._is_wanted
        channels = await api.page("/api/v1/channels", ChannelOut, limit=1)
        contacts = await api.page("/api/v1/contacts", ContactOut, limit=1)
        campaigns = await api.page("/api/v1/campaigns", CampaignOut, limit=200)
        started = any(one.state is not CampaignStateName.DRAFT for one in campaigns.items)
        self.progress = Headway(bool(channels.items), bool(contacts.items), started)
        if self.progress.is_whole and is_first:
            # A company that works already needs no first steps.
            self.dismiss()
            return False
        self._want(is_wanted=True)
        self.progressed.emit(self.progress)
        return True

    def _want(self, *, is_wanted: bool) -> None:
        if is_wanted is not self._is_wanted:
            self._is_wanted = is_wanted
            self.wanted_changed.emit(is_wanted)

    def _on_event(self, event: LiveEvent) -> None:
        if event.topic in _ABOUT and not self._around.preferences.flag(self._name):
            self._late.start()
