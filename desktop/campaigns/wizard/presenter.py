"""The wizard's work: loads what can be chosen, keeps the draft, asks what it would do, and sends it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel
from PySide6.QtCore import QObject, Signal

from desktop.campaigns import wording
from desktop.campaigns.gathering import Gathering
from desktop.campaigns.presenter import CAMPAIGNS, CHANNELS
from desktop.campaigns.wizard.choices import WRITTEN, Choices
from desktop.campaigns.wizard.keeper import Keeper
from desktop.campaigns.wizard.plan import Plan, plan_of, take_template
from desktop.client.errors import ClientError, Refused
from desktop.shell.presenter import Presenter
from desktop.shell.sentences import sentence
from desktop.shell.session import Session
from desktop.widgets import formats
from embedded_server.contract.accounts import CompanyOut
from embedded_server.contract.campaigns import CampaignIn, CampaignOut, FlightPlanOut, ScheduleIn
from embedded_server.contract.channels import ChannelKindName, ChannelOut, ChannelStateName, ProviderName
from embedded_server.contract.contacts import ContactOut, CountedTagOut, FieldsOut, SegmentOut
from embedded_server.contract.live import LiveEvent
from embedded_server.contract.templates import SyncIn, SyncOut, TemplateOut
from embedded_server.contract.words import t

_CONTACTS = "/api/v1/contacts"
_TEMPLATES = "/api/v1/templates"
_SAVE_AFTER_MS = 600
_FOUND = 20
#: People of a reopened draft whose names are read one by one; more are only counted.
_NAMED = 50
#: What changes who can be written to.
_TOPICS = {"contact.changed", "consent.opted_out", "consent.opted_in", "channel.changed", "templates.synced"}

Item = TypeVar("Item", bound=BaseModel)


class Saving(StrEnum):
    """How the draft stands at the appliance."""

    NOT_YET = "not_yet"
    SAVING = "saving"
    SAVED = "saved"
    FAILED = "failed"


class WizardPresenter(Presenter):
    """``opened`` says that :attr:`plan` is another one, ``chosen`` that its channel or templates are.

    ``saving`` tells how the draft stands and, where it failed, why; ``flown`` that :attr:`flight` is new, or
    no longer true. ``found`` carries contacts of a search. ``sent`` ends it with the campaign's id.
    """

    opened = Signal()
    chosen = Signal()
    saving = Signal(object, str)
    flown = Signal()
    found = Signal(object)
    busy = Signal(bool)
    sent = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.choices = Choices()
        self.flight: FlightPlanOut | None = None
        self.trouble = ""
        self._session = session
        self._keeper = Keeper(Plan("", self.choices.timezone))
        self._is_open = self._is_touched = False
        self._is_watched = True
        self._wanted: UUID | None = None
        self._saves = Gathering(self, "save", self._save_quietly, wait_ms=_SAVE_AFTER_MS)
        self._flights = Gathering(self, "fly", self._fly)
        self._flights.settled.connect(self.flown)
        session.happened.connect(self._on_event)

    @property
    def plan(self) -> Plan:
        return self._keeper.plan

    @property
    def campaign_id(self) -> UUID | None:
        return self._keeper.campaign_id

    @property
    def may_send(self) -> bool:
        return self._session.may("campaigns.send")

    @property
    def may_sync(self) -> bool:
        return self._session.may("templates.manage")

    @property
    def is_current(self) -> bool:
        """Whether :attr:`flight` is about what is chosen now."""
        return self.flight is not None and self._flights.is_settled and self._saves.is_settled

    def begin(self) -> None:
        """A new campaign. Nothing is kept before something is decided."""
        self._open(None)

    def go_on(self, campaign_id: UUID) -> None:
        """A draft, as it was left."""
        self._open(campaign_id)

    def again(self) -> None:
        """What could not be loaded, once more."""
        self._open(self._wanted)

    def edit(self, **changes: Any) -> None:
        """Decide something. The draft follows by itself."""
        for name, value in changes.items():
            setattr(self.plan, name, value)
        self.touch()

    def touch(self) -> None:
        """Something of the plan was changed in place."""
        self._is_touched = True
        self._saves.wish()
        self.flown.emit()

    def choose_channel(self, channel_id: UUID) -> None:
        plan = self.plan
        plan.channel = self._channel(channel_id)
        plan.template, plan.values, plan.kept, plan.pace = None, {}, None, None
        plan.uses_template = plan.channel is not None and plan.channel.kind is ChannelKindName.WHATSAPP
        self.touch()
        self.start("templates", self._load_templates(self._keeper))

    def search(self, words: str) -> None:
        self.start("search", self._search(words))

    def sync(self) -> None:
        """Ask Meta for the channel's templates now."""
        self.start("sync", self._sync(self._keeper))

    def keep(self) -> None:
        """The person goes on to another step: keep the draft now, a new one too."""
        self._is_touched = True
        self._saves.hurry()

    def leave(self) -> None:
        """The wizard is left; the draft stays, unless nothing was ever decided."""
        self._is_open = False
        if self._is_touched and self._keeper.is_due:
            self.start(f"keep:{id(self._keeper)}", self._save(self._keeper))

    def watch(self, is_watched: bool) -> None:
        """Whether somebody looks; who can be written to is counted again when they come back."""
        if is_watched and not self._is_watched and self._is_open and self.campaign_id is not None:
            self._flights.wish()
        self._is_watched = is_watched

    def send(self) -> None:
        """Start or schedule what is on the screen."""
        if not self.tasks.is_running("send"):
            self.start("send", self._send(self._keeper))

    def _open(self, campaign_id: UUID | None) -> None:
        for name in ("templates", "search", "sync"):
            self.tasks.cancel(name)
        self.flight, self.trouble = None, ""
        self._is_touched, self._is_open, self._wanted = False, True, campaign_id
        self._is_watched = True
        self.load(self._fetch)

    async def _fetch(self) -> bool:
        campaign_id = self._wanted
        self.choices = await self._load_choices()
        if campaign_id is None:
            keeper = Keeper(self._first_plan())
        else:
            draft = await self._session.api.get(f"{CAMPAIGNS}/{campaign_id}", CampaignOut)
            plan = plan_of(draft, self._channel(draft.channel_id))
            plan.people |= await self._load_names(list(plan.people)[:_NAMED])
            await self._fill_templates(plan)
            keeper = Keeper(plan, campaign_id)
        self._keeper = keeper
        if campaign_id is None:
            await self._fill_templates(keeper.plan)
        self.opened.emit()
        self.saving.emit(Saving.SAVED if campaign_id else Saving.NOT_YET, "")
        if campaign_id:
            self._flights.hurry()
        return bool(self.choices.channels)

    def _first_plan(self) -> Plan:
        name = t("Campaign of {day}", day=formats.day(wording.now()))
        usable = sorted(self.choices.channels, key=lambda one: one.state is not ChannelStateName.ACTIVE)
        channel = usable[0] if usable else None
        is_whatsapp = channel is not None and channel.kind is ChannelKindName.WHATSAPP
        return Plan(name, self.choices.timezone, channel, uses_template=is_whatsapp)

    def _channel(self, channel_id: UUID) -> ChannelOut | None:
        return next((one for one in self.choices.channels if one.id == channel_id), None)

    async def _load_choices(self) -> Choices:
        api = self._session.api
        channels, tags, segments, fields, company = await asyncio.gather(
            self._every(CHANNELS, ChannelOut),
            self._every("/api/v1/tags", CountedTagOut),
            self._every("/api/v1/segments", SegmentOut),
            api.get(f"{_CONTACTS}/fields", FieldsOut),
            api.get("/api/v1/company", CompanyOut),
        )
        written = [one for one in channels if one.kind in WRITTEN]
        return Choices(written, tags, segments, fields.names, company.timezone)

    async def _every(self, path: str, item: type[Item], **query: object) -> list[Item]:
        return [one async for one in self._session.api.every(path, item, **query)]

    async def _load_names(self, ids: Sequence[UUID]) -> dict[UUID, str]:
        found = {}
        for id_ in ids:
            try:
                contact = await self._session.api.get(f"{_CONTACTS}/{id_}", ContactOut)
            except Refused:
                continue
            found[id_] = contact.name
        return found

    async def _load_templates(self, keeper: Keeper) -> None:
        await self._fill_templates(keeper.plan)
        if keeper is self._keeper:
            self.chosen.emit()

    async def _fill_templates(self, plan: Plan) -> None:
        channel = plan.channel
        found: list[TemplateOut] = []
        if channel is not None and channel.provider is ProviderName.META:
            found = await self._every(_TEMPLATES, TemplateOut, channel_id=channel.id)
        if plan.channel is channel:
            self.choices.templates = found
            take_template(plan, found)

    async def _sync(self, keeper: Keeper) -> None:
        if keeper.plan.channel is not None:
            body = SyncIn(channel_id=keeper.plan.channel.id)
            try:
                await self._session.api.send("POST", f"{_TEMPLATES}/sync", SyncOut, body)
            finally:
                await self._load_templates(keeper)

    async def _search(self, words: str) -> None:
        page = await self._session.api.page(_CONTACTS, ContactOut, limit=_FOUND, q=words)
        self.found.emit(page.items)

    async def _save_quietly(self) -> None:
        keeper = self._keeper
        try:
            await self._save(keeper)
        except ClientError as error:
            if keeper is self._keeper:
                self.saving.emit(Saving.FAILED, sentence(error))
        else:
            self._flights.hurry()

    async def _save(self, keeper: Keeper) -> None:
        """Raises ClientError when the appliance does not take it; it is tried again with the next change."""
        if not keeper.is_due:
            return
        if keeper is self._keeper:
            self.saving.emit(Saving.SAVING, "")
        try:
            await keeper.keep(self._make, self._replace)
        except Refused:
            keeper.forget_try()
            raise
        if keeper is self._keeper:
            self.saving.emit(Saving.SAVED, "")

    async def _make(self, draft: CampaignIn, key: str) -> CampaignOut:
        return await self._session.api.send("POST", CAMPAIGNS, CampaignOut, draft, key=key)

    async def _replace(self, campaign_id: UUID, draft: CampaignIn) -> CampaignOut:
        return await self._session.api.send("PUT", f"{CAMPAIGNS}/{campaign_id}", CampaignOut, draft)

    async def _fly(self) -> None:
        keeper, flight, trouble = self._keeper, None, ""
        if keeper.campaign_id is not None and keeper.plan.draft() is not None:
            # A large audience takes longer than an answer usually may, so it is read as a file is.
            path = f"{CAMPAIGNS}/{keeper.campaign_id}/preflight"
            try:
                raw = b"".join([piece async for piece in self._session.api.download(path)])
                flight = FlightPlanOut.model_validate_json(raw)
            except ClientError as error:
                trouble = sentence(error)
        if keeper is self._keeper:
            self.flight, self.trouble = flight, trouble

    async def _send(self, keeper: Keeper) -> None:
        self.busy.emit(True)
        try:
            await self._save(keeper)
            done = await self._launch(keeper)
        finally:
            self.busy.emit(False)
        self._is_open = False
        self.sent.emit(done.id)

    async def _launch(self, keeper: Keeper) -> CampaignOut:
        api, where, local = self._session.api, f"{CAMPAIGNS}/{keeper.campaign_id}", keeper.plan.local_start()
        try:
            if local is None:
                return await api.send("POST", f"{where}/start", CampaignOut)
            body = ScheduleIn(local=local, timezone=keeper.plan.timezone)
            return await api.send("POST", f"{where}/schedule", CampaignOut, body)
        except Refused as error:
            if error.code != "not_startable":
                raise
            # Another hand was faster: it is on its way already.
            return await api.get(where, CampaignOut)

    def _on_event(self, event: LiveEvent) -> None:
        if not self._is_open or not self._is_watched:
            return
        if event.topic == "templates.synced":
            self.start("templates", self._load_templates(self._keeper))
        if event.topic in _TOPICS and self.campaign_id is not None:
            self._flights.wish()
