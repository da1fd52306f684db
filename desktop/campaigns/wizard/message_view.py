"""Step 2: from which number, and what is said: a text with variables, or an approved template."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtWidgets import QStackedWidget, QWidget

from desktop.campaigns import wording
from desktop.campaigns.wizard import forms
from desktop.campaigns.wizard.flight_card import missing_words
from desktop.campaigns.wizard.presenter import WizardPresenter
from desktop.campaigns.wizard.preview import Preview
from desktop.campaigns.wizard.template_editor import TemplateEditor
from desktop.campaigns.wizard.text_editor import TextEditor
from desktop.widgets.card import Card
from desktop.widgets.fields import Field, Select
from desktop.widgets.layouts import STRETCH, column, hug, row
from desktop.widgets.segmented import Segmented
from desktop.widgets.text import Text
from embedded_server.contract.channels import ChannelOut, ChannelStateName
from embedded_server.contract.labels import text
from embedded_server.contract.templates import TemplateOut
from embedded_server.contract.words import t

_TEMPLATE, _TEXT = "template", "text"


class MessageView(QWidget):
    """Writes into the presenter's plan; the preview follows its flight plan."""

    def __init__(self, presenter: WizardPresenter) -> None:
        super().__init__()
        self.presenter = presenter
        self._build()
        self._wire()

    def _build(self) -> None:
        self.channel = Select()
        self.channel_field = Field(t("Send from"), self.channel)
        self.kind = Segmented([(_TEMPLATE, t("Approved template")), (_TEXT, t("Free text"))])
        self.kind.setAccessibleName(t("Kind of message"))
        self.kind_line = row(hug(self.kind), STRETCH)
        self.note = Text(role="small", wrap=True)
        self.text, self.template = TextEditor(), TemplateEditor()
        self.template.fetch.setVisible(self.presenter.may_sync)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.template)
        self.pages.addWidget(self.text)
        card = Card(t("Message"), gap="m")
        card.add(self.channel_field)
        card.add(self.kind_line)
        card.add(self.note)
        card.add(self.pages)
        self.preview = Preview()
        self.missing = Text(role="small", color="orange", wrap=True)
        both = row(gap="xl")
        both.addWidget(card, 1)
        both.addLayout(column(self.preview, self.missing, STRETCH, gap="m"))
        self.setLayout(both)

    def _wire(self) -> None:
        presenter = self.presenter
        presenter.opened.connect(self.show_plan)
        presenter.chosen.connect(self.show_plan)
        presenter.flown.connect(self.show_flight)
        self.channel.chosen.connect(self._choose_channel)
        self.kind.chosen.connect(self._choose_kind)
        self.text.changed.connect(self._write)
        self.template.chosen.connect(self._choose_template)
        self.template.filled.connect(lambda values: presenter.edit(values=values))
        self.template.sync.connect(presenter.sync)

    def show_plan(self) -> None:
        plan, choices = self.presenter.plan, self.presenter.choices
        self.channel.show_items([(one.id, _title(one)) for one in choices.channels])
        if plan.channel is not None:
            self.channel.choose(plan.channel.id)
        self.kind.setVisible(plan.channel is not None and not plan.is_sms)
        self.kind.choose(_TEMPLATE if plan.uses_template else _TEXT)
        self.pages.setCurrentWidget(self.template if plan.uses_template and not plan.is_sms else self.text)
        self.text.show_plan(plan, choices)
        self.template.show_plan(plan, choices)
        self._show_note()
        self.show_flight()

    def show_flight(self) -> None:
        plan, flight = self.presenter.plan, self.presenter.flight
        is_template = plan.uses_template and not plan.is_sms
        written = plan.text
        buttons: list[str] = []
        if is_template:
            written = forms.shown(plan.template, plan.values) if plan.template else ""
            buttons = forms.buttons(plan.template) if plan.template else []
        samples = flight.samples if flight and self.presenter.is_current and written else ()
        self.preview.show_samples(samples, written, buttons)
        lacks = flight.missing if flight else ()
        self.missing.show_text("\n".join(missing_words(lack) for lack in lacks))
        self.missing.setVisible(bool(lacks))

    def _show_note(self) -> None:
        plan = self.presenter.plan
        said = ""
        if plan.channel is not None and plan.channel.state is not ChannelStateName.ACTIVE:
            said = t("This number is stopped. You can write now, but not send before it is put right.")
        elif not plan.is_sms and not plan.uses_template:
            said = t("On WhatsApp, free text only reaches people who wrote in the last 24 hours.")
        self.note.show_text(said)
        self.note.setVisible(bool(said))

    def _choose_channel(self, channel_id: object) -> None:
        if isinstance(channel_id, UUID):
            self.presenter.choose_channel(channel_id)
            self.show_plan()

    def _choose_kind(self, kind: str) -> None:
        self.presenter.edit(uses_template=kind == _TEMPLATE)
        self.show_plan()

    def _write(self, written: str) -> None:
        if written != self.presenter.plan.text:
            self.presenter.edit(text=written)

    def _choose_template(self, template: TemplateOut | None) -> None:
        self.presenter.edit(template=template, values={}, kept=None)
        self.show_plan()


def _title(channel: ChannelOut) -> str:
    said = wording.channel_name(channel)
    is_active = channel.state is ChannelStateName.ACTIVE
    return said if is_active else f"{said} — {text(channel.state)}"
