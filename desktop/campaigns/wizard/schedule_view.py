"""Step 3: now or at a wall time, how fast, and when people are left in peace."""

from __future__ import annotations

import math
from datetime import datetime

from PySide6.QtCore import QDateTime, Qt, QTimer
from PySide6.QtWidgets import QButtonGroup, QSlider, QWidget

from desktop.campaigns import wording
from desktop.campaigns.wizard.forecast_card import ForecastCard
from desktop.campaigns.wizard.plan import first_start
from desktop.campaigns.wizard.presenter import WizardPresenter
from desktop.widgets.card import Card
from desktop.widgets.fields import Check, Field, Moment, Number, Radio, Select
from desktop.widgets.layouts import STRETCH, column, holder, row
from desktop.widgets.text import Text
from embedded_server.contract.words import number, t

_SIDE = 300
_STEPS = 100
_TIMES = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30)]
_CHECK_EVERY_MS = 15_000


class ScheduleView(QWidget):
    """Writes into the presenter's plan. A start that has passed is told while one still looks at it."""

    def __init__(self, presenter: WizardPresenter) -> None:
        super().__init__()
        self.presenter = presenter
        self._build()
        self._wire()
        self._tick = QTimer(self, interval=_CHECK_EVERY_MS)
        self._tick.timeout.connect(self._check_start)
        self._tick.start()

    def _build(self) -> None:
        left = column(self._when_card(), self._pace_card(), self._quiet_card(), STRETCH, gap="l")
        self.forecast = ForecastCard(self.presenter)
        self.forecast.setFixedWidth(_SIDE)
        both = row(gap="l")
        both.addLayout(left, 1)
        both.addLayout(column(self.forecast, STRETCH))
        self.setLayout(both)

    def _when_card(self) -> Card:
        self.now, self.later = Radio(t("Now, as soon as I confirm")), Radio(t("On a day and at a time"))
        self._group = QButtonGroup(self)
        for radio in (self.now, self.later):
            self._group.addButton(radio)
        self.moment = Moment()
        self.moment_field = Field(t("Start"), self.moment)
        self.misfires = {
            misfire: Radio(f"{t(name)} — {t(what)}") for misfire, (name, what) in wording.MISFIRES.items()
        }
        self._misfire_group = QButtonGroup(self)
        for radio in self.misfires.values():
            self._misfire_group.addButton(radio)
        missed = Text(t("If this computer is off at that time:"), "strong", wrap=True)
        inside = column(self.moment_field, missed, *self.misfires.values(), gap="s")
        inside.setContentsMargins(28, 0, 0, 0)
        self.later_part = holder(inside)
        card = Card(t("When"))
        for part in (self.now, self.later, self.later_part):
            card.add(part)
        return card

    def _pace_card(self) -> Card:
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setAccessibleName(t("Pace"))
        self.pace = Number(1, 60, unit=t("a minute"))
        self.pace.setAccessibleName(t("Messages a minute"))
        self.pace.setFixedWidth(190)
        self.limit = Text(role="small", wrap=True)
        card = Card(t("Pace"))
        line = row(self.slider, self.pace, gap="l")
        line.setStretch(0, 1)
        card.add(line)
        card.add(self.limit)
        return card

    def _quiet_card(self) -> Card:
        self.quiet = Check(t("Send nothing during these hours"))
        self.quiet_from, self.quiet_until = _times(t("Quiet from")), _times(t("Quiet until"))
        times = row(
            Text(t("from"), "body"), self.quiet_from, Text(t("until"), "body"), self.quiet_until, STRETCH
        )
        times.setContentsMargins(28, 0, 0, 0)
        self.quiet_part = holder(times)
        self.zone = Text(role="small", wrap=True)
        card = Card(t("Quiet hours"))
        for part in (self.quiet, self.quiet_part, self.zone):
            card.add(part)
        return card

    def _wire(self) -> None:
        self.presenter.opened.connect(self.show_plan)
        self.presenter.chosen.connect(self._show_pace)
        self.presenter.flown.connect(self._check_start)
        self.now.clicked.connect(lambda: self._choose(is_later=False))
        self.later.clicked.connect(lambda: self._choose(is_later=True))
        self.moment.dateTimeChanged.connect(self._on_moment)
        for misfire, radio in self.misfires.items():
            radio.clicked.connect(lambda _=False, chosen=misfire: self.presenter.edit(misfire=chosen))
        self.slider.valueChanged.connect(self._on_slider)
        self.pace.valueChanged.connect(self._on_pace)
        self.quiet.toggled.connect(self._on_quiet)
        for select in (self.quiet_from, self.quiet_until):
            select.chosen.connect(lambda _: self._on_quiet(self.quiet.isChecked()))

    def show_plan(self) -> None:
        plan = self.presenter.plan
        (self.now if plan.starts is None else self.later).setChecked(True)
        self.later_part.setVisible(plan.starts is not None)
        if plan.starts is not None:
            self._show_moment(plan.starts)
        self.misfires[plan.misfire].setChecked(True)
        zone = wording.city(plan.timezone)
        self.moment_field.show_hint(t("On the clocks of {city}.", city=zone))
        self.zone.show_text(t("On the clocks of {city}. What is under way waits until they end.", city=zone))
        self._show_quiet(plan.quiet)
        self._show_pace()
        self._check_start()

    def _choose(self, *, is_later: bool) -> None:
        self.later_part.setVisible(is_later)
        starts = None
        if is_later:
            starts = first_start(_wall(self.presenter.plan.timezone))
            self._show_moment(starts)
        self.presenter.edit(starts=starts)
        self._check_start()

    def _show_moment(self, starts: datetime) -> None:
        shown = QDateTime.fromString(f"{starts:%Y-%m-%dT%H:%M}", "yyyy-MM-ddTHH:mm")
        if self.moment.dateTime() != shown:
            self.moment.blockSignals(True)
            self.moment.setDateTime(shown)
            self.moment.blockSignals(False)

    def _on_moment(self, moment: QDateTime) -> None:
        self.presenter.edit(starts=datetime.fromisoformat(moment.toString("yyyy-MM-ddTHH:mm")))
        self._check_start()

    def _check_start(self) -> None:
        plan = self.presenter.plan
        past = plan.starts is not None and plan.starts <= _wall(plan.timezone)
        self.moment_field.show_error(t("This time is in the past. Choose a later one.") if past else "")
        if not past:
            self.moment_field.clear_error()

    def _show_pace(self) -> None:
        plan = self.presenter.plan
        most = plan.most_a_minute
        shown = min(plan.pace or most, most)
        for editor in (self.slider, self.pace):
            editor.blockSignals(True)
        self.pace.setRange(1, most)
        self.pace.setValue(shown)
        self.slider.setValue(_place_of(shown, most))
        for editor in (self.slider, self.pace):
            editor.blockSignals(False)
        self.slider.setEnabled(most > 1)
        self.limit.show_text(t("This number sends up to {most} a minute.", most=number(most)))

    def _on_slider(self, place: int) -> None:
        self.pace.setValue(_pace_at(place, self.presenter.plan.most_a_minute))

    def _on_pace(self, pace: int) -> None:
        most = self.presenter.plan.most_a_minute
        self.slider.blockSignals(True)
        self.slider.setValue(_place_of(pace, most))
        self.slider.blockSignals(False)
        self.presenter.edit(pace=None if pace >= most else pace)

    def _show_quiet(self, quiet: tuple[str, str] | None) -> None:
        self.quiet.blockSignals(True)
        self.quiet.setChecked(quiet is not None)
        self.quiet.blockSignals(False)
        self.quiet_part.setVisible(quiet is not None)
        for select, value in zip(
            (self.quiet_from, self.quiet_until), quiet or ("20:00", "08:00"), strict=True
        ):
            select.show_items([(time, time) for time in sorted({*_TIMES, value})])
            select.choose(value)

    def _on_quiet(self, is_on: bool) -> None:
        self.quiet_part.setVisible(is_on)
        hours = (str(self.quiet_from.value()), str(self.quiet_until.value()))
        self.presenter.edit(quiet=hours if is_on else None)


def _times(name: str) -> Select:
    select = Select([(time, time) for time in _TIMES])
    select.setAccessibleName(name)
    select.setFixedWidth(110)
    return select


def _wall(zone: str) -> datetime:
    return wording.there(wording.now(), zone).replace(tzinfo=None)


def _place_of(pace: int, most: int) -> int:
    """On a slider that doubles with each step of the same length, so that slow paces have room too."""
    return _STEPS if most <= 1 else round(_STEPS * math.log(max(1, pace)) / math.log(most))


def _pace_at(place: int, most: int) -> int:
    return max(1, min(most, round(math.exp(math.log(most) * place / _STEPS))))
