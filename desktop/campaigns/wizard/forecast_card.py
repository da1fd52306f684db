"""How long it takes, when it ends and what it costs, as the appliance works it out."""

from __future__ import annotations

from desktop.campaigns import wording
from desktop.campaigns.wizard.presenter import WizardPresenter
from desktop.widgets import formats
from desktop.widgets.card import Card
from desktop.widgets.text import Text
from embedded_server.contract.campaigns import FlightPlanOut
from embedded_server.contract.words import t

_OF_TIME = ("starts_in_quiet_hours", "start_in_the_past", "takes_too_long")


class ForecastCard(Card):
    """Follows the presenter's flight plan. A brief one leaves start and troubles to who shows them beside."""

    def __init__(self, presenter: WizardPresenter, *, is_brief: bool = False) -> None:
        super().__init__(t("Forecast"))
        self._presenter, self._is_brief = presenter, is_brief
        self.takes = Text(role="kpi")
        self.ends = Text(role="strong", wrap=True)
        self.start, self.cost = Text(role="body", wrap=True), Text(role="body", wrap=True)
        self.warning = Text(role="small", color="orange", wrap=True)
        self.problem = Text(role="small", color="red", wrap=True)
        for part in (self.takes, self.ends, self.start, self.cost, self.warning, self.problem):
            self.add(part)
        self.start.setVisible(not is_brief)
        presenter.flown.connect(self.show_flight)
        presenter.opened.connect(self.show_flight)
        self.show_flight()

    def show_flight(self) -> None:
        flight, is_current = self._presenter.flight, self._presenter.is_current
        for part in (self.takes, self.ends, self.cost):
            part.setVisible(flight is not None)
        self._show_troubles(flight)
        self.start.show_text(start_words(self._presenter))
        if flight is None:
            return
        self.takes.show_text(formats.span(flight.duration_seconds) if flight.sending else "—")
        self.takes.recolor("text" if is_current else "mute")
        self.ends.show_text(self._ends(flight))
        channel = self._presenter.plan.channel
        cost = wording.cost(flight, channel.kind if channel else None)
        self.cost.show_text(t("Estimated cost: {cost}", cost=cost))

    def _ends(self, flight: FlightPlanOut) -> str:
        if not flight.sending or flight.finishes_at is None:
            return ""
        zone = self._presenter.plan.timezone
        return t("ends {at}", at=wording.day_and_clock(flight.finishes_at, zone, wording.now()))

    def _show_troubles(self, flight: FlightPlanOut | None) -> None:
        told = None if self._is_brief else flight
        warned = [code for code in _OF_TIME if told and code in told.warnings]
        wrong = [code for code in _OF_TIME if told and code in told.problems]
        self.warning.show_text(" ".join(wording.warning(code, 0) for code in warned))
        self.problem.show_text(" ".join(t(wording.obstacle(code).message) for code in wrong))
        self.warning.setVisible(bool(warned))
        self.problem.setVisible(bool(wrong))


def start_words(presenter: WizardPresenter) -> str:
    """When it starts: now, or on a day and at a time of the company's clocks."""
    plan = presenter.plan
    if plan.starts is None:
        return t("Starts as soon as you confirm.")
    at = wording.day_and_clock(wording.in_zone(plan.starts, plan.timezone), plan.timezone, wording.now())
    return t("Starts {at}, on the clocks of {city}.", at=at, city=wording.city(plan.timezone))
