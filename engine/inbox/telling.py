"""What came in, and who is told of it: people only of news, clients of everything that moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from engine.db.unit_of_work import UnitOfWork
from engine.events import CompanyEvent
from engine.inbox.events import ConversationChanged, MessageAdded, MessageReceived
from engine.models import Direction
from engine.providers.inbound import InboundMessage


@dataclass(frozen=True, slots=True)
class Placed:
    """A message whose person and conversation are known."""

    message: InboundMessage
    message_id: UUID
    conversation_id: UUID
    contact_id: UUID
    arrived_at: datetime

    @property
    def is_news(self) -> bool:
        """Somebody else wrote it, and just now: it counts, it opens, and people are told."""
        return not (self.message.from_me or self.message.is_old)


def by_conversation(new: Sequence[Placed]) -> tuple[dict[UUID, Placed], dict[UUID, int]]:
    """The newest message of each conversation, in the order of their ids, and how many of them are news."""
    newest: dict[UUID, Placed] = {}
    counts: dict[UUID, int] = {}
    for placed in new:
        id_ = placed.conversation_id
        counts[id_] = counts.get(id_, 0) + placed.is_news
        if id_ not in newest or placed.message.sent_at >= newest[id_].message.sent_at:
            newest[id_] = placed
    return dict(sorted(newest.items())), counts


def announce(uow: UnitOfWork, channel_id: UUID, new: Sequence[Placed]) -> None:
    """One event for each conversation and for each of: news, our side's own words, old messages."""
    newest, counts = by_conversation([placed for placed in new if placed.is_news])
    for conversation_id, placed in newest.items():
        uow.announce(_received(uow.company_id, channel_id, placed, counts[conversation_id]))
    own, _ = by_conversation([p for p in new if p.message.from_me and not p.message.is_old])
    for placed in own.values():
        uow.announce(_written_on_phone(uow.company_id, placed))
    for conversation_id in by_conversation([p for p in new if p.message.is_old])[0]:
        uow.announce(
            ConversationChanged(company_id=uow.company_id, conversation_id=conversation_id, change="history")
        )


def _received(company_id: UUID, channel_id: UUID, placed: Placed, count: int) -> CompanyEvent:
    return MessageReceived(
        company_id=company_id,
        conversation_id=placed.conversation_id,
        contact_id=placed.contact_id,
        channel_id=channel_id,
        message_id=placed.message_id,
        count=count,
    )


def _written_on_phone(company_id: UUID, placed: Placed) -> CompanyEvent:
    return MessageAdded(
        company_id=company_id,
        conversation_id=placed.conversation_id,
        message_id=placed.message_id,
        direction=Direction.OUTBOUND.value,
        on_phone=True,
    )
