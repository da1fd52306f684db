"""Conversations and their messages on the wire."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, model_validator

from embedded_server.contract.base import Input, Output, PageQuery
from embedded_server.contract.channels import ChannelKindName
from embedded_server.contract.contacts import TagOut


class ConversationStateName(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class DirectionName(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"
    #: Seen by the team only.
    NOTE = "note"


class AttemptStateName(StrEnum):
    """What is known of one send."""

    DISPATCHING = "dispatching"
    #: It may or may not have left; it is not sent again by itself.
    UNCERTAIN = "uncertain"
    ACCEPTED = "accepted"
    FAILED = "failed"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    RELEASED = "released"


class ReceiptName(StrEnum):
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"


class MediaStateName(StrEnum):
    PENDING = "pending"
    STORED = "stored"
    FAILED = "failed"


class ConversationQuery(PageQuery):
    """``assignee_id`` and ``unassigned`` exclude each other.

    ``q`` looks for words of the contact's name, whatever their accents, or digits of its number.
    """

    q: Annotated[str, Field(max_length=200)] = ""
    unread: bool = False
    assignee_id: UUID | None = None
    unassigned: bool = False
    state: ConversationStateName | None = None

    @model_validator(mode="after")
    def _one_assignee(self) -> ConversationQuery:
        if self.assignee_id is not None and self.unassigned:
            raise ValueError("Ask for a person's conversations or for nobody's")
        return self


class ConversationIn(Input):
    contact_id: UUID


class ConversationOut(Output):
    """One line of the inbox, newest activity first."""

    id: UUID
    contact_id: UUID
    contact_name: str
    state: ConversationStateName
    assignee_id: UUID | None
    unread: int
    last_message_at: datetime
    preview: str
    created_at: datetime
    #: Of the way of the newest message; ``address`` is the person's there, as the vendor names it.
    channel_kind: ChannelKindName | None = None
    address: str | None = None
    #: Of the newest message, which the preview is of; notes and campaigns do not count.
    last_direction: DirectionName | None = None
    last_waiting: bool = False
    last_state: AttemptStateName | None = None
    last_receipt: ReceiptName | None = None
    tags: list[TagOut] = Field(default_factory=list)


class WayOut(Output):
    """A channel on which this person was met.

    With ``has_window``, free text may go until ``window_expires_at``; without, at any time.
    """

    channel_id: UUID
    name: str
    kind: ChannelKindName
    window_expires_at: datetime | None
    has_window: bool = True


class ConversationDetailOut(ConversationOut):
    ways: list[WayOut]


class UnreadOut(Output):
    """Conversations with something unread."""

    conversations: int


class MediaOut(Output):
    """A file of a message; once stored it is at ``/api/v1/media/{id}``.

    ``width`` and ``height`` are a picture's pixels, ``seconds`` a recording's length, where they are known.
    """

    id: UUID
    mime: str
    file_name: str | None
    size: int | None
    state: MediaStateName
    error: str | None
    width: int | None = None
    height: int | None = None
    seconds: float | None = None


class QuoteOut(Output):
    """The message another one answers, as much of it as a quotation shows."""

    id: UUID
    direction: DirectionName
    kind: str
    text: str
    author_id: UUID | None


class MessageOut(Output):
    """One entry of a timeline, newest first.

    For what was sent: ``waiting`` until its send begins, then ``state``, and ``receipt`` once it was
    accepted; ``code`` is the vendor's own and ``reason`` a sentence.
    """

    id: UUID
    conversation_id: UUID
    channel_id: UUID | None
    direction: DirectionName
    kind: str
    text: str
    payload: dict[str, Any]
    provider_message_id: str | None
    #: The vendor's id of the message it quotes.
    reply_to: str | None
    author_id: UUID | None
    campaign_id: UUID | None
    occurred_at: datetime
    created_at: datetime
    edited_at: datetime | None
    revoked_at: datetime | None
    waiting: bool
    state: AttemptStateName | None = None
    receipt: ReceiptName | None = None
    code: str | None = None
    reason: str | None = None
    files: list[MediaOut] = Field(default_factory=list)
    #: What ``reply_to`` names, if it is of this conversation and still here.
    quoted: QuoteOut | None = None
    #: In a group, who of it wrote: the name they gave themselves, else their number.
    author_name: str | None = None


class MessageQuery(PageQuery):
    """``after`` leads on to older messages. A client that kept only a part of the timeline asks for those
    right before or right after a message it has.

    With ``newer_than``, ``next`` only tells that there are still newer ones: ask again from the newest id.
    """

    older_than: UUID | None = None
    newer_than: UUID | None = None

    @model_validator(mode="after")
    def _one_way(self) -> MessageQuery:
        if sum(place is not None for place in (self.after, self.older_than, self.newer_than)) > 1:
            raise ValueError("Ask from one place and in one direction")
        return self


class TextIn(Input):
    type: Literal["text"]
    body: Annotated[str, Field(min_length=1, max_length=4096)]
    preview_url: bool = False


class TemplateIn(Input):
    """An approved template with its parameters in place; ``text`` is what the person will read."""

    type: Literal["template"]
    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")]
    components: Annotated[list[dict[str, Any]], Field(max_length=10)] = Field(default_factory=list)
    text: Annotated[str, Field(max_length=4096)] = ""


class InteractiveIn(Input):
    """Buttons, lists and calls to action in Meta's shape; ``text`` is the body for the timeline."""

    type: Literal["interactive"]
    payload: dict[str, Any]
    text: Annotated[str, Field(max_length=4096)] = ""


class MediaIn(Input):
    """A file the vendor already holds, by the vendor's id."""

    type: Literal["media"]
    kind: Literal["image", "video", "audio", "document", "sticker"]
    media_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    caption: Annotated[str, Field(max_length=1024)] | None = None
    filename: Annotated[str, Field(max_length=200)] | None = None
    voice: bool = False


class MessageIn(Input):
    """``client_id`` is the client's own name for the message: the same one is never sent twice."""

    channel_id: UUID
    content: Annotated[TextIn | TemplateIn | InteractiveIn | MediaIn, Field(discriminator="type")]
    client_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    #: A message of the same conversation to quote.
    reply_to: UUID | None = None


class NoteIn(Input):
    """``client_id`` is the client's own name for the note: the same one is never written twice."""

    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    client_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class AssigneeIn(Input):
    """None hands the conversation to nobody."""

    person_id: UUID | None
