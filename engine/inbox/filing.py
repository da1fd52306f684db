"""Campaign messages that left find their place in the timelines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from engine.db.unit_of_work import UnitOfWork
from engine.ids import new_id
from engine.inbox import queries
from engine.models import IdentityKind


@dataclass(frozen=True, slots=True)
class CampaignMessage:
    """One accepted send of a campaign, as its person read it. ``kind`` is text or template."""

    attempt_id: UUID
    campaign_id: UUID
    channel_id: UUID
    contact_id: UUID
    address_kind: IdentityKind
    address: str = field(repr=False)
    text: str = field(repr=False)
    sent_at: datetime
    provider_message_id: str | None = None
    kind: str = "text"


async def file_campaign_messages(uow: UnitOfWork, rows: Sequence[CampaignMessage]) -> None:
    """Put what a campaign sent into the timelines: each once, however often it is filed.

    Nobody's inbox moves for it: counters and order of existing conversations stay, and a conversation that
    begins with a campaign begins closed until its person writes. Contacts that are gone are left out.
    """
    if not rows:
        return
    await queries.open_closed(
        uow.session,
        uow.company_id,
        {
            "new_conversations": [new_id() for _ in rows],
            "contacts": [row.contact_id for row in rows],
            "moments": [row.sent_at for row in rows],
        },
    )
    columns = {
        "ids": [row.attempt_id for row in rows],
        "contacts": [row.contact_id for row in rows],
        "channels": [row.channel_id for row in rows],
        "kinds": [row.kind for row in rows],
        "texts": [row.text for row in rows],
        "provider_ids": [row.provider_message_id for row in rows],
        "campaigns": [row.campaign_id for row in rows],
        "attempts": [row.attempt_id for row in rows],
        "moments": [row.sent_at for row in rows],
        "address_kinds": [row.address_kind.value for row in rows],
        "addresses": [row.address for row in rows],
    }
    await queries.file(uow.session, uow.company_id, columns)
