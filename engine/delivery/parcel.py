"""What travels through a lane: an intent that is already committed, and later how its send ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from engine.providers.port import Address, Content, Outgoing, SendResult


@dataclass(frozen=True, slots=True)
class Parcel:
    """One send whose intent is in the ledger. Exactly one of ``recipient_id`` and ``message_id`` is set."""

    attempt_id: UUID
    company_id: UUID
    channel_id: UUID
    #: Epoch of the lease under which the intent was written; only it may write the outcome.
    epoch: int
    to: Address
    content: Content = field(repr=False)
    campaign_id: UUID | None = None
    recipient_id: UUID | None = None
    message_id: UUID | None = None
    reply_to: str | None = None
    #: Which try of its recipient this is, from 1.
    tries: int = 1
    #: This person and the number have never written to each other; told of linked numbers only.
    is_first: bool = False

    def outgoing(self) -> Outgoing:
        return Outgoing(str(self.attempt_id), self.to, self.content, self.reply_to, self.is_first)


@dataclass(frozen=True, slots=True)
class Settled:
    """A parcel and what became of it."""

    parcel: Parcel
    result: SendResult
