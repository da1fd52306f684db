"""Asks the appliance about the company's numbers, and has it connect, test and change them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

from pydantic import SecretStr
from PySide6.QtCore import QObject, QTimer, Signal

from desktop.channels.channels_model import ChannelsModel, TemplatesModel
from desktop.channels.troubles import announced, ending, of_channel
from desktop.client.errors import ClientError
from desktop.shell.notices import Notices, Tone
from desktop.shell.presenter import Phase, Presenter
from desktop.shell.sentences import sentence
from desktop.shell.session import Session
from embedded_server.contract.channels import (
    ChannelChange,
    ChannelIn,
    ChannelOut,
    ChannelSettings,
    ChannelWebhookOut,
    InspectionOut,
    Price,
    ProviderName,
)
from embedded_server.contract.labels import Color
from embedded_server.contract.live import LiveEvent
from embedded_server.contract.simulator import PretendedIn, SimulatedOut, SimulatorOut
from embedded_server.contract.templates import SyncIn, SyncOut, TemplateOut
from embedded_server.contract.words import t, tn

#: Events that come quicker than this make one request.
GATHER_MS = 300
_ALL = "/api/v1/channels"
_TEMPLATES = "/api/v1/templates"
_SIMULATOR = "/api/v1/simulator"


class ChannelsPresenter(Presenter):
    """Lists, guides and changes. What is asked for by name is ``busy`` until it is answered.

    ``tried`` carries what the vendor said of a number that is not kept yet, or why it could not be asked.
    """

    changed = Signal()
    busy_changed = Signal(str, bool)
    simulator_known = Signal(bool)
    tried = Signal(object, str)
    connected = Signal(object)
    not_connected = Signal(str)
    simulated = Signal(object)
    webhook_known = Signal(object, object)
    templates_known = Signal()
    pretended = Signal()

    def __init__(self, session: Session, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.model = ChannelsModel(self)
        self.templates = TemplatesModel(self)
        self.chosen: UUID | None = None
        self.may_manage = session.may("channels.manage")
        self.may_sync = session.may("templates.manage")
        self._session, self._notices = session, notices
        self._told: set[tuple[UUID, int]] = set()
        self._late = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._late.timeout.connect(self.refresh)
        session.happened.connect(self._on_event)
        session.resynced.connect(self._late.start)

    def refresh(self) -> None:
        self.load(self._fetch)

    def look_for_simulator(self) -> None:
        self.start("simulator", self._look_for_simulator())

    def choose(self, channel_id: UUID | None) -> None:
        """Show this number's details, with what has to be asked for them."""
        self.chosen = channel_id
        self.templates.replace_all([])
        channel = self.channel()
        if channel is None:
            return
        if channel.provider is ProviderName.META:
            self.start("templates", self._load_templates(channel.id))
        # A linked device hears of messages by itself: nobody has to be told an address.
        if self.may_manage and channel.provider is not ProviderName.LINKED:
            self.start("webhook", self._load_webhook(channel.id))

    def channel(self) -> ChannelOut | None:
        """The chosen number."""
        return self.model.find(self.chosen)

    def try_out(self, number: ChannelIn) -> None:
        """Ask the vendor about a number that is not kept yet."""
        self._act("try", lambda: self._try_out(number))

    def connect_number(self, number: ChannelIn) -> None:
        if not self.tasks.is_running("connect"):
            self._act("connect", lambda: self._connect(number))

    def simulate(self) -> None:
        """The simulator's two numbers, made or found."""
        if not self.tasks.is_running("connect"):
            self._act("connect", self._simulate)

    def test(self, channel_id: UUID) -> None:
        self._act("test", lambda: self._test(channel_id))

    def register(self, channel_id: UUID) -> None:
        """Have Meta report to our address."""
        self._act("register", lambda: self._register(channel_id))

    def rename(self, channel_id: UUID, name: str) -> None:
        self._change(channel_id, ChannelChange(name=name))

    def limit(self, channel_id: UUID, rate: float, price: Price | None) -> None:
        self._change(channel_id, ChannelChange(rate=rate, settings=ChannelSettings(price=price)))

    def replace_secrets(self, channel_id: UUID, secrets: dict[str, SecretStr]) -> None:
        """The vendor is asked at once whether it likes them."""
        self._act("change", lambda: self._replace_secrets(channel_id, secrets))

    def disable(self, channel_id: UUID) -> None:
        self._act("switch", lambda: self._disable(channel_id))

    def resume(self, channel_id: UUID) -> None:
        self._act("switch", lambda: self._resume(channel_id))

    def sync_templates(self, channel_id: UUID) -> None:
        self._act("sync", lambda: self._sync(channel_id))

    def pretend(self, said: PretendedIn) -> None:
        """Somebody writes to a simulated number."""
        self._act("pretend", lambda: self._pretend(said))

    def _act(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self.start(name, self._busy(name, work))

    def _change(self, channel_id: UUID, change: ChannelChange) -> None:
        self._act("change", lambda: self._save(channel_id, change, t("Saved.")))

    async def _busy(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self.busy_changed.emit(name, True)
        try:
            await work()
        finally:
            self.busy_changed.emit(name, False)

    async def _fetch(self) -> bool:
        found = [channel async for channel in self._session.api.every(_ALL, ChannelOut)]
        self.model.replace_all(found)
        self.changed.emit()
        self._announce(found)
        return bool(found)

    async def _look_for_simulator(self) -> None:
        self.simulator_known.emit((await self._session.api.get(_SIMULATOR, SimulatorOut)).is_on)

    async def _try_out(self, number: ChannelIn) -> None:
        try:
            told = await self._session.api.send("POST", f"{_ALL}/check", InspectionOut, number)
        except ClientError as error:
            self.tried.emit(None, sentence(error))
        else:
            self.tried.emit(told, "")

    async def _connect(self, number: ChannelIn) -> None:
        try:
            channel = await self._session.api.send("POST", _ALL, ChannelOut, number, key=str(uuid4()))
        except ClientError as error:
            self.not_connected.emit(sentence(error))
            return
        self._keep(channel)
        self.connected.emit(channel)
        self.start("webhook", self._load_webhook(channel.id))
        self.test(channel.id)

    async def _simulate(self) -> None:
        made = await self._session.api.send("POST", f"{_SIMULATOR}/channels", SimulatedOut)
        for channel in made.channels:
            self._keep(await self._ask(channel.id))
        self._notices.toast(t("Your test numbers are ready."), Tone.GOOD)
        self.simulated.emit(made.channels)

    async def _test(self, channel_id: UUID) -> None:
        channel = await self._ask(channel_id)
        self._keep(channel)
        if any(trouble.color is Color.RED for trouble in of_channel(channel)):
            self._notices.bad(t("{name}: something is wrong. The details say what.", name=channel.name))
        else:
            self._notices.toast(t("{name} answers.", name=channel.name), Tone.GOOD)

    async def _ask(self, channel_id: UUID) -> ChannelOut:
        return await self._session.api.send("POST", f"{_ALL}/{channel_id}/test", ChannelOut)

    async def _register(self, channel_id: UUID) -> None:
        channel = await self._session.api.send("POST", f"{_ALL}/{channel_id}/webhook", ChannelOut)
        self._keep(channel)
        self._notices.toast(t("Meta now reports to this address."), Tone.GOOD)

    async def _save(self, channel_id: UUID, change: ChannelChange, done: str) -> None:
        self._keep(await self._session.api.send("PATCH", f"{_ALL}/{channel_id}", ChannelOut, change))
        self._notices.toast(done, Tone.GOOD)

    async def _replace_secrets(self, channel_id: UUID, secrets: dict[str, SecretStr]) -> None:
        await self._save(channel_id, ChannelChange(secrets=secrets), t("The new credentials are kept."))
        await self._test(channel_id)

    async def _disable(self, channel_id: UUID) -> None:
        await self._session.api.do("DELETE", f"{_ALL}/{channel_id}")
        channel = await self._session.api.get(f"{_ALL}/{channel_id}", ChannelOut)
        self._keep(channel)
        said = t("{name} is disabled.", name=channel.name)
        self._notices.toast(said, undo=lambda: self.resume(channel_id))

    async def _resume(self, channel_id: UUID) -> None:
        channel = await self._session.api.send("POST", f"{_ALL}/{channel_id}/resume", ChannelOut)
        self._keep(channel)
        self._notices.toast(t("{name} works again.", name=channel.name), Tone.GOOD)

    async def _sync(self, channel_id: UUID) -> None:
        done = await self._session.api.send(
            "POST", f"{_TEMPLATES}/sync", SyncOut, SyncIn(channel_id=channel_id)
        )
        self._notices.toast(tn("{count} template at Meta.", "{count} templates at Meta.", done.templates))
        await self._load_templates(channel_id)

    async def _pretend(self, said: PretendedIn) -> None:
        await self._session.api.do("POST", f"{_SIMULATOR}/messages", said)
        self.pretended.emit()

    async def _load_templates(self, channel_id: UUID) -> None:
        listed = self._session.api.every(_TEMPLATES, TemplateOut, channel_id=channel_id)
        found = [one async for one in listed]
        if channel_id == self.chosen:
            self.templates.replace_all(found)
            self.templates_known.emit()

    async def _load_webhook(self, channel_id: UUID) -> None:
        found = await self._session.api.get(f"{_ALL}/{channel_id}/webhook", ChannelWebhookOut)
        self.webhook_known.emit(channel_id, found)

    def _keep(self, channel: ChannelOut) -> None:
        self.model.upsert(channel)
        if self.phase is Phase.EMPTY:
            self.to_phase(Phase.READY)
        self.changed.emit()
        self._announce([channel])

    def _announce(self, channels: list[ChannelOut]) -> None:
        """Say once for each step that a token runs out."""
        for channel in channels:
            step = announced(channel.token_expires_at)
            key = f"token:{channel.id}"
            if step is None:
                self._notices.settle(key)
            elif (channel.id, step[0]) not in self._told:
                self._told.add((channel.id, step[0]))
                end = ending(channel)
                self._notices.tell(key, channel.name, end.what if end else "", "channels", channel.id)

    def _on_event(self, event: LiveEvent) -> None:
        if event.topic == "channel.changed":
            self._late.start()
        elif event.topic == "templates.synced" and str(self.chosen) == event.payload.get("channel_id"):
            self.start("templates", self._load_templates(UUID(event.payload["channel_id"])))
