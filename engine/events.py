"""Facts other rooms may react to, delivered only after they are committed."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A past-tense fact. Carries ids and small values, never ORM rows and never message text.

    An event with a ``topic`` is also written to the outbox in the transaction that makes it true, and reaches
    every connected client of its company.
    """

    topic: ClassVar[str | None] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyEvent(Event):
    company_id: UUID


Subscriber = Callable[[Any], Awaitable[None]]


class EventBus:
    """Calls subscribers one by one; a failing subscriber never stops the others."""

    def __init__(self) -> None:
        self._subscribers: dict[type[Event], list[Subscriber]] = defaultdict(list)

    def subscribe(self, kind: type[Event], subscriber: Subscriber) -> None:
        self._subscribers[kind].append(subscriber)

    async def publish(self, event: Event) -> None:
        logger.debug("%r", event)
        for subscriber in self._subscribers[type(event)]:
            try:
                await subscriber(event)
            except Exception:
                logger.exception("Subscriber %r failed on %r", subscriber, event)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignChanged(CompanyEvent):
    """A campaign moved to another state, or its draft was edited."""

    topic: ClassVar[str | None] = "campaign.changed"
    campaign_id: UUID
    state: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignProgressed(CompanyEvent):
    """Recipients moved on: how many, by the word a report shows ("accepted", "delivered", "failed", …)."""

    topic: ClassVar[str | None] = "campaign.progressed"
    campaign_id: UUID
    counts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneDue(CompanyEvent):
    """Something waits to leave on a channel."""

    channel_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchDue(CompanyEvent):
    """A campaign was started and its recipients have to be written down."""

    campaign_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChanged(CompanyEvent):
    """A channel was added, edited, stopped or resumed."""

    topic: ClassVar[str | None] = "channel.changed"
    channel_id: UUID
    state: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut(CompanyEvent):
    """Somebody asked not to be written to on one kind of channel."""

    topic: ClassVar[str | None] = "consent.opted_out"
    channel_kind: str
    contact_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedIn(CompanyEvent):
    """Somebody who had asked not to be written to changed their mind."""

    topic: ClassVar[str | None] = "consent.opted_in"
    channel_kind: str
    contact_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChanged(CompanyEvent):
    """A contact was added, edited, tagged or archived by a person."""

    topic: ClassVar[str | None] = "contact.changed"
    contact_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsMerged(CompanyEvent):
    """Two contacts proved to be one person. ``merged_id`` is gone; all it had belongs to ``contact_id``."""

    topic: ClassVar[str | None] = "contact.merged"
    contact_id: UUID
    merged_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationChanged(CompanyEvent):
    """A conversation was read, marked as unread, assigned, closed or reopened.

    ``change`` is also ``merged``, said of both when two became one, and ``history``, when old messages came.
    """

    topic: ClassVar[str | None] = "conversation.changed"
    conversation_id: UUID
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProgressed(CompanyEvent):
    """A file of contacts moved on. Counts are totals so far."""

    topic: ClassVar[str | None] = "import.progressed"
    job_id: UUID
    state: str
    rows_read: int
    rows_created: int
    rows_updated: int
    rows_duplicate: int
    rows_invalid: int
    position: int
    total_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportDue(CompanyEvent):
    """A file of contacts waits to be checked or imported."""

    job_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePaired(CompanyEvent):
    """A device came in because somebody vouched for it; everybody of the company is told."""

    topic: ClassVar[str | None] = "device.paired"
    person_id: UUID
    device_id: UUID
    device: str
