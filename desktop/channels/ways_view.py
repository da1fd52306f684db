"""The ways to a number, side by side with what each is good for; and the one that needs no account."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QWidget

from desktop.widgets.buttons import Button, Kind
from desktop.widgets.icons import pixmap
from desktop.widgets.layouts import STRETCH, column, holder, row, rule
from desktop.widgets.text import Text
from desktop.widgets.theme import theme
from embedded_server.contract.words import t

META, LINKED, TWILIO, SIMULATOR = "meta", "linked", "twilio", "simulator"
_ICON = 24


def ways() -> dict[str, tuple[str, str, str]]:
    """Icon, name and use of each way, in the order they are offered."""
    return {
        META: (
            "message-circle",
            t("WhatsApp (Meta)"),
            t("Your number on Meta's official interface: conversations, templates and campaigns."),
        ),
        LINKED: (
            "qr-code",
            t("WhatsApp on a phone (QR)"),
            t(
                "The number of a phone you have, linked like WhatsApp Web. WhatsApp may restrict or ban "
                "numbers that use programs like this one."
            ),
        ),
        TWILIO: (
            "message-square",
            t("SMS (Twilio)"),
            t("Text messages to any phone, also without internet."),
        ),
        SIMULATOR: (
            "flask-conical",
            t("Simulator"),
            t("Try everything without an account and without cost. Nothing leaves this computer."),
        ),
    }


class WaysView(QWidget):
    """``wanted`` carries the way somebody chose."""

    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.buttons: dict[str, Button] = {}
        self._pictures: list[tuple[QLabel, str]] = []
        self._rows: dict[str, QWidget] = {}
        self._build()
        theme.changed.connect(self._tint)
        self._tint()

    def offer_simulator(self, is_on: bool) -> None:
        self._rows[SIMULATOR].setVisible(is_on)

    def _build(self) -> None:
        whole = column(Text(t("Connect a number"), "heading"), gap="l")
        for key, (icon, name, use) in ways().items():
            self._rows[key] = self._way(key, icon, name, use)
            whole.addWidget(self._rows[key])
        self.setLayout(whole)

    def _way(self, key: str, icon: str, name: str, use: str) -> QWidget:
        picture = QLabel()
        picture.setFixedSize(_ICON, _ICON)
        self._pictures.append((picture, icon))
        button = self.buttons[key] = Button(t("Try it") if key == SIMULATOR else t("Connect"))
        button.setAccessibleName(f"{button.text()}: {name}")
        button.clicked.connect(lambda: self.wanted.emit(key))
        words = column(Text(name, "strong"), Text(use, "small", wrap=True), gap="xs")
        line = row(picture, words, button, gap="m")
        line.setStretch(1, 1)
        return holder(column(rule(), line, gap="l"))

    def _tint(self) -> None:
        for picture, icon in self._pictures:
            picture.setPixmap(pixmap(icon, "accent", _ICON))


class SimulatorView(QWidget):
    """What the simulator is, before it begins.

    ``begin`` asks for its numbers, ``link`` for a pretend phone to link, ``ended`` gives up.
    """

    begin = Signal()
    link = Signal()
    ended = Signal()

    def __init__(self) -> None:
        super().__init__()
        points = (
            t("You get a WhatsApp number and an SMS number, ready at once."),
            t("They behave like the real ones: people answer, read, opt out, and some messages fail."),
            t("Nothing leaves this computer and nothing costs money. Nobody real is written to."),
            t("You can pretend to be a customer and see the message arrive in Conversations."),
        )
        self.start = Button(t("Make my test numbers"), kind=Kind.PRIMARY, icon="flask-conical")
        self.phone = Button(t("Link a pretend phone"), icon="qr-code")
        self.cancel = Button(t("Cancel"), kind=Kind.QUIET)
        self.start.clicked.connect(self.begin)
        self.phone.clicked.connect(self.link)
        self.cancel.clicked.connect(self.ended)
        lines = [Text(f"• {point}", "body", wrap=True) for point in points]
        title = Text(t("Try it with the simulator"), "heading", wrap=True)
        other = column(
            rule(),
            Text(t("Or link a number by QR code"), "strong"),
            Text(
                t("As with WhatsApp on a phone, only that the phone is a pretended one: you see every step."),
                "small",
                wrap=True,
            ),
            row(self.phone, STRETCH),
            gap="s",
        )
        begin, give_up = row(self.start, STRETCH), row(STRETCH, self.cancel)
        self.setLayout(column(title, *lines, begin, other, give_up, gap="m"))

    def show_busy(self, name: str, busy: bool) -> None:
        if name == "connect":
            self.start.setEnabled(not busy)
