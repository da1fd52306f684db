"""One number with everything about it: what is wrong, what is known, what can be changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.channels import facts, troubles, vendors
from desktop.channels.cards import Badges
from desktop.channels.channels_model import TemplatesModel
from desktop.channels.link_view import LinkView
from desktop.channels.notes import Note
from desktop.channels.pretend_view import PretendView
from desktop.channels.settings_view import SettingsView
from desktop.channels.summary_view import SummaryView
from desktop.channels.templates_view import TemplatesView
from desktop.channels.webhook_view import WebhookView
from desktop.shell.presenter import Phase
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.dialog import Confirm
from desktop.widgets.layouts import STRETCH, clear, column, hug, row
from desktop.widgets.segmented import Segmented
from desktop.widgets.text import Text
from embedded_server.contract.channels import (
    ChannelModeName,
    ChannelOut,
    ChannelStateName,
    ChannelWebhookOut,
    ProviderName,
)
from embedded_server.contract.linked import LinkOut
from embedded_server.contract.words import t, tp

SUMMARY, PRETEND, RECEIVING, TEMPLATES, SETTINGS = "summary", "pretend", "receiving", "templates", "settings"
Part = TypeVar("Part", bound=QWidget)


class DetailsView(QWidget):
    """Made for one number; ``show_channel`` follows what becomes of it. Parts are made when first wanted."""

    test = Signal()
    resume = Signal()
    disable = Signal()
    copied = Signal()
    register = Signal()
    sync = Signal()
    renamed = Signal(str)
    limited = Signal(float, object)
    replaced = Signal(object)
    said = Signal(object)
    look = Signal()

    def __init__(
        self, channel: ChannelOut, templates: TemplatesModel, *, may_manage: bool, may_sync: bool
    ) -> None:
        super().__init__()
        self.channel_id = channel.id
        self._channel = channel
        self._templates = templates
        self._may_manage, self._may_sync = may_manage, may_sync
        self._vendor = vendors.VENDORS.get(channel.provider)
        self._is_linked = facts.is_linked(channel)
        self._link: LinkOut | None = None
        self._troubles: list[troubles.Trouble] = []
        self._webhook: ChannelWebhookOut | None = None
        self._made: dict[str, QWidget] = {}
        self.keys = self._keys(channel)
        self._build()
        self._wire()
        self.show_channel(channel)
        self.show_part(PRETEND if PRETEND in self.keys else SUMMARY)

    def show_channel(self, channel: ChannelOut) -> None:
        self._channel = channel
        self.name.show_text(channel.name)
        self.badges.show_channel(channel, self._link)
        self._show_troubles(channel)
        # A link that works again has its number send again: there is nothing to resume.
        is_resumable = channel.state is not ChannelStateName.ACTIVE and not troubles.is_of_link(channel)
        self.resume_button.setVisible(self._may_manage and is_resumable)
        self.disable_button.setVisible(self._may_manage and channel.state is not ChannelStateName.DISABLED)
        for part in self._made.values():
            if isinstance(part, PretendView | WebhookView | SettingsView):
                part.show_channel(channel)
            elif isinstance(part, SummaryView):
                part.show_channel(channel, self._link)

    def show_link(self, link: LinkOut | None, phase: Phase) -> None:
        """Where the link of a linked number stands, and how far the question for it is."""
        if not self._is_linked:
            return
        self._link = link
        self.link.show_link(link, phase)
        self.show_channel(self._channel)

    def show_part(self, key: str) -> None:
        self.segments.choose(key)
        chosen = self.part(key)
        for part in self._made.values():
            part.setVisible(part is chosen)

    def part(self, key: str) -> QWidget:
        """One of :attr:`keys`."""
        parts: dict[str, Callable[[], QWidget]] = {
            SUMMARY: lambda: self.summary,
            PRETEND: lambda: self.pretend,
            RECEIVING: lambda: self.webhook,
            TEMPLATES: lambda: self.templates,
            SETTINGS: lambda: self.settings,
        }
        return parts[key]()

    def show_webhook(self, channel_id: object, webhook: ChannelWebhookOut) -> None:
        if channel_id == self.channel_id:
            self._webhook = webhook
            if RECEIVING in self._made:
                self.webhook.show_webhook(webhook)

    def show_busy(self, name: str, busy: bool) -> None:
        if name == "test":
            self.test_button.setEnabled(not busy)
            self.test_button.show_text(t("Asking…") if busy else t("Test connection"))
        if name == "switch":
            self.resume_button.setEnabled(not busy)
            self.disable_button.setEnabled(not busy)
        for part in self._made.values():
            if isinstance(part, PretendView | TemplatesView | SettingsView):
                part.show_busy(name, busy)

    def notes(self) -> list[Note]:
        """What is wrong, worst first."""
        return [note for note in self.findChildren(Note) if self._notes.indexOf(note) >= 0]

    @cached_property
    def summary(self) -> SummaryView:
        made = SummaryView()
        made.show_channel(self._channel, self._link)
        return self._placed(SUMMARY, made)

    @cached_property
    def pretend(self) -> PretendView:
        made = PretendView()
        made.said.connect(self.said)
        made.look.connect(self.look)
        self._placed(PRETEND, made).show_channel(self._channel)
        return made

    @cached_property
    def webhook(self) -> WebhookView:
        made = WebhookView(vendors.of(self._channel.provider))
        made.copied.connect(self.copied)
        made.register.connect(self.register)
        self._placed(RECEIVING, made).show_channel(self._channel)
        if self._webhook:
            made.show_webhook(self._webhook)
        return made

    @cached_property
    def templates(self) -> TemplatesView:
        made = self._placed(TEMPLATES, TemplatesView(self._templates))
        made.sync.connect(self.sync)
        made.button.setVisible(self._may_sync)
        return made

    @cached_property
    def settings(self) -> SettingsView:
        made = SettingsView(self._vendor)
        made.renamed.connect(self.renamed)
        made.limited.connect(self.limited)
        made.replaced.connect(self.replaced)
        self._placed(SETTINGS, made).show_channel(self._channel)
        return made

    def _placed(self, key: str, part: Part) -> Part:
        part.hide()
        self._place.addWidget(part)
        self._made[key] = part
        return part

    def _show_troubles(self, channel: ChannelOut) -> None:
        found = troubles.of_channel(channel, self._link)
        if found == self._troubles:
            return
        self._troubles = found
        clear(self._notes)
        for trouble in found:
            self._notes.addWidget(Note(trouble))

    def _keys(self, channel: ChannelOut) -> list[str]:
        simulated = channel.mode is ChannelModeName.SIMULATOR
        given = {
            SUMMARY: True,
            PRETEND: self._may_manage and simulated,
            RECEIVING: self._may_manage and not simulated and not self._is_linked,
            TEMPLATES: channel.provider is ProviderName.META,
            SETTINGS: self._may_manage,
        }
        return [key for key, is_given in given.items() if is_given]

    def _build(self) -> None:
        self.name, self.badges = Text("", "heading", elided=True), Badges()
        self.test_button = Button(t("Test connection"), icon="plug")
        self.resume_button = Button(t("Resume"), kind=Kind.PRIMARY, icon="play")
        self.disable_button = Button(t("Disable"), kind=Kind.QUIET, icon="ban")
        self.link = LinkView(may_manage=self._may_manage)
        self._notes, self._place = column(gap="s"), column()
        self.segments = Segmented([(key, _titles()[key]) for key in self.keys])
        head = row(hug(self.name), self.badges.state, self.badges.mode, STRETCH)
        of_link = (self.link.main, self.link.look, self.link.out) if self._is_linked else ()
        actions = row(
            self.test_button, self.resume_button, *of_link[:2], self.disable_button, *of_link[2:], STRETCH
        )
        segments = row(hug(self.segments), STRETCH)
        self.setLayout(column(head, self._notes, self.link, actions, segments, self._place, STRETCH))
        self.test_button.setVisible(self._may_manage and not self._is_linked)

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
