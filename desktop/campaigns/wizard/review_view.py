"""Step 4: everything once more, what stands in the way, and how to put it right."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.campaigns import wording
from desktop.campaigns.wizard import forms
from desktop.campaigns.wizard.flight_card import FlightCard
from desktop.campaigns.wizard.forecast_card import ForecastCard, start_words
from desktop.campaigns.wizard.presenter import WizardPresenter
from desktop.campaigns.wizard.preview import Preview
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.card import Card
from desktop.widgets.layouts import STRETCH, clear, column, row
from desktop.widgets.text import Text
from embedded_server.contract.words import number, t


class ReviewView(QWidget):
    """``step_wanted`` leads back to where something is put right, ``channels_wanted`` to the connections."""

    step_wanted = Signal(int)
    channels_wanted = Signal()

    def __init__(self, presenter: WizardPresenter) -> None:
        super().__init__()
        self.presenter = presenter
        self._build()
        presenter.flown.connect(self.show_flight)
        presenter.opened.connect(self.show_flight)
        presenter.chosen.connect(self.show_flight)
        self.show_flight()

    def obstacles(self) -> list[wording.Obstacle]:
        """What stands in the way, without saying the same twice."""
        gaps = list(self.presenter.plan.gaps())
        found = [wording.GAPS[code] for code in gaps]
        flight = self.presenter.flight
        if flight is not None and not gaps:
            found += [wording.obstacle(code) for code in _told(flight.problems)]
        return found

    def show_flight(self) -> None:
        plan, flight = self.presenter.plan, self.presenter.flight
        self._show_problems()
        self.from_.show_text(wording.channel_name(plan.channel) if plan.channel else "")
        self.when.show_text(start_words(self.presenter))
        pace = number(min(plan.pace or plan.most_a_minute, plan.most_a_minute))
        self.pace.show_text(t("{pace} messages a minute", pace=pace))
        self.quiet.show_text(_quiet(plan.quiet))
        is_template = plan.uses_template and plan.template is not None
        written = forms.shown(plan.template, plan.values) if is_template and plan.template else plan.text
        buttons = forms.buttons(plan.template) if is_template and plan.template else []
        samples = flight.samples if flight and self.presenter.is_current else ()
        self.preview.show_samples(samples, written, buttons)

    def _show_problems(self) -> None:
        clear(self.problem_lines)
        found = self.obstacles()
        self.problems.setVisible(bool(found))
        for obstacle in found:
            line = row(Text(t(obstacle.message), "body", wrap=True), gap="m")
            line.setStretch(0, 1)
            fix = Button(t("Put right") if obstacle.step is not None else t("Open Connections"))
            fix.clicked.connect(lambda _=False, step=obstacle.step: self._go(step))
            line.addWidget(fix)
            self.problem_lines.addLayout(line)
        flight = self.presenter.flight
        told = flight.warnings.items() if flight else ()
        self.warning.show_text("\n".join(wording.warning(code, people) for code, people in told))
        self.warnings.setVisible(bool(told))

    def _go(self, step: int | None) -> None:
        if step is None:
            self.channels_wanted.emit()
        else:
            self.step_wanted.emit(step)

    def _build(self) -> None:
        self.problems = Card(t("Before you can send"))
        self.problem_lines = column(gap="s")
        self.problems.add(self.problem_lines)
        self.warnings = Card(t("Good to know"))
        self.warning = Text(role="body", wrap=True)
        self.warnings.add(self.warning)
        self.audience = FlightCard(self.presenter)
        self.schedule = self._schedule_card()
        self.forecast = ForecastCard(self.presenter, is_brief=True)
        self.preview = Preview()
        middle = row(gap="l")
        middle.addWidget(self.audience, 1)
        middle.addWidget(self.forecast, 1)
        left = column(self.problems, self.warnings, middle, self.schedule, STRETCH, gap="l")
        both = row(gap="xl")
        both.addLayout(left, 1)
        both.addLayout(column(self.preview, STRETCH))
        self.setLayout(both)

    def _schedule_card(self) -> Card:
        self.from_, self.when = Text(role="strong", wrap=True), Text(role="body", wrap=True)
        self.pace, self.quiet = Text(role="body"), Text(role="body", wrap=True)
        card = Card(t("How it is sent"))
        for part in (self.from_, self.when, self.pace, self.quiet):
            card.add(part)
        edit = Button(t("Change"), kind=Kind.QUIET, icon="pencil")
        edit.clicked.connect(lambda: self.step_wanted.emit(wording.SCHEDULE))
        card.header.addWidget(edit)
        return card


def _told(problems: list[str]) -> list[str]:
    """Without a message nobody can be written to: that need not be said as well."""
    if "no_message" in problems:
        return [code for code in problems if code != "nobody_to_write_to"]
    return problems


def _quiet(quiet: tuple[str, str] | None) -> str:
    if quiet is None:
        return t("No quiet hours")
    return t("Quiet from {start} to {end}", start=quiet[0], end=quiet[1])
