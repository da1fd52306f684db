"""Reactions, edits and revocations: what people do to messages that are already there."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from engine.db.unit_of_work import UnitOfWork
from engine.inbox import arrival_queries as queries
from engine.inbox import rules
from engine.inbox.events import MessageChanged
from engine.models import Direction
from engine.providers.inbound import InboundMessage, MessageKind

#: Conversation, contact and the message as it came.
Arrival = tuple[UUID, UUID, InboundMessage]


async def apply(uow: UnitOfWork, arrivals: Sequence[Arrival]) -> set[int]:
    """Apply changes to the messages they name; return the positions of those whose message is not here.

    They are applied in the order of the vendor's timestamps, so a repeat or a late one undoes nothing.
    """
    left: set[int] = set()
    columns = {
        "positions": list(range(len(arrivals))),
        "conversations": [conversation_id for conversation_id, *_ in arrivals],
        "targets": [target_of(message) for *_, message in arrivals],
    }
    found = await queries.targets(uow.session, uow.company_id, columns)
    for i in sorted(range(len(arrivals)), key=lambda i: arrivals[i][2].sent_at):
        if i in found and _may_change(arrivals[i][2], found[i][1]):
            await _change(uow, arrivals[i], found[i][0])
        elif not _takes_back(arrivals[i][2]):
            left.add(i)
    return left


async def _change(uow: UnitOfWork, arrival: Arrival, message_id: UUID) -> None:
    _, contact_id, message = arrival
    values = {"company": uow.company_id, "id": message_id, "at": message.sent_at}
    match message.kind:
        case MessageKind.REACTION:
            emoji = str(message.payload.get("emoji") or "")
            values |= {"who": str(contact_id), "emoji": emoji}
            conversation_id = await queries.react(uow.session, values)
        case MessageKind.EDIT:
            conversation_id = await queries.edit(uow.session, values | {"text": message.text})
        case _:
            conversation_id = await queries.revoke(uow.session, values)
    if conversation_id is not None:
        uow.announce(
            MessageChanged(
                company_id=uow.company_id,
                conversation_id=conversation_id,
                message_id=message_id,
                change=message.kind.value,
            )
        )


def target_of(message: InboundMessage) -> str | None:
    """The vendor's id of the message this one is about, if it is about one."""
    if message.kind not in rules.CHANGES:
        return None
    name = "message_id" if message.kind is MessageKind.REACTION else "original_message_id"
    target = message.payload.get(name)
    return target if isinstance(target, str) else None


def _may_change(message: InboundMessage, direction: str) -> bool:
    """Anybody may react; only their own messages may people edit or revoke."""
    return message.kind is MessageKind.REACTION or direction == Direction.INBOUND


def _takes_back(message: InboundMessage) -> bool:
    """A reaction withdrawn, or a message revoked, of which we never knew: nothing to show."""
    return message.kind is MessageKind.REVOKE or (
        message.kind is MessageKind.REACTION and not message.payload.get("emoji")
    )
