"""What the inbox tells the rest: ids and counts, never what was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from engine.events import CompanyEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(CompanyEvent):
    """A person wrote. Said once per conversation and batch: ``message_id`` is the newest of ``count``."""

    topic: ClassVar[str | None] = "message.received"
    conversation_id: UUID
    contact_id: UUID
    channel_id: UUID
    message_id: UUID
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAdded(CompanyEvent):
    """The team added an answer or a note to a timeline."""

    topic: ClassVar[str | None] = "message.added"
    conversation_id: UUID
    message_id: UUID
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChanged(CompanyEvent):
    """A message left, came further or failed, or got a reaction, an edit, a revocation or its file."""

    topic: ClassVar[str | None] = "message.changed"
    conversation_id: UUID
    message_id: UUID
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationChanged(CompanyEvent):
    """A conversation was read, marked as unread, assigned, closed or reopened."""

    topic: ClassVar[str | None] = "conversation.changed"
    conversation_id: UUID
    change: str
