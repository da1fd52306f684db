"""One's own devices: which there are, ending one, and letting a new one in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from PySide6.QtCore import Signal

from desktop.client.errors import ClientError, Refused
from desktop.client.pairing import HOME
from desktop.shell.presenter import Presenter
from desktop.shell.sentences import sentence
from desktop.shell.session import Session
from embedded_server.contract.live import LiveEvent
from embedded_server.contract.pairing import PairingCodeIn, PairingWindowOut, WaitingDeviceOut
from embedded_server.contract.session import DeviceOut, DevicesOut
from embedded_server.contract.words import t

DEVICES = "/api/v1/devices"
_PAIRED = "device.paired"


class Step(StrEnum):
    """Where adding a device stands."""

    LISTING = "listing"
    #: A code can be typed.
    EXPECTING = "expecting"
    #: A device was found, and somebody has to decide.
    DECIDING = "deciding"
    #: The time or the tries are used up.
    OVER = "over"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Adding:
    """The step, with the seconds the window is open at most and the device that was found."""

    step: Step
    seconds: int = 0
    device: WaitingDeviceOut | None = None


class DevicesPresenter(Presenter):
    """``listed`` follows a loading; ``adding_changed`` carries :class:`Adding`, ``code_wrong`` a sentence."""

    listed = Signal()
    adding_changed = Signal(object)
    code_wrong = Signal(str)
    busy_changed = Signal(bool)

    def __init__(self, session: Session) -> None:
        # Of the session, not of the dialog: what is still open is closed after the dialog has gone.
        super().__init__(session)
        self._session = session
        self.current = session.me.device_id
        self.devices: list[DeviceOut] = []
        self.adding = Adding(Step.LISTING)
        session.happened.connect(self._on_event)

    def refresh(self) -> None:
        self.load(self._fetch)

    def revoke(self, device_id: UUID) -> None:
        """Sign a device out."""
        self._act(lambda: self._revoke(device_id))

    def expect(self) -> None:
        """A new device is to come."""
        self._act(self._expect)

    def find(self, code: str) -> None:
        """The device that shows this code."""
        self._act(lambda: self._find(code))

    def decide(self, *, approve: bool) -> None:
        """Let the device that was found in, or send it away."""
        if (device := self.adding.device) is not None:
            self._act(lambda: self._decide(device, approve=approve))

    def give_up(self) -> None:
        """Nobody is to come any more."""
        if self.adding.step in (Step.EXPECTING, Step.DECIDING):
            self.start("close", self._close())
        self._to(Adding(Step.LISTING))

    def run_out(self) -> None:
        """The time is up."""
        if self.adding.step in (Step.EXPECTING, Step.DECIDING):
            self._to(Adding(Step.OVER))

    def leave(self) -> None:
        """The dialog is gone; what it left open is closed, then this goes too."""
        self.tasks.cancel("act")
        self.start("leave", self._leave())

    def _act(self, what: Callable[[], Awaitable[None]]) -> None:
        self.start("act", self._busily(what))

    async def _busily(self, what: Callable[[], Awaitable[None]]) -> None:
        self.busy_changed.emit(True)
        try:
            await what()
        except ClientError as error:
            self.failed.emit(sentence(error))
        finally:
            self.busy_changed.emit(False)

    async def _fetch(self) -> bool:
        found = await self._session.api.get(DEVICES, DevicesOut)
        self.current, self.devices = found.current, found.items
        self.listed.emit()
        return bool(self.devices)

    async def _revoke(self, device_id: UUID) -> None:
        try:
            await self._session.api.do("DELETE", f"{DEVICES}/{device_id}")
        except Refused as refused:
            # Somebody was faster: it is signed out, which is what was wanted.
            if refused.code != "device_not_found":
                raise
        self.refresh()

    async def _expect(self) -> None:
        window = await self._session.api.send("POST", f"{HOME}/window", PairingWindowOut)
        self._to(Adding(Step.EXPECTING, window.seconds))

    async def _find(self, code: str) -> None:
        body = PairingCodeIn(code=code[:40] or "-")
        try:
            device = await self._session.api.send("POST", f"{HOME}/code", WaitingDeviceOut, body)
        except Refused as refused:
            if refused.code == "pairing_closed":
                self._to(Adding(Step.OVER))
            else:
                self.code_wrong.emit(sentence(refused))
            return
        self._to(Adding(Step.DECIDING, device=device))

    async def _decide(self, device: WaitingDeviceOut, *, approve: bool) -> None:
        verb = "approve" if approve else "refuse"
        try:
            await self._session.api.do("POST", f"{HOME}/{device.id}/{verb}")
        except Refused as refused:
            if refused.code != "waiting_device_not_found":
                raise
            self._to(Adding(Step.OVER))
            return
        self._to(Adding(Step.ADDED if approve else Step.LISTING, device=device))

    async def _close(self) -> None:
        try:
            await self._session.api.do("DELETE", f"{HOME}/window")
        except ClientError as error:
            # It closes by itself within two minutes.
            self.failed.emit(t("The wait for a new device could not be ended: {why}", why=sentence(error)))

    async def _leave(self) -> None:
        if self.adding.step in (Step.EXPECTING, Step.DECIDING):
            await self._close()
        self.deleteLater()

    def _to(self, adding: Adding) -> None:
        self.adding = adding
        self.adding_changed.emit(adding)

    def _on_event(self, event: LiveEvent) -> None:
        if event.topic == _PAIRED:
            self.refresh()
