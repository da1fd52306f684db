"""A line of the inbox as the list keeps it: small, because there may be a hundred thousand of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from PySide6.QtGui import QColor

from desktop.inbox.kinds import preview_text
from desktop.inbox.standing import standing
from desktop.widgets import formats
from embedded_server.contract.channels import ChannelKindName
from embedded_server.contract.conversations import ConversationOut, ConversationStateName
from embedded_server.contract.labels import Color, Label
from embedded_server.contract.words import t


@dataclass(frozen=True, slots=True)
class Mark:
    """A tag: its word and the nearest color of the badges, whose contrast is known."""

    name: str
    color: Color


@dataclass(frozen=True, slots=True)
class Row:
    """``at`` is the moment of the last activity in seconds; ``standing`` that of an own last message."""

    id: UUID
    name: str = field(repr=False)
    preview: str = field(repr=False)
    at: float
    unread: int
    state: ConversationStateName
    assignee_id: UUID | None
    channel: ChannelKindName | None
    standing: Label | None
    tags: tuple[Mark, ...]

    @property
    def rank(self) -> tuple[float, int]:
        """Smaller is higher up: newest activity first, as the appliance orders its pages."""
        return -self.at, -self.id.int


def row_of(line: ConversationOut) -> Row:
    told = standing(
        line.last_direction, waiting=line.last_waiting, state=line.last_state, receipt=line.last_receipt
    )
    return Row(
        id=line.id,
        name=name_of(line.contact_name, line.address),
        preview=preview_text(line.preview),
        at=line.last_message_at.timestamp(),
        unread=line.unread,
        state=line.state,
        assignee_id=line.assignee_id,
        channel=line.channel_kind,
        standing=told,
        tags=tuple(mark_of(tag.name, tag.color) for tag in line.tags),
    )


def name_of(name: str, address: str | None) -> str:
    """Who has no name is known by the number, as far as there is one."""
    return name or shown_address(address) or t("No name")


def shown_address(address: str | None) -> str:
    """WhatsApp leaves out the plus sign that a phone number has."""
    if not address:
        return ""
    return formats.phone(f"+{address}" if address.isdigit() else address)


@lru_cache(maxsize=1024)
def mark_of(name: str, color: str | None) -> Mark:
    return Mark(name, _nearest(QColor(color)) if color else Color.NEUTRAL)


def _nearest(color: QColor) -> Color:
    """By hue; what has none is neutral."""
    if not color.isValid() or color.hsvSaturation() < 40:
        return Color.NEUTRAL
    hue = color.hsvHue()
    for upto, found in _HUES:
        if hue < upto:
            return found
    return Color.RED


#: Up to which hue, in degrees, a color is called what.
_HUES = (
    (14, Color.RED),
    (38, Color.ORANGE),
    (68, Color.YELLOW),
    (175, Color.GREEN),
    (250, Color.BLUE),
    (320, Color.PURPLE),
)
