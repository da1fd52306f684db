"""How far messages came that our own side wrote on the phone: no send of ours stands behind them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from engine.db.unit_of_work import UnitOfWork
from engine.inbox.events import MessageChanged
from engine.models import Message, Receipt
from engine.providers.inbound import StatusUpdate

#: Where in a message's payload its receipt lies.
KEY = "receipt"

_LADDER = [receipt.value for receipt in Receipt]

_NOTE = text("""
    UPDATE message m SET payload = m.payload || jsonb_build_object('receipt', r.receipt)
    FROM unnest(CAST(:ids AS text[]), CAST(:receipts AS text[])) AS r(id, receipt)
    WHERE m.company_id = :company AND m.provider_message_id = r.id AND m.channel_id = :channel
      AND m.direction = 'outbound' AND m.attempt_id IS NULL
      AND array_position(CAST(:ladder AS text[]), r.receipt)
          > coalesce(array_position(CAST(:ladder AS text[]), m.payload ->> 'receipt'), 0)
    RETURNING m.id, m.conversation_id
""")


async def note_receipts(uow: UnitOfWork, channel_id: UUID, updates: Sequence[StatusUpdate]) -> None:
    """Note what was said of messages the ledger does not know, as far as they stand in a timeline.

    A receipt only ever climbs. Those of a linked number wait in the queue behind their message, so that none
    comes before it.
    """
    highest: dict[str, str] = {}
    for update in updates:
        id_, word = update.provider_message_id, update.status.value
        if word in _LADDER and _LADDER.index(word) >= _LADDER.index(highest.get(id_, word)):
            highest[id_] = word
    if not highest:
        return
    ordered = sorted(highest.items())
    values = {
        "company": uow.company_id,
        "channel": channel_id,
        "ladder": _LADDER,
        "ids": [id_ for id_, _ in ordered],
        "receipts": [word for _, word in ordered],
    }
    for row in (await uow.session.execute(_NOTE, values)).all():
        uow.announce(
            MessageChanged(
                company_id=uow.company_id,
                conversation_id=row.conversation_id,
                message_id=row.id,
                change="status",
            )
        )


def receipt_of(message: Message) -> Receipt | None:
    """What :func:`note_receipts` noted."""
    word = message.payload.get(KEY)
    return Receipt(word) if message.attempt_id is None and word in _LADDER else None
