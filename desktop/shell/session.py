"""Who is signed in, and everything the appliance tells us while they are."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from desktop.client.api import Api
from desktop.client.live import Live
from embedded_server.contract.live import LiveEvent
from embedded_server.contract.session import MeOut


class Session(QObject):
    """The bridge between the live connection and Qt.

    ``happened`` carries one committed fact at a time, in order. After ``resynced`` something was missed: load
    again what is shown. ``online_changed`` tells whether the appliance is reached right now.
    """

    happened = Signal(object)
    resynced = Signal()
    online_changed = Signal(bool)
    signed_out = Signal()

    def __init__(self, api: Api, me: MeOut, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.api = api
        self.me = me
        self.is_online = True
        api.on_signed_out = self.signed_out.emit
        self._live = Live(api.base, api.token)
        self._live.on_events = self._on_events
        self._live.on_resync = self.resynced.emit
        self._live.on_online = self._on_online
        self._live.on_signed_out = self.signed_out.emit

    def may(self, permission: str) -> bool:
        """Whether the role allows it; the appliance decides again, this only hides what would be refused."""
        return permission in self.me.permissions

    def listen(self) -> None:
        self._live.start()

    async def close(self) -> None:
        await self._live.close()
        await self.api.close()

    def _on_events(self, events: Sequence[LiveEvent]) -> None:
        for event in events:
            self.happened.emit(event)

    def _on_online(self, is_online: bool) -> None:
        if is_online is not self.is_online:
            self.is_online = is_online
            self.online_changed.emit(is_online)
