"""A card for each number: its name, its state, one line of facts, and the button that leads to the rest."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QScrollArea

from desktop.channels import facts, troubles
from desktop.channels.channels_model import ChannelsModel
from desktop.widgets.badge import Badge
from desktop.widgets.buttons import Button
from desktop.widgets.card import Card
from desktop.widgets.layouts import STRETCH, column, holder, hug
from desktop.widgets.text import Text
from desktop.widgets.theme import CARD_RADIUS, theme
from embedded_server.contract import labels
from embedded_server.contract.channels import ChannelModeName, ChannelOut, ChannelStateName
from embedded_server.contract.labels import Color
from embedded_server.contract.linked import LinkOut
from embedded_server.contract.words import t


class Badges:
    """State and mode of a number, in any row."""

    def __init__(self) -> None:
        self.state, self.mode = Badge(), Badge()
        mode = labels.label(ChannelModeName.SIMULATOR)
        self.mode.say(t(mode.message), mode.color)

    def show_channel(self, channel: ChannelOut, link: LinkOut | None = None) -> None:
        """A linked number is where its link is, unless a person or something else stopped it."""
        says_link = channel.state is ChannelStateName.ACTIVE or troubles.is_of_link(channel)
        self.state.show_label(labels.label(link.state if link and says_link else channel.state))
        self.mode.setVisible(channel.mode is ChannelModeName.SIMULATOR)


class ChannelCard(Card):
    """``opened`` carries the number's id, from the button or from anywhere on the card."""

    opened = Signal(object)

    def __init__(self, channel: ChannelOut) -> None:
        super().__init__()
        self._id = channel.id
        self._chosen = False
        self._build()
        self._wire()
        self.show_channel(channel)

    def show_channel(self, channel: ChannelOut, link: LinkOut | None = None) -> None:
        found = troubles.of_channel(channel, link)
        self.name.show_text(channel.name)
        self.badges.show_channel(channel, link)
        self.facts.show_text(facts.line(channel, link))
        if found:
            self.trouble.recolor("mute" if found[0].color is Color.NEUTRAL else str(found[0].color))
            self.trouble.show_text(found[0].what)
        self.trouble.setVisible(bool(found))
        is_broken = any(trouble.color is Color.RED for trouble in found)
        self.button.show_text(t("Put right") if is_broken else t("Manage"))
        self.button.setAccessibleName(f"{self.button.text()}: {channel.name}")

    def mark_chosen(self, chosen: bool) -> None:
        self._chosen = chosen
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.opened.emit(self._id)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._chosen:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), CARD_RADIUS, CARD_RADIUS)

    def _build(self) -> None:
        self.name = Text("", "heading", elided=True)
        hug(self.name)
        self.badges = Badges()
        self.button = Button("")
        self.facts = Text("", "small", wrap=True)
        self.trouble = Text("", "small", wrap=True)
        for place, widget in enumerate((self.name, self.badges.state, self.badges.mode)):
            self.header.insertWidget(place, widget)
        self.header.addWidget(self.button)
        self.add(self.facts)
        self.add(self.trouble)

    def _wire(self) -> None:
        self.button.clicked.connect(lambda: self.opened.emit(self._id))


class CardList(QScrollArea):
    """Follows the model; a card whose number stays keeps its place and its focus."""

    opened = Signal(object)

    def __init__(self, model: ChannelsModel) -> None:
        super().__init__()
        self._model = model
        self.cards: dict[UUID, ChannelCard] = {}
        self._links: Mapping[UUID, LinkOut] = {}
        self._chosen: UUID | None = None
        # A new card has its place only after the layout came round.
        self._reveal = QTimer(self, singleShot=True, interval=0)
        self._reveal.timeout.connect(self._show_chosen)
        self._build()
        for changed in (model.modelReset, model.rowsInserted, model.rowsRemoved, model.dataChanged):
            changed.connect(self._sync)
        self._sync()

    def mark_chosen(self, channel_id: UUID | None) -> None:
        """Mark this one, and bring it into view when it was another before."""
        if channel_id != self._chosen:
            self._chosen = channel_id
            self._reveal.start()
        for id_, card in self.cards.items():
            card.mark_chosen(id_ == channel_id)

    def show_links(self, links: Mapping[UUID, LinkOut]) -> None:
        """Where the links of linked numbers stand, by the number's id."""
        self._links = links
        self._sync()

    def _build(self) -> None:
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._column = column(gap="s")
        whole = column(self._column, STRETCH)
        self.setWidget(holder(whole))

    def _show_chosen(self) -> None:
        if self._chosen in self.cards:
            self.ensureWidgetVisible(self.cards[self._chosen])

    def _sync(self) -> None:
        for id_ in self.cards.keys() - {channel.id for channel in self._model.rows}:
            gone = self.cards.pop(id_)
            self._column.removeWidget(gone)
            gone.deleteLater()
        for place, channel in enumerate(self._model.rows):
            if known := self.cards.get(channel.id):
                known.show_channel(channel, self._links.get(channel.id))
                continue
            card = self.cards[channel.id] = ChannelCard(channel)
            card.show_channel(channel, self._links.get(channel.id))
            card.opened.connect(self.opened)
            self._column.insertWidget(place, card)
