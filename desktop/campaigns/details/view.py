"""One campaign on the screen: its state, its numbers, its people, and what can be decided about it now."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from desktop.campaigns import wording
from desktop.campaigns.details.banner import MISSED, Banner, doubt_notice, state_notice
from desktop.campaigns.details.numbers import Numbers
from desktop.campaigns.details.presenter import DetailsPresenter
from desktop.campaigns.report.presenter import ReportPresenter
from desktop.campaigns.report.view import ReportView
from desktop.campaigns.row import PAUSABLE
from desktop.campaigns.wizard.preview import Bubble
from desktop.shell.async_view import AsyncView
from desktop.widgets import formats
from desktop.widgets.badge import Badge
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.card import Card
from desktop.widgets.dialog import Confirm
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.layouts import STRETCH, column, holder, hug, row
from desktop.widgets.segmented import Segmented
from desktop.widgets.skeleton import Skeleton
from desktop.widgets.text import Text
from embedded_server.contract.campaigns import CampaignOut, CampaignStateName
from embedded_server.contract.labels import label
from embedded_server.contract.words import t, tn

_BUBBLE = 480
SUMMARY, PEOPLE = "summary", "people"
_CANCELLABLE = PAUSABLE | {CampaignStateName.SCHEDULED, CampaignStateName.PAUSED}


class DetailsView(QWidget):
    """``left`` follows the way back, ``contact_wanted`` carries a contact of the report."""

    left = Signal()
    contact_wanted = Signal(object)

    def __init__(self, presenter: DetailsPresenter, report: ReportPresenter) -> None:
        super().__init__()
        self.presenter, self.report_presenter = presenter, report
        self._has_report = False
        self._build()
        self._wire()
        self.content.follow(presenter)

    def _build(self) -> None:
        self.back = IconButton("arrow-left", t("Back to the campaigns"))
        self.name, self.badge = Text(role="title", elided=True), Badge()
        self.about = Text(role="small", elided=True)
        self.pause, self.resume = Button(t("Pause"), icon="pause"), Button(t("Resume"), icon="play")
        self.cancel, self.copy = Button(t("Cancel campaign"), icon="ban"), Button(t("Duplicate"), icon="copy")
        verbs = (self.resume, self.pause, self.cancel, self.copy)
        head = row(self.back, self.name, self.badge, *verbs, gap="m")
        head.setStretch(1, 1)
        self.standstill, self.doubt = Banner(), Banner()
        self.parts = Segmented([(SUMMARY, t("Summary")), (PEOPLE, t("Recipients"))])
        self.message = Card(t("Message"))
        self.bubble = Bubble()
        self.bubble.setMaximumWidth(_BUBBLE)
        self.message.add(row(self.bubble, STRETCH))
        self.pages = QStackedWidget()
        self.summary: QVBoxLayout = column(self.message, STRETCH, gap="m")
        self.pages.addWidget(_scrolling(self.summary))
        whole = column(
            head,
            self.about,
            self.standstill,
            self.doubt,
            row(hug(self.parts), STRETCH),
            self.pages,
            gap="m",
            margins="xl",
        )
        whole.setStretch(5, 1)
        self.content = AsyncView(
            holder(whole), EmptyState("megaphone", ""), skeleton=Skeleton(row_height=90, avatar=False)
        )
        self.setLayout(column(self.content, gap=""))

    @cached_property
    def numbers(self) -> Numbers:
        made = Numbers()
        self.summary.insertWidget(0, made)
        return made

    @cached_property
    def report(self) -> ReportView:
        made = ReportView(self.report_presenter)
        self.pages.addWidget(made)
        made.contact_wanted.connect(self.contact_wanted)
        self._has_report = True
        return made

    def _wire(self) -> None:
        presenter = self.presenter
        presenter.changed.connect(self._show)
        presenter.moved.connect(self._on_moved)
        presenter.busy.connect(self._show_busy)
        self.back.clicked.connect(self._leave)
        self.pause.clicked.connect(lambda: presenter.act("pause"))
        self.resume.clicked.connect(lambda: presenter.act("resume"))
        self.cancel.clicked.connect(self._ask_cancel)
        self.copy.clicked.connect(presenter.copy)
        self.standstill.said.connect(self._on_said)
        self.doubt.said.connect(self._on_said)
        self.parts.chosen.connect(self._show_part)
        self.content.retry.connect(presenter.reload)

    def start_over(self) -> None:
        """Another campaign: its summary first."""
        self.parts.choose(SUMMARY)
        if self._has_report:
            self.report.start_over()
        self._show_part(SUMMARY)

    def _show(self) -> None:
        campaign, ledger = self.presenter.campaign, self.presenter.ledger
        if campaign is None or ledger is None:
            return
        may_send = self.presenter.may_send
        self.name.show_text(campaign.name)
        self.badge.show_label(label(campaign.state))
        self.about.show_text(self._about(campaign))
        self.standstill.show_notice(state_notice(campaign, self.presenter.flight), may_act=may_send)
        self.doubt.show_notice(doubt_notice(ledger), may_act=may_send)
        self._show_verbs(campaign)
        # Before anybody is written down there is nothing to count.
        self.parts.setVisible(ledger.planned > 0)
        self.numbers.setVisible(ledger.planned > 0)
        self.numbers.show_ledger(ledger)
        if self._has_report:
            self.report.show_ledger(campaign.name, ledger)
        body = str(campaign.content.get("body") or campaign.content.get("name") or "")
        self.bubble.show_message(body)

    def _show_verbs(self, campaign: CampaignOut) -> None:
        may_send, state = self.presenter.may_send, campaign.state
        # A missed start has buttons of its own.
        is_missed = campaign.stop_reason == MISSED
        self.pause.setVisible(may_send and state in PAUSABLE)
        self.resume.setVisible(may_send and state is CampaignStateName.PAUSED and not is_missed)
        self.cancel.setVisible(may_send and state in _CANCELLABLE)
        self.copy.setVisible(self.presenter.may_write)

    def _about(self, campaign: CampaignOut) -> str:
        said = [wording.channel_name(self.presenter.channel)]
        if campaign.started_at is None:
            said.append(t("created {at}", at=formats.moment(campaign.created_at)))
        else:
            said.append(t("started {at}", at=formats.moment(campaign.started_at)))
        if campaign.finished_at is not None:
            said.append(t("ended {at}", at=formats.moment(campaign.finished_at)))
        return " · ".join(said)

    def _show_busy(self, is_busy: bool) -> None:
        buttons = (self.pause, self.resume, self.cancel, *self.standstill.buttons, *self.doubt.buttons)
        for button in buttons:
            button.setEnabled(not is_busy)

    def _show_part(self, part: str) -> None:
        if part != PEOPLE:
            self.pages.setCurrentIndex(0)
            return
        self.pages.setCurrentWidget(self.report)
        campaign, ledger = self.presenter.campaign, self.presenter.ledger
        if campaign is not None and ledger is not None:
            self.report.show_ledger(campaign.name, ledger)
        self.report_presenter.reload()

    def _on_moved(self) -> None:
        if self.parts.current() == PEOPLE:
            self.report_presenter.refresh()

    def _on_said(self, verb: str) -> None:
        match verb:
            case "resend":
                self._ask_resend()
            case "cancel":
                self._ask_cancel()
            case other:
                self.presenter.act(other)

    def _ask_cancel(self) -> None:
        ledger, flight = self.presenter.ledger, self.presenter.flight
        people = flight.sending if flight else (ledger.pending if ledger else 0)
        words = tn(
            "{count} contact will not be written to. What was sent already stays sent.",
            "{count} contacts will not be written to. What was sent already stays sent.",
            people,
        )
        if not people:
            words = t("Whoever was not written to yet will not be. What was sent already stays sent.")
        self._ask(
            t("Cancel this campaign?"), words, t("Cancel campaign"), lambda: self.presenter.act("cancel")
        )

    def _ask_resend(self) -> None:
        count = self.presenter.ledger.unconfirmed if self.presenter.ledger else 0
        words = tn(
            "{count} contact will be written to again. If the first message did arrive, they get it twice.",
            "{count} contacts will be written to again. Those whom the first message did reach get it twice.",
            count,
        )
        title = t("Send again to contacts in doubt?")
        self._ask(title, words, t("Send again anyway"), self.presenter.resend)

    def _ask(self, title: str, words: str, verb: str, run: Callable[[], None]) -> None:
        self.confirm = Confirm(title, words, verb=verb, danger=True, parent=self)
        self.confirm.accepted.connect(run)
        self.confirm.finished.connect(self.confirm.deleteLater)
        self.confirm.open()

    def _leave(self) -> None:
        self.presenter.leave()
        self.left.emit()


def _scrolling(layout: QLayout) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidget(holder(layout))
    return area
