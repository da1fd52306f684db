"""The wizard on the screen: its name, its steps, what is kept, and the one button that sends."""

from __future__ import annotations

from functools import cached_property
from typing import TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QWidget

from desktop.campaigns import wording
from desktop.campaigns.wizard.audience_view import AudienceView
from desktop.campaigns.wizard.message_view import MessageView
from desktop.campaigns.wizard.plan import LONGEST_NAME
from desktop.campaigns.wizard.presenter import Saving, WizardPresenter
from desktop.campaigns.wizard.review_view import ReviewView
from desktop.campaigns.wizard.schedule_view import ScheduleView
from desktop.campaigns.wizard.stepper import Stepper
from desktop.shell.async_view import AsyncView
from desktop.widgets.buttons import Button, IconButton, Kind
from desktop.widgets.dialog import Confirm
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.fields import TextField
from desktop.widgets.layouts import STRETCH, column, holder, row, rule
from desktop.widgets.skeleton import Skeleton
from desktop.widgets.text import Text
from embedded_server.contract.words import t, tn

_NAME = 420
STEPS = 4

Page = TypeVar("Page", bound=QWidget)


class WizardView(QWidget):
    """``left`` follows the way out, ``channels_wanted`` that to the connections. Steps are built at need."""

    left = Signal()
    channels_wanted = Signal()

    def __init__(self, presenter: WizardPresenter) -> None:
        super().__init__()
        self.presenter = presenter
        self.step = wording.AUDIENCE
        self._build()
        self._wire()
        self.content.follow(presenter)

    def _build(self) -> None:
        self.back_out = IconButton("arrow-left", t("Back to the campaigns; the draft stays"))
        self.name = TextField(t("Name of the campaign"))
        self.name.setAccessibleName(t("Name of the campaign"))
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setMaximumWidth(_NAME)
        self.saved = Text(role="small", elided=True)
        head = row(self.back_out, self.name, self.saved, gap="m")
        head.setStretch(1, 2)
        head.setStretch(2, 1)
        self.stepper = Stepper([t("Audience"), t("Message"), t("Schedule and pace"), t("Review")])
        self.pages = QStackedWidget()
        for _ in range(STEPS):
            self.pages.addWidget(_scrolling())
        whole = column(head, self.stepper, self.pages, gap="m")
        whole.setContentsMargins(24, 16, 24, 0)
        whole.setStretch(2, 1)
        foot = self._foot()
        empty = EmptyState(
            "plug",
            t("Connect a number first"),
            t("A campaign is written from a WhatsApp or SMS number."),
            action=t("Open Connections"),
        )
        content = holder(column(holder(whole), rule(), foot, gap=""))
        self.content = AsyncView(content, empty, skeleton=Skeleton(row_height=60, avatar=False))
        self.setLayout(column(self.content, gap=""))

    @cached_property
    def audience(self) -> AudienceView:
        made = self._put(wording.AUDIENCE, AudienceView(self.presenter))
        made.show_plan()
        return made

    @cached_property
    def message(self) -> MessageView:
        made = self._put(wording.MESSAGE, MessageView(self.presenter))
        made.show_plan()
        return made

    @cached_property
    def schedule(self) -> ScheduleView:
        made = self._put(wording.SCHEDULE, ScheduleView(self.presenter))
        made.show_plan()
        return made

    @cached_property
    def review(self) -> ReviewView:
        made = self._put(wording.REVIEW, ReviewView(self.presenter))
        made.step_wanted.connect(self.go)
        made.channels_wanted.connect(self.channels_wanted)
        return made

    def _build_step(self, step: int) -> QWidget:
        match step:
            case wording.AUDIENCE:
                return self.audience
            case wording.MESSAGE:
                return self.message
            case wording.SCHEDULE:
                return self.schedule
        return self.review

    def _put(self, step: int, page: Page) -> Page:
        area = self.pages.widget(step)
        if isinstance(area, QScrollArea):
            area.setWidget(holder(column(page, STRETCH, gap="")))
        return page

    def _foot(self) -> QWidget:
        self.back, self.forth = Button(t("Back")), Button(t("Next"), kind=Kind.PRIMARY)
        self.about = Text(role="small", elided=True)
        line = row(self.back, self.about, self.forth, gap="m")
        line.setStretch(1, 1)
        line.setContentsMargins(24, 12, 24, 12)
        return holder(line)

    def _wire(self) -> None:
        presenter = self.presenter
        presenter.opened.connect(self._on_opened)
        presenter.saving.connect(self._show_saving)
        presenter.flown.connect(self._show_foot)
        presenter.busy.connect(self._show_busy)
        self.back_out.clicked.connect(self._leave)
        self.name.textEdited.connect(lambda name: presenter.edit(name=name))
        self.stepper.wanted.connect(self.go)
        self.back.clicked.connect(lambda: self.go(self.step - 1))
        self.forth.clicked.connect(self._on_forth)
        self.content.empty.acted.connect(self.channels_wanted)
        self.content.retry.connect(presenter.again)

    def go(self, step: int) -> None:
        """Any step, in any order: what is missing is said on the last one."""
        if step > self.step:
            self.presenter.keep()
        self._show_step(min(max(step, wording.AUDIENCE), wording.REVIEW))

    def _show_step(self, step: int) -> None:
        self.step = step
        self._build_step(step)
        self.pages.setCurrentIndex(step)
        self.stepper.show_step(step)
        self._show_foot()

    def _on_opened(self) -> None:
        self.name.setText(self.presenter.plan.name)
        self._show_step(wording.AUDIENCE)

    def _leave(self) -> None:
        self.presenter.leave()
        self.left.emit()

    def _on_forth(self) -> None:
        if self.step < wording.REVIEW:
            self.go(self.step + 1)
            return
        self.confirm = Confirm(self.verb() + "?", self._last_words(), verb=self.verb(), parent=self)
        self.confirm.accepted.connect(self.presenter.send)
        self.confirm.finished.connect(self.confirm.deleteLater)
        self.confirm.open()

    def verb(self) -> str:
        """What the last button does, to how many."""
        flight, plan = self.presenter.flight, self.presenter.plan
        people = flight.sending if flight else 0
        if plan.starts is not None:
            return tn("Schedule for {count} contact", "Schedule for {count} contacts", people)
        return tn("Send to {count} contact", "Send to {count} contacts", people)

    def _last_words(self) -> str:
        flight, plan = self.presenter.flight, self.presenter.plan
        if flight is None:
            return ""
        cost = wording.cost(flight, plan.channel.kind if plan.channel else None)
        said = [
            t("From: {channel}.", channel=wording.channel_name(plan.channel)),
            t("Estimated cost: {cost}.", cost=cost),
        ]
        if flight.skipped:
            said.append(t("Left out: {groups}.", groups=wording.all_left_out(flight.skipped)))
        said.append(t("What was sent cannot be taken back."))
        return "\n".join(said)

    def _show_foot(self) -> None:
        is_last = self.step == wording.REVIEW
        self.back.setVisible(self.step > wording.AUDIENCE)
        self.forth.show_text(self.verb() if is_last else t("Next"))
        is_ready = is_last and self.presenter.is_current and self.presenter.may_send
        self.forth.setEnabled(not is_last or (is_ready and not self.review.obstacles()))
        self.about.show_text(self._about(is_last=is_last))

    def _about(self, *, is_last: bool) -> str:
        flight, plan = self.presenter.flight, self.presenter.plan
        if is_last and not self.presenter.may_send:
            return t("You may prepare campaigns; somebody with more rights sends them.")
        if flight is None:
            return ""
        if not is_last:
            return wording.will_receive(flight.sending)
        cost = wording.cost(flight, plan.channel.kind if plan.channel else None)
        return f"{wording.short_channel(plan.channel)} · {cost}"

    def _show_busy(self, is_busy: bool) -> None:
        for part in (self.forth, self.back, self.back_out):
            part.setEnabled(not is_busy)
        if not is_busy:
            self._show_foot()

    def _show_saving(self, saving: Saving, why: str) -> None:
        self.saved.recolor("red" if saving is Saving.FAILED else "mute")
        match saving:
            case Saving.NOT_YET:
                said = ""
            case Saving.SAVING:
                said = t("Saving the draft…")
            case Saving.SAVED:
                said = t("Draft saved {at}", at=f"{wording.there(wording.now(), self._zone()):%H:%M}")
            case Saving.FAILED:
                said = t("Not saved: {why}", why=why)
        self.saved.show_text(said)

    def _zone(self) -> str:
        return self.presenter.plan.timezone


def _scrolling() -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
