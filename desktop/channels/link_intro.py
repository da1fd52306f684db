"""What linking a phone's WhatsApp means, told before it begins: what it is good for, and what it risks."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.channels.notes import Note
from desktop.channels.troubles import Trouble
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.layouts import STRETCH, column, row
from desktop.widgets.text import Text
from embedded_server.contract.labels import Color
from embedded_server.contract.words import t


class LinkIntroView(QWidget):
    """``begin`` says that the risk was read, ``official`` leads to Meta's way, ``ended`` gives up."""

    begin = Signal()
    official = Signal()
    ended = Signal()

    def __init__(self) -> None:
        super().__init__()
        points = (
            t("The number stays on your phone; this computer becomes one of its linked devices."),
            t("Conversations, groups and files arrive here, and replies go out from here."),
            t("No account at Meta, no templates, no price for each message."),
        )
        self.risk = Note(risk())
        self.start = Button(t("I understand, link a phone"), kind=Kind.PRIMARY, icon="qr-code")
        self.meta = Button(t("Use the official platform"))
        self.cancel = Button(t("Cancel"), kind=Kind.QUIET)
        title = Text(t("Link WhatsApp on a phone"), "heading", wrap=True)
        lines = [Text(f"• {point}", "body", wrap=True) for point in points]
        safe = row(self.meta, STRETCH)
        buttons = row(self.cancel, STRETCH, self.start)
        self.setLayout(column(title, *lines, self.risk, safe, buttons, gap="m"))
        self.start.clicked.connect(self.begin)
        self.meta.clicked.connect(self.official)
        self.cancel.clicked.connect(self.ended)
        self.risk.show()


def risk() -> Trouble:
    """The one thing to know before a number is linked."""
    return Trouble(
        Color.YELLOW,
        t("WhatsApp may restrict or ban numbers that use programs which are not its own, as this one."),
        t("Write only to people who agreed to it. The safe way is the official platform (Meta)."),
    )
