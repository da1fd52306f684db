"""The Connections screen: the numbers at the left, the one being looked at or connected at the right."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from desktop.channels import vendors
from desktop.channels.cards import CardList
from desktop.channels.details_view import DetailsView
from desktop.channels.guide_view import GuideView
from desktop.channels.link_dialog import LinkDialog
from desktop.channels.link_intro import LinkIntroView
from desktop.channels.link_presenter import LinkPresenter
from desktop.channels.links_presenter import LinksPresenter
from desktop.channels.presenter import ChannelsPresenter
from desktop.channels.ways_view import LINKED, META, SIMULATOR, TWILIO, SimulatorView, WaysView, ways
from desktop.shell.async_view import AsyncView
from desktop.shell.notices import Tone
from desktop.shell.screen import ScreenView, Surroundings
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.card import Card
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.layouts import STRETCH, column, holder, row
from desktop.widgets.menu import Menu
from desktop.widgets.skeleton import Skeleton
from desktop.widgets.text import Text
from embedded_server.contract.channels import ChannelOut, ChannelWebhookOut, InspectionOut, ProviderName
from embedded_server.contract.linked import LinkIn
from embedded_server.contract.words import t

_GUIDES = {META: ProviderName.META, TWILIO: ProviderName.TWILIO}


class ChannelsView(ScreenView):
    """``open`` takes a number's id, or one of the ways of :func:`ways` to begin with it."""

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__()
        self._surroundings = surroundings
        self.presenter = ChannelsPresenter(surroundings.session, surroundings.notices, self)
        self.links = LinksPresenter(surroundings.session, surroundings.notices, self)
        self.linking = LinkPresenter(surroundings.session, surroundings.notices, self)
        self._simulator_is_on = False
        self._target: UUID | None = None
        self._build()
        self._wire()
        self._show_ways()
        self.presenter.refresh()
        self.links.refresh()
        self.presenter.look_for_simulator()

    def open(self, target: object) -> None:
        self._target = None
        if isinstance(target, str) and target in ways():
            self.begin(target)
        elif (channel_id := _id_of(target)) is not None and not self._is_shown(channel_id):
            self._show_channel(channel_id)

    def begin(self, way: str) -> None:
        """Start a guide, for those who may connect numbers."""
        if not self.presenter.may_manage:
            return
        if way == SIMULATOR:
            self._begin_simulator()
            return
        if way == LINKED:
            self._begin_linked()
            return
        guide = GuideView(vendors.of(_GUIDES[way]))
        guide.try_out.connect(self.presenter.try_out)
        guide.connect_number.connect(self.presenter.connect_number)
        guide.register.connect(self.presenter.register)
        guide.copied.connect(self._on_copied)
        guide.ended.connect(self._on_ended)
        self.presenter.choose(None)
        self._show(guide)
        guide.begin()

    def _begin_simulator(self) -> None:
        page = SimulatorView()
        page.begin.connect(self.presenter.simulate)
        page.link.connect(lambda: self._link(LinkIn(simulated=True)))
        page.ended.connect(lambda: self._on_ended(None))
        self.presenter.choose(None)
        self._show(page)

    def _begin_linked(self) -> None:
        page = LinkIntroView()
        page.begin.connect(lambda: self._link(LinkIn()))
        page.official.connect(partial(self.begin, META))
        page.ended.connect(lambda: self._on_ended(None))
        self.presenter.choose(None)
        self._show(page)

    def _link(self, wanted: LinkIn) -> None:
        """Link a phone, in a dialog of its own."""
        self.dialog = dialog = LinkDialog(self.linking, wanted, self)
        dialog.copied.connect(self._on_copied)
        dialog.official.connect(partial(self.begin, META))
        dialog.inbox.connect(lambda: self._surroundings.navigator.go("inbox"))
        dialog.finished.connect(lambda: self._on_linked(dialog.channel_id))
        dialog.open()

    def _build(self) -> None:
        self.connect_button = Button(t("Connect"), kind=Kind.PRIMARY, icon="plus")
        self.cards = CardList(self.presenter.model)
        nothing = EmptyState("plug", t("No number connected yet"), t("Choose at the right how to begin."))
        self.list = AsyncView(self.cards, nothing, skeleton=Skeleton(row_height=92, avatar=False))
        self.panel = Card()
        self.side = QScrollArea()
        self.side.setWidgetResizable(True)
        self.side.setFrameShape(QFrame.Shape.NoFrame)
        self.side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.side.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.side.setWidget(holder(column(self.panel, STRETCH)))
        halves = row(self.list, self.side, gap="l")
        halves.setStretch(0, 1)
        halves.setStretch(1, 1)
        title = row(Text(t("Connections"), "title"), STRETCH, self.connect_button)
        whole = column(title, halves, gap="l", margins="xl")
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.connect_button.setVisible(self.presenter.may_manage)
        self.page: QWidget = QWidget()
        # What was just added has its place only after the layout came round.
        self._reveal = QTimer(self, singleShot=True, interval=0)

    def _wire(self) -> None:
        presenter, notices = self.presenter, self._surroundings.notices
        self._reveal.timeout.connect(self._on_reveal)
        self.list.follow(presenter)
        self.list.retry.connect(presenter.refresh)
        self.cards.opened.connect(self.open)
        self.connect_button.clicked.connect(self._show_menu)
        presenter.failed.connect(notices.bad)
        presenter.changed.connect(self._on_changed)
        presenter.busy_changed.connect(self._on_busy)
        presenter.simulator_known.connect(self._on_simulator)
        presenter.tried.connect(self._on_tried)
        presenter.connected.connect(self._on_connected)
        presenter.not_connected.connect(self._on_not_connected)
        presenter.simulated.connect(self._on_simulated)
        presenter.webhook_known.connect(self._on_webhook)
        presenter.pretended.connect(self._on_pretended)
        self.links.changed.connect(self._on_links)
        self.links.phase_changed.connect(self._on_links)
        for linking in (self.links, self.linking):
            linking.failed.connect(notices.bad)
        self._surroundings.commands.bind("reload", self, presenter.refresh)
        if presenter.may_manage:
            self._surroundings.commands.bind("new", self, self._show_menu, title=t("Connect a number"))

    def _show_menu(self) -> None:
        self.menu = Menu()
        for key, (icon, name, _) in ways().items():
            if key != SIMULATOR or self._simulator_is_on:
                self.menu.add(name, partial(self.begin, key), icon)
        self.menu.popup_below(self.connect_button)

    def _show_ways(self) -> None:
        page = WaysView()
        page.offer_simulator(self._simulator_is_on)
        page.wanted.connect(self.begin)
        page.setEnabled(self.presenter.may_manage)
        self._show(page)

    def _show_channel(self, channel_id: UUID) -> None:
        channel = self.presenter.model.find(channel_id)
        if channel is None:
            # What is not loaded yet is shown when it is.
            self._target = channel_id
            return
        self.presenter.choose(channel_id)
        presenter = self.presenter
        details = DetailsView(
            channel, presenter.templates, may_manage=presenter.may_manage, may_sync=presenter.may_sync
        )
        self._wire_details(details)
        self._show(details)
        self._on_links()

    def _wire_details(self, details: DetailsView) -> None:
        presenter, id_ = self.presenter, details.channel_id
        details.test.connect(lambda: presenter.test(id_))
        details.resume.connect(lambda: presenter.resume(id_))
        details.disable.connect(lambda: presenter.disable(id_))
        details.copied.connect(self._on_copied)
        details.register.connect(lambda: presenter.register(id_))
        details.sync.connect(lambda: presenter.sync_templates(id_))
        details.renamed.connect(lambda name: presenter.rename(id_, name))
        details.limited.connect(lambda rate, price: presenter.limit(id_, rate, price))
        details.replaced.connect(lambda secrets: presenter.replace_secrets(id_, secrets))
        details.said.connect(presenter.pretend)
        details.look.connect(lambda: self._surroundings.navigator.go("inbox"))
        self._wire_link(details)

    def _wire_link(self, details: DetailsView) -> None:
        links, id_ = self.links, details.channel_id
        details.link.retry.connect(links.refresh)
        details.link.resume.connect(lambda: links.resume(links.by_channel[id_].id))
        details.link.log_out.connect(lambda: links.log_out(links.by_channel[id_].id))
        details.link.again.connect(lambda: self._link_again(id_))
        links.busy_changed.connect(details.link.show_busy)

    def _link_again(self, channel_id: UUID) -> None:
        """With the library that held it before."""
        link = self.links.by_channel.get(channel_id)
        how = LinkIn(engine=link.engine, simulated=link.simulated) if link else LinkIn()
        self._link(how)

    def _on_linked(self, channel_id: UUID | None) -> None:
        if channel_id is not None and not self._is_shown(channel_id):
            self._show_channel(channel_id)

    def _on_links(self) -> None:
        links = self.links
        self.cards.show_links(links.by_channel)
        if isinstance(self.page, DetailsView):
            link = links.by_channel.get(self.page.channel_id)
            self.page.show_link(link, links.phase)

    def _show(self, page: QWidget) -> None:
        self._target = None
        self.panel.body.removeWidget(self.page)
        self.page.hide()
        self.page.deleteLater()
        self.page = page
        self.panel.add(page)
        self.side.verticalScrollBar().setValue(0)
        self.cards.mark_chosen(self.presenter.chosen)

    def _on_changed(self) -> None:
        if self._target is not None:
            self._show_channel(self._target)
        channel = self.presenter.channel()
        if channel and isinstance(self.page, DetailsView) and self._is_shown(channel.id):
            self.page.show_channel(channel)

    def _is_shown(self, channel_id: UUID) -> bool:
        return isinstance(self.page, DetailsView) and self.page.channel_id == channel_id

    def _on_busy(self, name: str, busy: bool) -> None:
        if isinstance(self.page, DetailsView | GuideView | SimulatorView):
            self.page.show_busy(name, busy)

    def _on_simulator(self, is_on: bool) -> None:
        self._simulator_is_on = is_on
        if isinstance(self.page, WaysView):
            self.page.offer_simulator(is_on)

    def _on_tried(self, told: object, why: str) -> None:
        if isinstance(self.page, GuideView):
            self.page.show_tried(told if isinstance(told, InspectionOut) else None, why)
            self._reveal.start()

    def _on_reveal(self) -> None:
        if isinstance(self.page, GuideView):
            self.side.ensureWidgetVisible(self.page.next)

    def _on_connected(self, channel: ChannelOut) -> None:
        if isinstance(self.page, GuideView):
            self.page.show_connected(channel)
            self.side.verticalScrollBar().setValue(0)

    def _on_not_connected(self, why: str) -> None:
        if isinstance(self.page, GuideView):
            self.page.show_not_connected(why)
            self._reveal.start()

    def _on_simulated(self, channels: list[ChannelOut]) -> None:
        if isinstance(self.page, SimulatorView) and channels:
            self._show_channel(channels[0].id)

    def _on_webhook(self, channel_id: object, webhook: ChannelWebhookOut) -> None:
        if isinstance(self.page, DetailsView | GuideView):
            self.page.show_webhook(channel_id, webhook)

    def _on_pretended(self) -> None:
        if isinstance(self.page, DetailsView):
            self.page.pretend.show_sent()

    def _on_copied(self) -> None:
        self._surroundings.notices.toast(t("Copied."), Tone.GOOD)

    def _on_ended(self, channel_id: object) -> None:
        """The guide is over: to what it connected, or back to where it can be begun."""
        if isinstance(channel_id, UUID):
            self._show_channel(channel_id)
        else:
            self._show_ways()


def _id_of(target: object) -> UUID | None:
    try:
        return target if isinstance(target, UUID) else UUID(str(target))
    except ValueError:
        return None
