"""One company with a row of every noun the API names, to try to reach from another company."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert

from engine import clock
from engine.context import Engine
from engine.db.unit_of_work import UnitOfWork
from engine.models import (
    Conversation,
    Direction,
    IdentityKind,
    ImportJob,
    LinkedSession,
    MediaFile,
    Message,
    MessageTemplate,
    PairingRequest,
    PairingWindow,
    Recipient,
    Role,
    Segment,
    Tag,
    WebhookEvent,
)
from tests.fakes.api import Api, join
from tests.fakes.world import make_campaign, make_channel, make_contacts


@dataclass(frozen=True, slots=True)
class Tenant:
    """``ids`` are named as in paths: ``/campaigns/{id}`` takes ``ids["campaigns"]``."""

    company_id: UUID
    ids: dict[str, str]


async def make_tenant(engine: Engine, company_id: UUID) -> Tenant:
    person = (await join(engine, company_id, Role.AGENT)).principal
    channel_id = await make_channel(engine, company_id)
    contact_id = (await make_contacts(engine, company_id, ["+5511970001000"]))[0]
    campaign_id = await make_campaign(engine, company_id, channel_id)
    ids = {
        "users": person.person_id,
        "devices": person.device_id,
        "channels": channel_id,
        "contacts": contact_id,
        "campaigns": campaign_id,
    }
    async with engine.unit_of_work(company_id) as uow:
        for noun, (table, values) in _rows().items():
            ids[noun] = uuid4()
            await uow.session.execute(
                insert(table).values(company_id=company_id, id=ids[noun], **_resolve(values, ids))
            )
        ids["pairing"] = await _make_waiting_device(uow, person.person_id)
    return Tenant(company_id, {noun: str(id_) for noun, id_ in ids.items()})


async def _make_waiting_device(uow: UnitOfWork, person_id: UUID) -> UUID:
    """A new device of which the person had to decide."""
    until = clock.now() + timedelta(minutes=2)
    device = PairingRequest(
        public_key=b"", challenge=uuid4().bytes, name="Notebook", address="10.0.0.9", expires_at=until
    )
    uow.session.add(device)
    await uow.session.flush()
    window = PairingWindow(company_id=uow.company_id, person_id=person_id, request_id=device.id)
    # Closed, because an open one lets strangers ask on the whole machine.
    window.expires_at, window.closed_at = until, clock.now()
    uow.session.add(window)
    return device.id


async def sign_in(url: str, engine: Engine, tenant: Tenant, role: Role = Role.OWNER) -> Api:
    return Api(url, await join(engine, tenant.company_id, role))


def _resolve(values: dict[str, Any], ids: dict[str, UUID]) -> dict[str, Any]:
    def known(value: Any) -> Any:
        return ids[value[1:]] if isinstance(value, str) and value.startswith("@") else value

    return {name: known(value) for name, value in values.items()}


def _rows() -> dict[str, tuple[Any, dict[str, Any]]]:
    """``@noun`` stands for the id of the row of that noun, made before."""
    now = clock.now()
    return {
        "tags": (Tag, {"name": "vip"}),
        "segments": (Segment, {"name": "Todos", "filter": {}}),
        "imports": (ImportJob, {"file_name": "a.csv", "file_path": "imports/none.csv"}),
        "linked-sessions": (LinkedSession, {"engine": "whatsmeow", "key": b"", "ended_at": now}),
        "templates": (
            MessageTemplate,
            {
                "channel_id": "@channels",
                "provider_template_id": "1",
                "name": "pedido",
                "language": "pt_BR",
                "category": "UTILITY",
                "status": "APPROVED",
                "components": {},
            },
        ),
        "recipients": (
            Recipient,
            {
                "campaign_id": "@campaigns",
                "contact_id": "@contacts",
                "address_kind": IdentityKind.PHONE,
                "address": "+5511970001000",
                "match_key": "+5511970001000",
            },
        ),
        "conversations": (Conversation, {"contact_id": "@contacts"}),
        "messages": (
            Message,
            {
                "conversation_id": "@conversations",
                "channel_id": "@channels",
                "direction": Direction.INBOUND,
                "kind": "text",
                "occurred_at": now,
            },
        ),
        "media": (MediaFile, {"message_id": "@messages", "channel_id": "@channels", "mime": "image/png"}),
        "webhook-events": (
            WebhookEvent,
            {
                "channel_id": "@channels",
                "source": "meta",
                "kind": "message",
                "dedupe_key": "1",
                "payload": b"",
                "quarantined_at": now,
            },
        ),
    }
