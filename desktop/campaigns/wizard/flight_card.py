"""Who will get the message and who not, counted by the appliance while somebody decides."""

from __future__ import annotations

from desktop.campaigns import wording
from desktop.campaigns.wizard.presenter import WizardPresenter
from desktop.widgets.card import Card
from desktop.widgets.layouts import clear, column
from desktop.widgets.text import Text
from embedded_server.contract.campaigns import FlightPlanOut, MissingOut
from embedded_server.contract.words import number, t, tn

_NAMES = 5


class FlightCard(Card):
    """Follows the presenter's flight plan; what is being counted anew is shown muted."""

    def __init__(self, presenter: WizardPresenter) -> None:
        super().__init__(t("Audience"))
        self._presenter = presenter
        self.count = Text(role="kpi")
        self.words = Text(role="body", wrap=True)
        self.left = Text(role="strong", wrap=True)
        self.reasons = column(gap="xs")
        self.state = Text(role="small", wrap=True)
        for part in (self.count, self.words, self.left):
            self.add(part)
        self.add(self.reasons)
        self.add(self.state)
        presenter.flown.connect(self.show_flight)
        presenter.opened.connect(self.show_flight)
        self.show_flight()

    def show_flight(self) -> None:
        flight, presenter = self._presenter.flight, self._presenter
        clear(self.reasons)
        self.count.setVisible(flight is not None)
        self.left.setVisible(flight is not None and bool(flight.skipped))
        if flight is None:
            self.words.show_text("")
            self.state.show_text(self._why_not())
            return
        self._show(flight)
        self.count.recolor("text" if presenter.is_current else "mute")
        self.state.show_text("" if presenter.is_current else t("Counting again…"))
        self.state.setVisible(not presenter.is_current)

    def _show(self, flight: FlightPlanOut) -> None:
        out = flight.planned - flight.sending
        self.count.show_text(number(flight.sending))
        self.words.show_text(tn("contact will receive it", "contacts will receive it", flight.sending))
        self.left.show_text(tn("{count} left out:", "{count} left out:", out))
        for code, people in sorted(flight.skipped.items(), key=lambda group: -group[1]):
            self.reasons.addWidget(Text(f"· {wording.left_out(code, people)}", "small", wrap=True))
        for lack in flight.missing:
            self.reasons.addWidget(Text(missing_words(lack), "small", color="orange", wrap=True))

    def _why_not(self) -> str:
        self.state.show()
        plan = self._presenter.plan
        if self._presenter.trouble:
            return self._presenter.trouble
        if plan.audience() is None:
            return t("Choose whom to write to, and it is counted here.")
        if self._presenter.campaign_id is None:
            return t("Counted as soon as you choose something or go on.")
        return t("Counting…")


def missing_words(lack: MissingOut) -> str:
    """Which variable, and who has no value for it."""
    names = ", ".join(lack.names[:_NAMES])
    if lack.people > len(lack.names[:_NAMES]):
        rest = lack.people - len(lack.names[:_NAMES])
        names = t("{names} and {count} more", names=names, count=number(rest))
    return t("Without a value for {variable}: {names}", variable=f"{{{{{lack.variable}}}}}", names=names)
