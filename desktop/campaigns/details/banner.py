"""What a campaign needs from a person: why it stands still, a missed start, people in doubt."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from desktop.campaigns import wording
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.icons import pixmap
from desktop.widgets.layouts import column, row
from desktop.widgets.text import Text
from desktop.widgets.theme import CARD_RADIUS, fill, theme
from embedded_server.contract.campaigns import CampaignOut, CampaignStateName, FlightPlanOut, LedgerOut
from embedded_server.contract.words import t, tn

MISSED = "start_missed"
_ICON = 20


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said, in which color, and up to two things to do about it: verb by name."""

    color: str
    icon: str
    title: str
    words: str
    verbs: tuple[tuple[str, str], ...] = ()


class Banner(QWidget):
    """One notice; ``said`` carries the name of what the person decided."""

    said = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._color, self._icon = "orange", "info"
        self.picture = QLabel()
        self.picture.setFixedSize(_ICON, _ICON)
        self.title, self.words = Text(role="strong", wrap=True), Text(role="body", wrap=True)
        self.buttons = [Button(""), Button("", kind=Kind.PLAIN)]
        self._verbs: list[str] = ["", ""]
        line = row(
            self.picture, column(self.title, self.words, gap="xs"), *self.buttons, gap="m", margins="l"
        )
        line.setStretch(1, 1)
        self.setLayout(line)
        for place, button in enumerate(self.buttons):
            button.clicked.connect(lambda _=False, place=place: self.said.emit(self._verbs[place]))
        theme.changed.connect(self._tint)

    def show_notice(self, notice: Notice | None, *, may_act: bool) -> None:
        self.setVisible(notice is not None)
        if notice is None:
            return
        self._color, self._icon = notice.color, notice.icon
        self.title.show_text(notice.title)
        self.words.show_text(notice.words)
        self.words.setVisible(bool(notice.words))
        for place, button in enumerate(self.buttons):
            is_there = may_act and place < len(notice.verbs)
            button.setVisible(is_there)
            if is_there:
                self._verbs[place], text = notice.verbs[place]
                button.show_text(text)
        self._tint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill(painter, QRectF(self.rect()), theme.color(f"{self._color}_bg"), CARD_RADIUS)

    def _tint(self) -> None:
        self.picture.setPixmap(pixmap(self._icon, self._color, _ICON))
        self.update()


def state_notice(campaign: CampaignOut, flight: FlightPlanOut | None) -> Notice | None:
    """Why it stands as it does, when that asks for words."""
    state, reason = campaign.state, campaign.stop_reason
    if state is CampaignStateName.SCHEDULED and campaign.due_at is not None:
        return _waiting(campaign, flight)
    if state is CampaignStateName.PAUSED and reason == MISSED:
        verbs = (("resume", t("Send now")), ("cancel", t("Do not send")))
        title = t("The start was missed. Send it now?")
        return Notice("orange", "clock-alert", title, wording.standstill(MISSED), verbs)
    if reason:
        title = t("It stopped by itself") if state is CampaignStateName.PAUSED else t("Why it ended")
        color = "orange" if state is CampaignStateName.PAUSED else "neutral"
        return Notice(color, "circle-alert", title, wording.standstill(reason))
    return None


def doubt_notice(ledger: LedgerOut) -> Notice | None:
    """People the operator never said a word about."""
    count = ledger.unconfirmed
    if not count:
        return None
    title = tn("{count} contact in doubt", "{count} contacts in doubt", count)
    words = t(
        "The operator never confirmed these messages: they may have arrived or not. Nothing is sent again by "
        "itself, so that nobody gets it twice."
    )
    return Notice("yellow", "circle-question-mark", title, words, (("resend", t("Send again anyway")),))


def _waiting(campaign: CampaignOut, flight: FlightPlanOut | None) -> Notice | None:
    if campaign.due_at is None:
        return None
    at = wording.day_and_clock(campaign.due_at, campaign.timezone, wording.now())
    words = t("On the clocks of {city}.", city=wording.city(campaign.timezone))
    if flight is not None:
        words += " " + wording.will_receive(flight.sending) + "."
    return Notice("purple", "calendar-clock", t("Starts {at}", at=at), words)
