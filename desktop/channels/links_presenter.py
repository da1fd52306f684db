"""Knows where the link of each linked number stands, and lets it go or takes it up again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.channels.link_words import seconds_left
from desktop.shell.notices import Notices, Tone
from desktop.shell.presenter import Presenter
from desktop.shell.session import Session
from embedded_server.contract.linked import LinkList, LinkOut
from embedded_server.contract.live import LiveEvent
from embedded_server.contract.words import t

#: Events that come quicker than this make one request.
GATHER_MS = 300
#: Of a timer; it is set again afterwards.
_LONGEST_MS = 3_600_000
_ALL = "/api/v1/linked-sessions"


class LinksPresenter(Presenter):
    """``changed`` says that the link of some number is another."""

    changed = Signal()
    busy_changed = Signal(bool)

    def __init__(self, session: Session, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        #: The live link of each number, or its last one.
        self.by_channel: dict[UUID, LinkOut] = {}
        self._session, self._notices = session, notices
        self._late = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._late.timeout.connect(self.refresh)
        #: What WhatsApp limits for a time ends without an event.
        self._ends = QTimer(self, singleShot=True)
        self._ends.timeout.connect(self.changed)
        self.changed.connect(self._wait_for_ends)
        session.happened.connect(self._on_event)
        session.resynced.connect(self._soon)

    def refresh(self) -> None:
        self.load(self._fetch)

    def resume(self, link_id: UUID) -> None:
        """Hold the number here again."""
        self.start("act", self._act(lambda: self._resume(link_id)))

    def log_out(self, link_id: UUID) -> None:
        """Unlink the number, at WhatsApp too."""
        self.start("act", self._act(lambda: self._log_out(link_id)))

    async def _act(self, work: Callable[[], Awaitable[None]]) -> None:
        self.busy_changed.emit(True)
        try:
            await work()
        finally:
            self.busy_changed.emit(False)

    async def _fetch(self) -> bool:
        found = await self._session.api.get(_ALL, LinkList)
        self.by_channel = newest(found.items)
        self.changed.emit()
        return bool(self.by_channel)

    async def _resume(self, link_id: UUID) -> None:
        self._keep(await self._session.api.send("POST", f"{_ALL}/{link_id}/resume", LinkOut))

    async def _log_out(self, link_id: UUID) -> None:
        self._keep(await self._session.api.send("POST", f"{_ALL}/{link_id}/log-out", LinkOut))
        self._notices.toast(t("The number is being unlinked. Its conversations stay."), Tone.GOOD)

    def _keep(self, link: LinkOut) -> None:
        if link.channel_id is not None:
            self.by_channel[link.channel_id] = link
        self.changed.emit()

    def _wait_for_ends(self) -> None:
        links = self.by_channel.values()
        moments = [moment for link in links for moment in (link.until, link.restricted_until)]
        ahead = [left for moment in moments if moment and (left := seconds_left(moment))]
        if ahead:
            self._ends.start(min(round(min(ahead) * 1000) + 1, _LONGEST_MS))

    def _on_event(self, event: LiveEvent) -> None:
        if event.topic == "linked.changed":
            self._soon()

    def _soon(self) -> None:
        if not self._late.isActive():
            self._late.start()


def newest(links: Sequence[LinkOut]) -> dict[UUID, LinkOut]:
    """The link of each number out of all, the newest first: a live one before those that are over."""
    found: dict[UUID, LinkOut] = {}
    for link in links:
        known = found.get(link.channel_id) if link.channel_id else None
        if link.channel_id and (known is None or (known.ended_at and not link.ended_at)):
            found[link.channel_id] = link
    return found
