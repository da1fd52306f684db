"""One campaign of the list: name, state, how far it is, and what can be done with it now."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.campaigns import wording
from desktop.widgets import formats
from desktop.widgets.badge import Badge
from desktop.widgets.buttons import Button, IconButton, Kind
from desktop.widgets.layouts import STRETCH, column, holder, row
from desktop.widgets.menu import Menu
from desktop.widgets.progress import Progress
from desktop.widgets.text import Text
from embedded_server.contract.campaigns import CampaignStateName, ListedCampaignOut
from embedded_server.contract.channels import ChannelOut
from embedded_server.contract.labels import label, text
from embedded_server.contract.words import number, t

PAUSABLE = frozenset({CampaignStateName.QUEUED, CampaignStateName.SENDING})
_BADGE, _PROGRESS, _COUNT, _BUTTON = 128, 150, 100, 124
_COLORS = {
    CampaignStateName.COMPLETED: "green",
    CampaignStateName.FAILED: "red",
    CampaignStateName.PAUSED: "orange",
    CampaignStateName.CANCELLED: "line2",
}


class CampaignRow(QWidget):
    """Shows one campaign at a time. ``opened`` is a click on it or on its button; the rest are its verbs."""

    opened = Signal()
    said = Signal(str)
    copied = Signal()
    thrown_away = Signal()

    def __init__(self, *, may_write: bool, may_send: bool) -> None:
        super().__init__()
        self._may_write, self._may_send = may_write, may_send
        self._campaign: ListedCampaignOut | None = None
        self.setFixedHeight(60)
        self._build()
        self._wire()

    @property
    def campaign(self) -> ListedCampaignOut | None:
        return self._campaign

    def show_campaign(self, campaign: ListedCampaignOut, channel: ChannelOut | None, now: datetime) -> None:
        self._campaign = campaign
        is_draft = campaign.state is CampaignStateName.DRAFT
        self.name.show_text(campaign.name)
        made = t("created {at}", at=formats.short_moment(campaign.created_at, now))
        self.below.show_text(f"{wording.short_channel(channel)} · {made}")
        self.due.show_text(_due(campaign, now))
        self.badge.show_label(label(campaign.state))
        self._show_progress(campaign)
        self._show_verbs(campaign.state)
        is_open = is_draft and self._may_write
        for button, is_there in ((self.details, not is_open), (self.go_on, is_open)):
            button.setVisible(is_there)
            button.setAccessibleName(f"{button.text()}: {campaign.name}")
        far = self.count.whole() or self.due.whole()
        self.setAccessibleName(", ".join(filter(None, (campaign.name, text(campaign.state), far))))

    def show_busy(self, is_busy: bool) -> None:
        self.pause.setEnabled(not is_busy)
        self.resume.setEnabled(not is_busy)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.opened.emit()

    def _show_progress(self, campaign: ListedCampaignOut) -> None:
        is_known = campaign.total > 0
        self.progress.setVisible(is_known)
        self.due.setVisible(not is_known)
        if is_known:
            self.progress.show_share(
                campaign.done, campaign.total, color=_COLORS.get(campaign.state, "accent")
            )
            self.count.show_text(f"{number(campaign.done)} / {number(campaign.total)}")
        else:
            self.count.show_text("")

    def _show_verbs(self, state: CampaignStateName) -> None:
        self.pause.setVisible(self._may_send and state in PAUSABLE)
        self.resume.setVisible(self._may_send and state is CampaignStateName.PAUSED)

    def _build(self) -> None:
        self.name, self.below = Text(role="strong", elided=True), Text(role="small", elided=True)
        self.badge, self.progress = Badge(), Progress()
        self.count, self.due = Text(role="small"), Text(role="small")
        self.pause = IconButton("pause", t("Pause"), kind=Kind.PLAIN)
        self.resume = IconButton("play", t("Resume"), kind=Kind.PLAIN)
        self.details, self.go_on = Button(t("Details"), icon="eye"), Button(t("Continue"), icon="pencil")
        self.more = IconButton("ellipsis", t("More actions"), kind=Kind.PLAIN)
        self.more.setVisible(self._may_write)
        words = holder(column(STRETCH, self.name, self.below, STRETCH, gap="xs"))
        words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        for button in (self.details, self.go_on):
            button.setFixedWidth(_BUTTON)
        line = row(
            words,
            _room(self.badge, _BADGE),
            _room(self.progress, _PROGRESS, self.due),
            _room(self.count, _COUNT),
            _room(self.pause, 36, self.resume),
            self.details,
            self.go_on,
            self.more,
            gap="m",
        )
        line.setContentsMargins(16, 0, 16, 0)
        line.setStretch(0, 1)
        self.setLayout(line)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def _wire(self) -> None:
        self.details.clicked.connect(self.opened)
        self.go_on.clicked.connect(self.opened)
        self.pause.clicked.connect(lambda: self.said.emit("pause"))
        self.resume.clicked.connect(lambda: self.said.emit("resume"))
        self.more.clicked.connect(self._show_menu)

    def _show_menu(self) -> None:
        menu = Menu()
        menu.add(t("Duplicate"), self.copied.emit, icon="copy")
        if self._campaign and self._campaign.state is CampaignStateName.DRAFT:
            menu.add(t("Delete draft"), self.thrown_away.emit, icon="trash-2", danger=True)
        menu.popup_below(self.more)


def _room(widget: QWidget, width: int, other: QWidget | None = None) -> QWidget:
    """The same width in every row, also where nothing stands in it."""
    inside = row(widget, other, gap="") if other else row(widget, gap="")
    inside.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    place = holder(inside)
    place.setFixedWidth(width)
    return place


def _due(campaign: ListedCampaignOut, now: datetime) -> str:
    """When a scheduled one starts."""
    if campaign.state is not CampaignStateName.SCHEDULED or campaign.due_at is None:
        return ""
    return wording.day_and_clock(campaign.due_at, campaign.timezone, now)
