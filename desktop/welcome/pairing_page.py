"""The new device's side of pairing: a code to type on another device, two words to compare, and a clock."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal
from PySide6.QtGui import QFont

from desktop.welcome.pairing_presenter import Wait, Waiting
from desktop.welcome.parts import Page
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.card import Card
from desktop.widgets.layouts import STRETCH, column, row
from desktop.widgets.progress import Progress
from desktop.widgets.text import Text
from desktop.widgets.theme import font
from embedded_server.contract.labels import Color
from embedded_server.contract.words import t, tn

_CODE_SIZE = 34
_LIFETIME = 120


class PairingPage(Page):
    """``again`` asks for a new code, ``back`` for the password instead."""

    again = Signal()
    back = Signal()

    def __init__(self) -> None:
        super().__init__(t("Sign in with a code"))
        self.code, self.words = Text("", "kpi", selectable=True), Text("", "heading")
        self.left, self.bar = Text("", "small"), Progress()
        self.retry = Button(t("New code"), kind=Kind.PRIMARY, icon="rotate-ccw")
        self.cancel = Button(t("Use my password"), kind=Kind.QUIET)
        self._seconds = 0
        self._since = QElapsedTimer()
        self._tick = QTimer(self, interval=500)
        self._tick.timeout.connect(self._count)
        self._build()
        self.retry.clicked.connect(self.again)
        self.cancel.clicked.connect(self.back)

    def show_waiting(self, now: Waiting) -> None:
        is_waiting = now.wait is Wait.WAITING
        self.card.setVisible(is_waiting)
        self.retry.setVisible(now.wait not in (Wait.WAITING, Wait.ASKING))
        title, lead = _said(now.wait)
        self.say(title, lead)
        self.notice.show_text(now.notice if now.wait in (Wait.WAITING, Wait.FAILED) else "", Color.YELLOW)
        if is_waiting:
            self._show_code(now)
            self._tick.start()
        else:
            self._tick.stop()
            if self.retry.isVisible():
                self.retry.setFocus()

    def hideEvent(self, event: object) -> None:
        self._tick.stop()

    def _show_code(self, now: Waiting) -> None:
        if self.code.whole() != now.code:
            self.code.show_text(now.code)
            self.code.setAccessibleName(t("Code: {code}", code=" ".join(now.code)))
            self.words.show_text(" · ".join(now.words))
        self._seconds = now.seconds
        self._since.start()
        self._count()

    def _count(self) -> None:
        left = max(0, self._seconds - self._since.elapsed() // 1000)
        self.left.show_text(tn("Good for {count} more second", "Good for {count} more seconds", left))
        self.bar.show_share(left, _LIFETIME, color="accent" if left > 20 else "orange")

    def _build(self) -> None:
        large = QFont(font("kpi"))
        large.setPixelSize(_CODE_SIZE)
        large.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 4)
        self.code.setFont(large)
        self.code.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        compare = Text(t("There you will see these two words. They must be the same:"), "small", wrap=True)
        compare.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.card = Card()
        self.card.add(column(self.code, compare, self.words, self.bar, gap="m"))
        self.card.add(row(STRETCH, self.left, STRETCH))
        self.body.addWidget(self.card)
        self.body.addLayout(row(self.retry, STRETCH, self.cancel))


def _said(wait: Wait) -> tuple[str, str]:
    match wait:
        case Wait.ASKING:
            return t("Sign in with a code"), t("Asking the server for a code…")
        case Wait.WAITING:
            how = t(
                "On a device where you are signed in already, open “My devices”, choose “Add a device” "
                "and type this code there."
            )
            return t("Sign in with a code"), how
        case Wait.CLOSED:
            how = t(
                "First open “My devices” on a device where you are signed in already and choose "
                "“Add a device”. Then come back here and ask for a code."
            )
            return t("No device is expected yet"), how
        case Wait.EXPIRED:
            return t("The code has expired"), t("It was good for two minutes. Ask for a new one.")
        case Wait.REFUSED:
            return t("This device was refused"), t("If that was a mistake, ask for a new code.")
        case Wait.FAILED:
            return t("This did not work"), ""
