"""Somebody who does not exist writes to a simulated number: to try the inbox without an account."""

from __future__ import annotations

import re
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.widgets.buttons import Button, Kind
from desktop.widgets.fields import Area, Field, TextField
from desktop.widgets.layouts import STRETCH, column, row
from desktop.widgets.text import Text
from embedded_server.contract.channels import ChannelKindName, ChannelOut
from embedded_server.contract.simulator import PretendedIn
from embedded_server.contract.words import number, t

_NUMBER = "+55 11 99999-8888"
_LONGEST = 1600
_AREA_HEIGHT = 88


class PretendView(QWidget):
    """``said`` carries what an invented customer writes; ``look`` asks to see it in the inbox."""

    said = Signal(object)
    look = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._channel_id: UUID | None = None
        self._build()
        self._wire()

    def show_channel(self, channel: ChannelOut) -> None:
        self._channel_id = channel.id
        self.name_field.setVisible(channel.kind is ChannelKindName.WHATSAPP)

    def show_busy(self, name: str, busy: bool) -> None:
        if name == "pretend":
            self.send.setEnabled(not busy)

    def show_sent(self) -> None:
        self.words.clear()
        self.sent.show()
        self.inbox.show()

    def _build(self) -> None:
        self.name = TextField()
        self.name.setText(t("Ana Souza"))
        self.name.setMaxLength(100)
        self.name_field = Field(t("Customer's name"), self.name)
        self.number = TextField(_NUMBER)
        self.number.setText(_NUMBER)
        self.number_field = Field(t("Customer's number"), self.number)
        self.words = Area(t("What the customer writes"))
        self.words.setFixedHeight(_AREA_HEIGHT)
        self.words.setPlainText(t("Hi! Do you have coffee beans?"))
        self.words_field = Field(t("Message"), self.words, hint=t("Write SAIR to see an opt-out."))
        self.send = Button(t("Send as a customer"), kind=Kind.PRIMARY, icon="send")
        self.sent = Text(
            t("Sent. It arrives in Conversations in a moment."), "small", wrap=True, color="green"
        )
        self.inbox = Button(t("See it in Conversations"))
        self.sent.hide()
        self.inbox.hide()
        intro = Text(t("Pretend to be a customer who writes to this number."), wrap=True)
        fields = (self.name_field, self.number_field, self.words_field)
        line = row(self.send, self.inbox, STRETCH)
        self.setLayout(column(intro, *fields, line, self.sent, gap="m"))

    def _wire(self) -> None:
        self.send.clicked.connect(self._on_send)
        self.inbox.clicked.connect(self.look)

    def _on_send(self) -> None:
        phone, words = e164(self.number.text()), self.words.toPlainText().strip()
        is_fine = 1 <= len(words) <= _LONGEST
        for field in (self.number_field, self.words_field):
            field.clear_error()
        if not phone:
            self.number_field.show_error(t("Write country and area code, as +55 11 99999-8888."))
        if not is_fine:
            most = number(_LONGEST)
            self.words_field.show_error(t("Write something, up to {most} characters.", most=most))
        if phone and is_fine and self._channel_id is not None:
            name = (self.name.text().strip() or None) if self.name_field.isVisibleTo(self) else None
            self.said.emit(PretendedIn(channel_id=self._channel_id, phone=phone, text=words, name=name))


def e164(typed: str) -> str:
    """The number with + and digits only; Brazil's, where no country is written. Empty when it is none."""
    digits = re.sub(r"\D", "", typed)
    if not typed.strip().startswith("+") and len(digits) in (10, 11):
        digits = f"55{digits}"
    return f"+{digits}" if 7 <= len(digits) <= 15 else ""
