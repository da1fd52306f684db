"""Links one number: begins, follows what the appliance tells, and gives up when nobody waits any more."""

from __future__ import annotations

from uuid import UUID, uuid4

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.channels.link_words import UNDER_WAY, is_given_up_by_leaving
from desktop.client.errors import ClientError, Refused
from desktop.shell.notices import Notices
from desktop.shell.presenter import Presenter
from desktop.shell.sentences import sentence
from desktop.shell.session import Session
from embedded_server.contract.linked import LinkIn, LinkOut, LinkScanIn, LinkStateName
from embedded_server.contract.live import LiveEvent
from embedded_server.contract.words import t

#: Events that come quicker than this make one request.
GATHER_MS = 300
_ALL = "/api/v1/linked-sessions"


class LinkPresenter(Presenter):
    """One linking at a time. ``changed`` says that :attr:`link` or :attr:`trouble` is another."""

    changed = Signal()

    def __init__(self, session: Session, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        #: What was asked for; None when nothing is.
        self.wanted: LinkIn | None = None
        self.link: LinkOut | None = None
        #: Why it could not begin.
        self.trouble = ""
        #: A pretend phone is at it.
        self.is_scanning = False
        self._session, self._notices = session, notices
        self._late = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._late.timeout.connect(self.look)
        session.happened.connect(self._on_event)
        session.resynced.connect(self._soon)

    def begin(self, wanted: LinkIn) -> None:
        """What was under way before is given up."""
        self.drop()
        self.wanted = wanted
        # A name of its own: what was begun and is no longer wanted has to be heard of, to be cancelled.
        self.start(f"begin:{uuid4()}", self._begin(wanted))
        self.changed.emit()

    def again(self) -> None:
        """The same once more. A number that is linked already is held here again instead."""
        link = self.link
        if link is not None and link.jid is not None and link.ended_at is None:
            self.start("resume", self._resume(link.id))
        elif self.wanted is not None:
            self.begin(self.wanted)

    def drop(self) -> None:
        """Nobody waits for this code any more."""
        link, self.link, self.wanted, self.trouble = self.link, None, None, ""
        if link is not None and is_given_up_by_leaving(link):
            self.start(f"cancel:{link.id}", self._cancel(link.id))

    def leave(self) -> None:
        """The dialog is closed: a code is given up, a number that is being linked goes on."""
        link = self.link
        if link is not None and link.state in UNDER_WAY and link.state is not LinkStateName.OPEN:
            self._notices.toast(t("The number goes on being linked. Connections shows when it is ready."))
        self.drop()

    def scan(self) -> None:
        """Have the simulator's pretend phone scan the code, or type it."""
        if self.link is not None and not self.is_scanning:
            self.is_scanning = True
            self.changed.emit()
            self.start("scan", self._scan(self.link.id))

    def look(self) -> None:
        """Ask where the linking stands."""
        if self.link is not None:
            self.start("look", self._look(self.link.id))

    async def _begin(self, wanted: LinkIn) -> None:
        try:
            link = await self._session.api.send("POST", _ALL, LinkOut, wanted, key=str(uuid4()))
        except ClientError as error:
            if self.wanted is wanted:
                self.trouble = sentence(error)
                self.changed.emit()
            return
        if self.wanted is not wanted:
            await self._cancel(link.id)
            return
        self._show(link)
        # What happened before the answer was here was told of nobody we knew.
        self._soon()

    async def _resume(self, link_id: UUID) -> None:
        self._show(await self._session.api.send("POST", f"{_ALL}/{link_id}/resume", LinkOut))

    async def _cancel(self, link_id: UUID) -> None:
        try:
            await self._session.api.do("POST", f"{_ALL}/{link_id}/cancel")
        except Refused:
            # It came to its end, or was linked, a moment before.
            return

    async def _scan(self, link_id: UUID) -> None:
        try:
            await self._session.api.do("POST", f"{_ALL}/{link_id}/scan", LinkScanIn())
        finally:
            self.is_scanning = False
            self.changed.emit()

    async def _look(self, link_id: UUID) -> None:
        self._show(await self._session.api.get(f"{_ALL}/{link_id}", LinkOut))

    def _show(self, link: LinkOut) -> None:
        if self.wanted is None or (self.link is not None and self.link.id != link.id):
            return
        self.link = link
        self.changed.emit()

    def _on_event(self, event: LiveEvent) -> None:
        is_ours = self.link is not None and str(self.link.id) == event.payload.get("session_id")
        if event.topic == "linked.changed" and is_ours:
            self._soon()

    def _soon(self) -> None:
        """Not restarted by what comes meanwhile: a history of a thousand messages must be seen to grow."""
        if not self._late.isActive():
            self._late.start()
