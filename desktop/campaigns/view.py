"""The screen Campanhas: the list, the wizard and one campaign's details take turns on it."""

from __future__ import annotations

from functools import cached_property
from uuid import UUID

from PySide6.QtWidgets import QStackedWidget, QWidget

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
    """``open`` takes a campaign's id, or ``("new", None)`` for the wizard.

    What is large is built when it is first needed, into the tree where it stands: a tree that is built aside
    is dressed anew each time it is put into a larger one.
    """

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
        self.presenter.watch(self._shows(ListView))
        self.details_presenter.watch(self._shows(DetailsView))
        self.wizard_presenter.watch(self._shows(WizardView))

    def hidden(self) -> None:
        for presenter in (self.presenter, self.details_presenter, self.wizard_presenter):
            presenter.watch(False)

    def begin(self) -> None:
        """A new campaign, where one may be made."""
        if self.presenter.may_write:
            self._turn_to(self.wizard)
            self.wizard_presenter.begin()

    @cached_property
    def wizard(self) -> WizardView:
        made = WizardView(self.wizard_presenter)
        self.pages.addWidget(made)
        made.left.connect(self._to_list)
        made.channels_wanted.connect(self._to_channels)
        return made

    @cached_property
    def details(self) -> DetailsView:
        made = DetailsView(self.details_presenter, self.report_presenter)
        self.pages.addWidget(made)
        made.left.connect(self._to_list)
        made.contact_wanted.connect(lambda id_: self._surroundings.navigator.go("contacts", id_))
        return made

    def _build(self) -> None:
        self.pages = QStackedWidget()
        self.setLayout(column(self.pages, gap=""))
        self.list = ListView(self.presenter)
        self.pages.addWidget(self.list)

    def _wire(self) -> None:
        self._wire_list()
        self._wire_presenters()
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

    def _wire_presenters(self) -> None:
        self.wizard_presenter.sent.connect(self._on_sent)
        # The list is true also while no live connection tells it so.
        self.wizard_presenter.saving.connect(lambda *_: self.presenter.touch())
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
        self._turn_to(self.details)
        self.report_presenter.show(campaign_id)
        self.details.start_over()
        self.details_presenter.show(campaign_id)

    def _go_on(self, campaign_id: UUID) -> None:
        self._turn_to(self.wizard)
        self.wizard_presenter.go_on(campaign_id)

    def _on_details(self) -> None:
        """A draft has no details: it is gone on with."""
        campaign: CampaignOut | None = self.details_presenter.campaign
        if campaign is None or campaign.state is not CampaignStateName.DRAFT:
            return
        if self._shows(DetailsView) and self.presenter.may_write:
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

    def _turn_to(self, page: QWidget) -> None:
        self.pages.setCurrentWidget(page)
        self.presenter.watch(page is self.list)

    def _reload(self) -> None:
        if self._shows(DetailsView):
            self.details_presenter.reload()
        elif self._shows(ListView):
            self.presenter.reload()

    def _shows(self, kind: type[QWidget]) -> bool:
        return isinstance(self.pages.currentWidget(), kind)

    def _say(self, words: str) -> None:
        self._surroundings.notices.toast(words, Tone.GOOD)
