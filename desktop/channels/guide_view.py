"""The way to a connected number, step by step: what you need, what the vendor says, where it reports."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.channels import facts, troubles
from desktop.channels.form import Form
from desktop.channels.notes import Note
from desktop.channels.troubles import Trouble
from desktop.channels.vendors import Vendor, numbered
from desktop.channels.webhook_view import WebhookView
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.layouts import STRETCH, column, holder, hug, row
from desktop.widgets.text import Text
from embedded_server.contract.channels import (
    ChannelIn,
    ChannelOut,
    ChannelWebhookOut,
    InspectionOut,
    ProviderName,
)
from embedded_server.contract.labels import Color
from embedded_server.contract.words import t

PREPARE, ENTER, RECEIVE = range(3)
_STEPS = 3


class GuideView(QWidget):
    """``try_out`` and ``connect_number`` carry a number; ``ended`` the id of what was connected, or None."""

    try_out = Signal(object)
    connect_number = Signal(object)
    register = Signal(object)
    copied = Signal()
    ended = Signal(object)

    def __init__(self, vendor: Vendor) -> None:
        super().__init__()
        self.vendor = vendor
        self._channel: ChannelOut | None = None
        #: What the vendor is being asked about, and what it found fit: both are forgotten with the next key.
        self._asked: ChannelIn | None = None
        self._tried: ChannelIn | None = None
        self.step = PREPARE
        self._build()
        self._wire()

    @property
    def channel(self) -> ChannelOut | None:
        """What this guide connected."""
        return self._channel

    def begin(self) -> None:
        """Once it has its place on the screen: the focus goes along."""
        self.show_step(PREPARE)

    def show_step(self, step: int) -> None:
        self.step = step
        self.place.show_text(t("Step {step} of {steps}", step=step + 1, steps=_STEPS))
        for number, page in enumerate(self.pages):
            page.setVisible(number == step)
        self.back.setVisible(step == ENTER)
        self.cancel.setVisible(step != RECEIVE)
        self.next.show_text((t("Continue"), t("Connect this number"), t("Finish"))[step])
        self.next.setEnabled(step != ENTER or self._tried is not None)
        (self.form.editors["name"] if step == ENTER else self.next).setFocus()

    def show_tried(self, told: InspectionOut | None, why: str) -> None:
        """What the vendor said of the number, or why it could not be asked."""
        if self._asked is None:
            return
        if told is None:
            self.answer.show_trouble(Trouble(Color.RED, why))
            return
        found = troubles.of_inspection(self.vendor.provider, told)
        hopeless = troubles.is_hopeless(told)
        # A network that is away now proves nothing about the number.
        self._tried = None if hopeless else self._asked
        self.next.setEnabled(self._tried is not None)
        if hopeless:
            found[0] = replace(found[0], help=t("Check what you entered and test again."))
        self.answer.show_trouble(found[0] if found else self._good(told))

    def show_connected(self, channel: ChannelOut) -> None:
        self._channel = channel
        self.form.clear()
        self._on_edited()
        self.show_step(RECEIVE)

    def show_not_connected(self, why: str) -> None:
        self.answer.show_trouble(Trouble(Color.RED, why))

    def show_webhook(self, channel_id: object, webhook: ChannelWebhookOut) -> None:
        if self._channel is not None and self._channel.id == channel_id:
            self.webhook.show_webhook(webhook)

    def show_busy(self, name: str, busy: bool) -> None:
        if name == "try":
            self.test.setEnabled(not busy)
            self.test.show_text(t("Asking…") if busy else t("Test connection"))
        if name == "connect" and self.step == ENTER:
            self.next.setEnabled(not busy and self._tried is not None)
        if name == "register":
            self.webhook.tell.setEnabled(not busy)

    def _build(self) -> None:
        self.place = Text("", "meta")
        self.form = Form(self.vendor.asks)
        self.test = Button(t("Test connection"), icon="plug")
        self.answer = Note()
        self.webhook = WebhookView(self.vendor)
        intro = Text(t("Before you begin, have this at hand:"), wrap=True)
        needs = [Text(step, "body", wrap=True) for step in numbered(self.vendor.needs)]
        self.pages = (
            holder(column(intro, *needs, gap="m")),
            holder(column(self.form, row(hug(self.test), STRETCH), self.answer, gap="m")),
            holder(column(Text(t("One thing is left, so that replies arrive:"), wrap=True), self.webhook)),
        )
        self.cancel = Button(t("Cancel"), kind=Kind.QUIET)
        self.back = Button(t("Back"))
        self.next = Button("", kind=Kind.PRIMARY)
        buttons = row(self.cancel, STRETCH, self.back, self.next)
        title = Text(t(self.vendor.title), "heading", wrap=True)
        self.setLayout(column(title, self.place, *self.pages, buttons, gap="l"))

    def _wire(self) -> None:
        self.cancel.clicked.connect(self._give_up)
        self.back.clicked.connect(lambda: self.show_step(PREPARE))
        self.next.clicked.connect(self._on_next)
        self.test.clicked.connect(self._on_test)
        self.form.edited.connect(self._on_edited)
        self.webhook.copied.connect(self.copied)
        self.webhook.register.connect(lambda: self.register.emit(self._channel and self._channel.id))

    def _on_next(self) -> None:
        if self.step == PREPARE:
            self.show_step(ENTER)
        elif self.step == ENTER and self._tried is not None:
            self.connect_number.emit(self._tried)
        elif self.step == RECEIVE:
            self.ended.emit(self._channel and self._channel.id)

    def _on_test(self) -> None:
        if self.form.check():
            self._on_edited()
            self._asked = self.vendor.number(self.form.said())
            self.try_out.emit(self._asked)

    def _on_edited(self) -> None:
        """What was tried out is no longer what is written."""
        self._asked = self._tried = None
        self.answer.hide()
        self.next.setEnabled(self.step != ENTER)

    def _give_up(self) -> None:
        self.form.clear()
        self._on_edited()
        self.ended.emit(None)

    def _good(self, told: InspectionOut) -> Trouble:
        who = t("Meta answers.") if self.vendor.provider is ProviderName.META else t("Twilio answers.")
        known = filter(
            None,
            (
                told.verified_name,
                told.display,
                t("quality {word}", word=facts.quality(told)) if told.quality else "",
                facts.limit(told),
            ),
        )
        return Trouble(Color.GREEN, who, " · ".join(known))
