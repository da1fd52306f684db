"""What the inbox tells the rest: ids and counts, never what was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from engine.events import CompanyEvent, ConversationChanged

__all__ = ["ConversationChanged", "MessageAdded", "MessageChanged", "MessageReceived"]


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
    """Our side added something to a timeline: the team an answer or a note, or somebody on the phone itself.

    ``on_phone`` says that it was written there, past this program: whoever answers by itself should be quiet.
    Said once per conversation and batch then, of the newest message.
    """

    topic: ClassVar[str | None] = "message.added"
    conversation_id: UUID
    message_id: UUID
    direction: str
    on_phone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChanged(CompanyEvent):
    """A message left, came further or failed, or got a reaction, an edit, a revocation or its file."""

    topic: ClassVar[str | None] = "message.changed"
    conversation_id: UUID
    message_id: UUID
    change: str
