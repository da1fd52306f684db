"""Where the vendor has to report to: the address and the token to copy, and where to paste them."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from desktop.channels import vendors
from desktop.channels.notes import Note
from desktop.channels.troubles import Trouble
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.fields import TextField
from desktop.widgets.layouts import STRETCH, column, hug, row
from desktop.widgets.text import Text
from embedded_server.contract.channels import ChannelOut, ChannelWebhookOut, ProviderName
from embedded_server.contract.labels import Color
from embedded_server.contract.words import t


class CopyRow(QWidget):
    """A value to take elsewhere: selectable, and copied with one click. ``copied`` follows it."""

    copied = Signal()

    def __init__(self, label: str, copy: str) -> None:
        super().__init__()
        self.value = TextField()
        self.value.setReadOnly(True)
        self.value.setAccessibleName(label)
        self.button = IconButton("copy", copy)
        self.button.clicked.connect(self._copy)
        line = row(self.value, self.button, gap="xs")
        line.setStretch(0, 1)
        self.setLayout(column(Text(label, "strong"), line, gap="xs"))

    def show_value(self, value: str) -> None:
        self.value.setText(value)
        self.value.setCursorPosition(0)
        self.setVisible(bool(value))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.value.text())
        self.copied.emit()


class WebhookView(QWidget):
    """``copied`` says that something is in the clipboard; ``register`` asks to have Meta told by us."""

    copied = Signal()
    register = Signal()

    def __init__(self, vendor: vendors.Vendor) -> None:
        super().__init__()
        self._vendor = vendor
        self._build()
        self._wire()

    def show_webhook(self, webhook: ChannelWebhookOut) -> None:
        self.address.show_value(webhook.url)
        self.token.show_value(webhook.verify_token or "")
        at_home = is_at_home(webhook.url)
        self.at_home.setVisible(at_home)
        self.tell.setVisible(self._vendor.provider is ProviderName.META and not at_home)

    def show_channel(self, channel: ChannelOut) -> None:
        self.tell.setEnabled(channel.health.get("webhook") != "here")

    def _build(self) -> None:
        self.at_home = Note(
            Trouble(
                Color.YELLOW,
                t("This address is reached from this computer only."),
                t(
                    "The vendor calls over the internet. Lead a tunnel or a public address to it and set it "
                    "as MASTERIA_PUBLIC_URL; until then you can send, but replies do not arrive."
                ),
            )
        )
        self.address = CopyRow(t("Webhook address"), t("Copy the address"))
        self.token = CopyRow(t("Verify token"), t("Copy the verify token"))
        self.tell = Button(t("Enter it at Meta for me"), icon="webhook")
        steps = [Text(step, "body", wrap=True) for step in vendors.numbered(self._vendor.receiving)]
        self.setLayout(
            column(self.at_home, self.address, self.token, *steps, row(hug(self.tell), STRETCH), gap="m")
        )
        self.at_home.hide()
        self.token.hide()
        self.tell.hide()

    def _wire(self) -> None:
        self.address.copied.connect(self.copied)
        self.token.copied.connect(self.copied)
        self.tell.clicked.connect(self.register)


def is_at_home(url: str) -> bool:
    """Whether a vendor on the internet cannot reach this address."""
    host = urlsplit(url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or "." not in host or host.endswith((".local", ".lan"))
