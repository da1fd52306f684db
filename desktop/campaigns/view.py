"""The screen Campanhas: the list, the wizard and one campaign's details take turns on it."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtWidgets import QStackedWidget

from desktop.campaigns.details.presenter import DetailsPresenter
from desktop.campaigns.details.view import DetailsView
from desktop.campaigns.list_view import ListView
from desktop.campaigns.presenter import CampaignsPresenter
from desktop.campaigns.report.presenter import ReportPresenter
from desktop.campaigns.wizard.presenter import WizardPresenter
from desktop.campaigns.wizard.view import WizardView
from desktop.shell.notices import Tone
from desktop.shell.screen import ScreenView, Surroundings
from desktop.widgets.dialog import Confirm
from desktop.widgets.layouts import column
from embedded_server.contract.campaigns import CampaignOut, CampaignStateName, ListedCampaignOut
from embedded_server.contract.words import t, tn

NEW = "new"


class CampaignsView(ScreenView):
    """``open`` takes a campaign's id, or ``("new", None)`` for the wizard."""

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__()
        self._surroundings = surroundings
        session = surroundings.session
        self.presenter = CampaignsPresenter(session, self)
        self.wizard_presenter = WizardPresenter(session, self)
        self.details_presenter = DetailsPresenter(session, self)
        self.report_presenter = ReportPresenter(session, self)
        self._build()
        self._wire()
        self.presenter.reload()

    def open(self, target: object) -> None:
        match target:
            case UUID():
                self._look_at(target)
            case str() as id_ if id_ != NEW:
                self._look_at(UUID(id_))
            case "new" | ("new", _):
                self.begin()

    def shown(self) -> None:
        self.presenter.watch(self.pages.currentWidget() is self.list)

    def hidden(self) -> None:
        self.presenter.watch(False)

    def begin(self) -> None:
        """A new campaign, where one may be made."""
        if self.presenter.may_write:
            self.wizard_presenter.begin()
            self._turn_to(self.wizard)

    def _build(self) -> None:
        self.list = ListView(self.presenter)
        self.wizard = WizardView(self.wizard_presenter)
        self.details = DetailsView(self.details_presenter, self.report_presenter)
        self.pages = QStackedWidget()
        for page in (self.list, self.wizard, self.details):
            self.pages.addWidget(page)
        self.setLayout(column(self.pages, gap=""))

    def _wire(self) -> None:
        self._wire_list()
        self._wire_wizard()
        self._wire_details()
        bad = self._surroundings.notices.bad
        presenters = (self.presenter, self.wizard_presenter, self.details_presenter, self.report_presenter)
        for presenter in presenters:
            presenter.failed.connect(bad)
        self._surroundings.commands.bind("new", self, self.begin, title=t("New campaign"))
        self._surroundings.commands.bind("reload", self, self._reload)

    def _wire_list(self) -> None:
        self.list.opened.connect(self._open_row)
        self.list.wanted_new.connect(self.begin)
        self.list.wants_removal.connect(self._ask_removal)
        self.presenter.copied.connect(self._on_copied)
        self.presenter.removed.connect(lambda name: self._say(t("Draft deleted: {name}", name=name)))

    def _wire_wizard(self) -> None:
        self.wizard.left.connect(self._to_list)
        self.wizard.channels_wanted.connect(self._to_channels)
        self.wizard_presenter.sent.connect(self._on_sent)
        # The list is true also while no live connection tells it so.
        self.wizard_presenter.saving.connect(lambda *_: self.presenter.touch())

    def _wire_details(self) -> None:
        self.details.left.connect(self._to_list)
        self.details.contact_wanted.connect(lambda id_: self._surroundings.navigator.go("contacts", id_))
        self.details_presenter.copied.connect(self._on_copied)
        self.details_presenter.resent.connect(self._on_resent)
        self.details_presenter.changed.connect(self._on_details)
        self.details_presenter.changed.connect(self.presenter.touch)
        self.report_presenter.exported.connect(lambda path: self._say(t("Report saved: {path}", path=path)))

    def _open_row(self, campaign: ListedCampaignOut) -> None:
        if campaign.state is CampaignStateName.DRAFT and self.presenter.may_write:
            self._go_on(campaign.id)
        else:
            self._look_at(campaign.id)

    def _look_at(self, campaign_id: UUID) -> None:
        self.report_presenter.show(campaign_id)
        self.details.start_over()
        self.details_presenter.show(campaign_id)
        self._turn_to(self.details)

    def _go_on(self, campaign_id: UUID) -> None:
        self.wizard_presenter.go_on(campaign_id)
        self._turn_to(self.wizard)

    def _on_details(self) -> None:
        """A draft has no details: it is gone on with."""
        campaign: CampaignOut | None = self.details_presenter.campaign
        is_shown = self.pages.currentWidget() is self.details
        if is_shown and campaign and campaign.state is CampaignStateName.DRAFT and self.presenter.may_write:
            self.details_presenter.leave()
            self._go_on(campaign.id)

    def _on_sent(self, campaign_id: UUID) -> None:
        self._say(t("On its way. You can follow it here."))
        self._look_at(campaign_id)

    def _on_copied(self, campaign_id: UUID) -> None:
        self._say(t("Copied. Change what you like; nothing is sent yet."))
        self.details_presenter.leave()
        self._go_on(campaign_id)

    def _on_resent(self, people: int) -> None:
        self._say(tn("Writing to {count} contact again.", "Writing to {count} contacts again.", people))

    def _ask_removal(self, campaign: ListedCampaignOut) -> None:
        words = t("“{name}” was never sent. It cannot be brought back.", name=campaign.name)
        self.confirm = Confirm(
            t("Delete this draft?"), words, verb=t("Delete draft"), danger=True, parent=self
        )
        self.confirm.accepted.connect(lambda: self.presenter.remove(campaign.id))
        self.confirm.finished.connect(self.confirm.deleteLater)
        self.confirm.open()

    def _to_list(self) -> None:
        self._turn_to(self.list)

    def _to_channels(self) -> None:
        self.wizard_presenter.leave()
        self._to_list()
        self._surroundings.navigator.go("channels")

    def _turn_to(self, page: object) -> None:
        for place in range(self.pages.count()):
            if self.pages.widget(place) is page:
                self.pages.setCurrentIndex(place)
        self.presenter.watch(page is self.list)

    def _reload(self) -> None:
        if self.pages.currentWidget() is self.details:
            self.details_presenter.reload()
        elif self.pages.currentWidget() is self.list:
            self.presenter.reload()

    def _say(self, words: str) -> None:
        self._surroundings.notices.toast(words, Tone.GOOD)
