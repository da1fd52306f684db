"""Reactions, edits and revocations: what people do to messages that are already there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
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
        if i in found and _may_change(arrivals[i][2], found[i]):
            await _change(uow, arrivals[i], found[i].id)
        elif not _takes_back(arrivals[i][2]):
            left.add(i)
    return left


async def _change(uow: UnitOfWork, arrival: Arrival, message_id: UUID) -> None:
    _, contact_id, message = arrival
    values = {"company": uow.company_id, "id": message_id, "at": message.sent_at}
    match message.kind:
        case MessageKind.REACTION:
            emoji = str(message.payload.get("emoji") or "")
            values |= {"who": _who(contact_id, message), "emoji": emoji}
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


def _may_change(message: InboundMessage, target: queries.Target) -> bool:
    """Anybody may react; only their own messages may people edit or revoke, also in a group."""
    if message.kind is MessageKind.REACTION:
        return True
    own = Direction.OUTBOUND if message.from_me else Direction.INBOUND
    if target.direction != own:
        return False
    return message.group is None or message.from_me or _is_same(author_of(message), target.author or {})


def author_of(message: InboundMessage) -> dict[str, Any]:
    """Who of a group wrote: ``name``, ``wa_id`` and ``lid``, as far as they are known."""
    author = message.payload.get("author")
    return author if isinstance(author, dict) else {}


def _is_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return any(one.get(form) and one.get(form) == other.get(form) for form in ("lid", "wa_id"))


def _who(contact_id: UUID, message: InboundMessage) -> str:
    """Under what name a reaction is kept, one for each who reacts."""
    if message.from_me:
        return "us"
    author = author_of(message)
    return str(author.get("lid") or author.get("wa_id") or contact_id) if message.group else str(contact_id)


def _takes_back(message: InboundMessage) -> bool:
    """A reaction withdrawn, or a message revoked, of which we never knew: nothing to show."""
    return message.kind is MessageKind.REVOKE or (
        message.kind is MessageKind.REACTION and not message.payload.get("emoji")
    )
