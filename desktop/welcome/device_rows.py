"""A signed-in device as a row, and a waiting one as a card that asks for a decision."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QWidget

from desktop.widgets.badge import Badge
from desktop.widgets.buttons import Button, IconButton, Kind
from desktop.widgets.card import Card
from desktop.widgets.formats import clock, short_moment
from desktop.widgets.icons import pixmap
from desktop.widgets.layouts import STRETCH, column, row
from desktop.widgets.text import Text
from desktop.widgets.theme import theme
from embedded_server.contract.labels import Color
from embedded_server.contract.pairing import WaitingDeviceOut
from embedded_server.contract.session import DeviceOut
from embedded_server.contract.words import t

_ICON = 22


class DeviceRow(QWidget):
    """``revoke_wanted`` follows the button, which the device in use does not have: there one signs out."""

    revoke_wanted = Signal()

    def __init__(self, device: DeviceOut, *, is_current: bool) -> None:
        super().__init__()
        self._picture = QLabel()
        self._picture.setFixedSize(QSize(_ICON, _ICON))
        self.name = Text(device.name, "strong", elided=True)
        self.seen = Text(_seen(device, is_current=is_current), "small")
        self.revoke = IconButton("log-out", t("Disconnect {device}", device=device.name))
        self.revoke.setVisible(not is_current)
        self.revoke.clicked.connect(self.revoke_wanted)
        head = row(self.name, gap="s")
        if is_current:
            head.addWidget(Badge(t("This device"), Color.GREEN))
        head.addStretch(1)
        line = row(self._picture, column(head, self.seen, gap="xs"), self.revoke, gap="m")
        line.setStretch(1, 1)
        line.setContentsMargins(0, 8, 0, 8)
        self.setLayout(line)
        self._tint()
        theme.changed.connect(self._tint)

    def _tint(self) -> None:
        self._picture.setPixmap(pixmap("monitor-smartphone", "mute", _ICON))


class FoundDevice(Card):
    """Everything there is to know of a device that wants to come in, and the two answers."""

    def __init__(self) -> None:
        super().__init__(t("Is this your device?"))
        self.name, self.place = Text("", "strong", elided=True), Text("", "small", wrap=True)
        self.words = Text("", "title")
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        compare = Text(t("Its screen must show exactly these two words:"), "small", wrap=True)
        compare.setAlignment(Qt.AlignmentFlag.AlignCenter)
        warning = Text(
            t("If the words differ, or you are not holding the device, refuse. It would act as you."),
            "small",
            wrap=True,
        )
        self.allow = Button(t("Let it in"), kind=Kind.PRIMARY)
        self.refuse = Button(t("Refuse"), kind=Kind.DANGER)
        for button in (self.allow, self.refuse):
            button.setAutoDefault(False)
        self.add(column(self.name, self.place, gap="xs"))
        self.add(column(compare, self.words, warning, gap="m"))
        self.add(row(self.allow, self.refuse, STRETCH))

    def show_device(self, device: WaitingDeviceOut) -> None:
        self.name.show_text(device.name)
        asked = clock(device.asked_at)
        self.place.show_text(t("From {address}, at {time}", address=device.address, time=asked))
        self.words.show_text(" · ".join(device.words))
        # Nobody lets a device in by pressing Enter twice.
        self.refuse.setFocus()


def _seen(device: DeviceOut, *, is_current: bool) -> str:
    since = short_moment(device.created_at)
    if is_current or device.last_seen_at is None:
        return t("Signed in: {when}", when=since)
    return t("Signed in: {when} · Last used: {seen}", when=since, seen=short_moment(device.last_seen_at))
