"""One number with everything about it: what is wrong, what is known, what can be changed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.channels import troubles, vendors
from desktop.channels.cards import Badges, Name
from desktop.channels.channels_model import TemplatesModel
from desktop.channels.notes import Note
from desktop.channels.pretend_view import PretendView
from desktop.channels.settings_view import SettingsView
from desktop.channels.summary_view import SummaryView
from desktop.channels.templates_view import TemplatesView
from desktop.channels.webhook_view import WebhookView
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.dialog import Confirm
from desktop.widgets.layouts import STRETCH, clear, column, hug, row
from desktop.widgets.segmented import Segmented
from embedded_server.contract.channels import (
    ChannelModeName,
    ChannelOut,
    ChannelStateName,
    ChannelWebhookOut,
    ProviderName,
)
from embedded_server.contract.words import t, tp

SUMMARY, PRETEND, RECEIVING, TEMPLATES, SETTINGS = "summary", "pretend", "receiving", "templates", "settings"


class DetailsView(QWidget):
    """Made for one number; ``show_channel`` follows what becomes of it."""

    test = Signal()
    resume = Signal()
    disable = Signal()

    def __init__(self, channel: ChannelOut, templates: TemplatesModel, *, may_manage: bool) -> None:
        super().__init__()
        self.channel_id = channel.id
        self._may_manage = may_manage
        self._vendor = vendors.of(channel.provider)
        self.summary = SummaryView()
        self.pretend = PretendView()
        self.webhook = WebhookView(self._vendor)
        self.templates = TemplatesView(templates)
        self.settings = SettingsView(self._vendor)
        self._build(channel)
        self._wire()
        self.show_channel(channel)
        self.show_part(PRETEND if PRETEND in self.parts else SUMMARY)

    def show_channel(self, channel: ChannelOut) -> None:
        self._channel = channel
        self.name.show_text(channel.name)
        self.badges.show_channel(channel)
        self._show_troubles(channel)
        is_active = channel.state is ChannelStateName.ACTIVE
        self.resume_button.setVisible(self._may_manage and not is_active)
        self.disable_button.setVisible(self._may_manage and channel.state is not ChannelStateName.DISABLED)
        for part in (self.summary, self.pretend, self.webhook, self.settings):
            part.show_channel(channel)

    def show_part(self, key: str) -> None:
        self.segments.choose(key)
        for name, part in self.parts.items():
            part.setVisible(name == key)

    def show_webhook(self, channel_id: object, webhook: ChannelWebhookOut) -> None:
        if channel_id == self.channel_id:
            self.webhook.show_webhook(webhook)

    def show_busy(self, name: str, busy: bool) -> None:
        if name == "test":
            self.test_button.setEnabled(not busy)
            self.test_button.show_text(t("Asking…") if busy else t("Test connection"))
        if name == "switch":
            self.resume_button.setEnabled(not busy)
            self.disable_button.setEnabled(not busy)
        for part in (self.pretend, self.templates, self.settings):
            part.show_busy(name, busy)

    def notes(self) -> list[Note]:
        """What is wrong, worst first."""
        return [note for note in self.findChildren(Note) if self._notes.indexOf(note) >= 0]

    def _show_troubles(self, channel: ChannelOut) -> None:
        clear(self._notes)
        for trouble in troubles.of_channel(channel):
            self._notes.addWidget(Note(trouble))

    def _build(self, channel: ChannelOut) -> None:
        self.name, self.badges = Name(), Badges()
        self.test_button = Button(t("Test connection"), icon="plug")
        self.resume_button = Button(t("Resume"), kind=Kind.PRIMARY, icon="play")
        self.disable_button = Button(t("Disable"), kind=Kind.QUIET, icon="ban")
        self._notes = column(gap="s")
        self.parts = self._parts_of(channel)
        self.segments = Segmented([(key, _titles()[key]) for key in self.parts])
        head = row(self.name, self.badges.state, self.badges.mode, STRETCH)
        actions = row(self.test_button, self.resume_button, self.disable_button, STRETCH)
        whole = column(head, self._notes, actions, row(hug(self.segments), STRETCH), gap="m")
        for part in self.parts.values():
            whole.addWidget(part)
        whole.addStretch(1)
        self.setLayout(whole)
        self.test_button.setVisible(self._may_manage)

    def _parts_of(self, channel: ChannelOut) -> dict[str, QWidget]:
        simulated = channel.mode is ChannelModeName.SIMULATOR
        parts: dict[str, QWidget] = {SUMMARY: self.summary}
        if self._may_manage and simulated:
            parts[PRETEND] = self.pretend
        if self._may_manage and not simulated:
            parts[RECEIVING] = self.webhook
        if channel.provider is ProviderName.META:
            parts[TEMPLATES] = self.templates
        if self._may_manage:
            parts[SETTINGS] = self.settings
        for spare in (self.pretend, self.webhook, self.templates, self.settings):
            if spare not in parts.values():
                spare.setParent(self)
                spare.hide()
        return parts

    def _wire(self) -> None:
        self.segments.chosen.connect(self.show_part)
        self.test_button.clicked.connect(self.test)
        self.resume_button.clicked.connect(self.resume)
        self.disable_button.clicked.connect(self._on_disable)

    def _on_disable(self) -> None:
        self.question = Confirm(
            t("Disable {name}?", name=self._channel.name),
            t(
                "Nothing is sent or received on this number until you resume it: its campaigns stand still, "
                "and what customers write meanwhile may not arrive. Conversations and campaigns stay."
            ),
            verb=t("Disable"),
            danger=True,
            parent=self,
        )
        self.question.accepted.connect(self.disable)
        self.question.finished.connect(self.question.deleteLater)
        self.question.open()


def _titles() -> dict[str, str]:
    return {
        SUMMARY: t("Overview"),
        PRETEND: tp("channel", "Try it"),
        RECEIVING: tp("channel", "Receiving"),
        TEMPLATES: t("Templates"),
        SETTINGS: tp("channel", "Settings"),
    }
