"""Lines of an inbox and messages of a timeline as the appliance would tell them, without an appliance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from desktop.inbox.rows import Row, mark_of
from embedded_server.contract.channels import ChannelKindName
from embedded_server.contract.conversations import ConversationStateName, DirectionName, MessageOut
from engine.ids import natural_id

#: A quiet afternoon: no day turns while a test runs.
NOON = datetime(2026, 3, 18, 15, 0, tzinfo=UTC)
CHAT = UUID(int=7)


def row(n: int, **fields: Any) -> Row:
    """The ``n``-th line from the top."""
    told = {
        "id": UUID(int=1_000_000 + n),
        "name": f"Ana {n}",
        "preview": f"Oi {n}",
        "at": NOON.timestamp() - 60 * n,
        "unread": 0,
        "state": ConversationStateName.OPEN,
        "assignee_id": None,
        "channel": ChannelKindName.WHATSAPP,
        "standing": None,
        "tags": (),
        **fields,
    }
    if "marks" in told:
        told["tags"] = tuple(mark_of(name, color) for name, color in told.pop("marks"))
    return Row(**told)


def message(n: int, text: str = "", **fields: Any) -> MessageOut:
    """The ``n``-th message of a timeline, a minute after the one before; every other one is ours."""
    at = fields.pop("at", NOON + timedelta(minutes=n))
    told = {
        "id": natural_id(at, str(n)),
        "conversation_id": CHAT,
        "channel_id": None,
        "direction": DirectionName.OUTBOUND if n % 2 else DirectionName.INBOUND,
        "kind": "text",
        "text": text or f"Mensagem {n}",
        "payload": {},
        "provider_message_id": f"wamid.{n}",
        "reply_to": None,
        "author_id": None,
        "campaign_id": None,
        "occurred_at": at,
        "created_at": at,
        "edited_at": None,
        "revoked_at": None,
        "waiting": False,
        **fields,
    }
    return MessageOut(**told)


def messages(first: int, last: int, text: str = "") -> list[MessageOut]:
    """From ``first`` up to ``last``, newest first as a page of the appliance."""
    return [message(n, text) for n in reversed(range(first, last))]
