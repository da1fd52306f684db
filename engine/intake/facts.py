"""Opens stored events and reads what they say, in the order in which they came. No database."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from engine.intake.events import Source
from engine.intake.queries import StoredEvent
from engine.providers.inbound import (
    Inbound,
    InboundMessage,
    Malformed,
    Notice,
    Preference,
    StatusUpdate,
)
from engine.providers.linked import inbound as linked
from engine.providers.meta import inbound as meta
from engine.providers.twilio import inbound as twilio
from engine.vault import CellUnreadable, CompanyKeys, Place

logger = logging.getLogger(__name__)

_READERS: dict[str, Callable[[bytes], Inbound]] = {
    Source.META.value: meta.read_piece,
    Source.TWILIO.value: twilio.read_piece,
    Source.LINKED.value: linked.read_piece,
}
CELL_UNREADABLE = "the stored event cannot be decrypted"


@dataclass(slots=True)
class ChannelFacts:
    """What came in on one channel, each kind in its order."""

    messages: list[InboundMessage] = field(default_factory=list)
    statuses: list[StatusUpdate] = field(default_factory=list)
    preferences: list[Preference] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def add(self, fact: Inbound) -> None:
        match fact:
            case StatusUpdate():
                self.statuses.append(fact)
            case InboundMessage():
                self.messages.append(fact)
            case Preference():
                self.preferences.append(fact)
            case Notice():
                self.notices.append(fact)


@dataclass(slots=True)
class Batch:
    """Events of one company, read."""

    channels: dict[UUID, ChannelFacts] = field(default_factory=dict)
    #: Events that were read, and those that never will be, with the reason.
    readable: list[UUID] = field(default_factory=list)
    hopeless: dict[UUID, str] = field(default_factory=dict)

    @property
    def undecryptable(self) -> list[UUID]:
        """Events whose cell was moved, altered or sealed with a key that is gone."""
        return [id_ for id_, reason in self.hopeless.items() if reason == CELL_UNREADABLE]


def read_all(keys: CompanyKeys, events: Sequence[StoredEvent]) -> Batch:
    batch = Batch()
    for event in events:
        fact = read_one(keys, event)
        if isinstance(fact, Malformed):
            batch.hopeless[event.id] = fact.reason
        else:
            batch.readable.append(event.id)
            batch.channels.setdefault(event.channel_id, ChannelFacts()).add(fact)
    return batch


def read_one(keys: CompanyKeys, event: StoredEvent) -> Inbound:
    """What an event says. A cell that was moved here from another place says nothing."""
    reader = _READERS.get(event.source)
    if reader is None:
        return Malformed("an unknown source")
    try:
        place = Place(keys.company_id, "webhook_event", "payload", event.id)
        body = keys.open(place, event.payload)
    except CellUnreadable:
        logger.warning("Webhook event %s cannot be decrypted", event.id)
        return Malformed(CELL_UNREADABLE)
    return reader(body)
