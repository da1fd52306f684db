"""People who write to a company, and the channel on which they do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import insert, text

from engine import inbox
from engine.contacts import match_key
from engine.context import Engine
from engine.ids import new_id
from engine.inbox import Arrivals, Received
from engine.models import Channel, ChannelKind, Contact, ContactIdentity, IdentityKind, Provider
from engine.providers.inbound import InboundMessage, MessageKind

ANA = "5511999998888"
#: How WhatsApp names old numbers outside São Paulo: without the ninth digit.
BIA = "553188887777"
NOW = datetime.now(UTC).replace(microsecond=0)


async def make_channel(
    engine: Engine, company_id: UUID, *, kind: ChannelKind = ChannelKind.WHATSAPP, **values: Any
) -> UUID:
    channel_id = new_id()
    provider = Provider.META if kind is ChannelKind.WHATSAPP else Provider.TWILIO
    row = {"provider": provider, "name": "Loja", "sender": str(channel_id), "account": "1", "secrets": b""}
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(
            insert(Channel).values(company_id=company_id, id=channel_id, kind=kind, **row | values)
        )
    return channel_id


async def make_contact(engine: Engine, company_id: UUID, phone: str, name: str = "Ana") -> UUID:
    contact_id, common = new_id(), {"company_id": company_id}
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(insert(Contact).values(id=contact_id, name=name, **common))
        await uow.session.execute(
            insert(ContactIdentity).values(
                id=new_id(),
                contact_id=contact_id,
                kind=IdentityKind.PHONE,
                value=phone,
                match_key=match_key(phone),
                **common,
            )
        )
    return contact_id


def written(
    body: str = "Oi", *, wamid: str = "wamid.1", wa_id: str | None = ANA, after: float = 0, **fields: Any
) -> InboundMessage:
    """A message of ``wa_id``, ``after`` seconds from now."""
    sent_at = NOW + timedelta(seconds=after)
    fields = {"kind": MessageKind.TEXT, "profile_name": "Ana Souza", **fields}
    return InboundMessage(wamid, sent_at, sender_wa_id=wa_id, text=body, **fields)


async def receive(
    engine: Engine, company_id: UUID, channel_id: UUID, *messages: InboundMessage
) -> Sequence[Received]:
    async with engine.unit_of_work(company_id) as uow:
        return await inbox.receive(uow, Arrivals(channel_id, ChannelKind.WHATSAPP, messages))


async def rows(engine: Engine, company_id: UUID, statement: str, **values: Any) -> list[Any]:
    async with engine.unit_of_work(company_id) as uow:
        return list((await uow.session.execute(text(statement), values)).all())


async def one(engine: Engine, company_id: UUID, statement: str, **values: Any) -> Any:
    """The only value the statement answers."""
    found = await rows(engine, company_id, statement, **values)
    assert len(found) == 1, found
    return found[0][0]


def meta_body(kind: str, item: dict[str, Any], name: str = "Ana Souza") -> bytes:
    """What the listener stores of one fact of Meta's."""
    held: dict[str, Any] = {"kind": kind, "item": item}
    if "from" in item:
        held["contact"] = {"profile": {"name": name}, "wa_id": item["from"]}
    return orjson.dumps(held)


def meta_text(body: str, *, wamid: str = "wamid.1", wa_id: str = ANA, after: float = 0) -> bytes:
    seconds = int((NOW + timedelta(seconds=after)).timestamp())
    return meta_body(
        "message",
        {"id": wamid, "from": wa_id, "timestamp": str(seconds), "type": "text", "text": {"body": body}},
    )


def meta_status(status: str, token: UUID, *, after: float = 0, **fields: Any) -> bytes:
    """A status of the send whose attempt is ``token``."""
    seconds = int((NOW + timedelta(seconds=after)).timestamp())
    item = {"id": f"wamid.{token}", "status": status, "timestamp": str(seconds), **fields}
    return meta_body("status", {"biz_opaque_callback_data": str(token), "recipient_id": ANA, **item})


_STORE = text("""
    WITH stored AS (
        INSERT INTO webhook_event (company_id, id, channel_id, source, kind, dedupe_key, payload)
        SELECT :company, n.id, :channel, :source, 'message', n.id::text, n.payload
        FROM unnest(CAST(:ids AS uuid[]), CAST(:payloads AS bytea[])) AS n(id, payload)
        RETURNING company_id, id
    )
    INSERT INTO webhook_pending (company_id, id, track) SELECT company_id, id, 'messages' FROM stored
""")


async def store(
    engine: Engine, company_id: UUID, channel_id: UUID, *bodies: bytes, source: str = "meta"
) -> list[UUID]:
    """What the listener does with facts it may trust: seal, insert, ring."""
    ids = [new_id() for _ in bodies]
    keys = await engine.keys(company_id)
    cells = keys.seal_many("webhook_event", "payload", zip(ids, bodies, strict=True))
    values = {"company": company_id, "channel": channel_id, "ids": ids, "payloads": cells}
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(_STORE, values | {"source": source})
        await uow.session.execute(
            text("SELECT pg_notify('webhook_event', :call)"), {"call": f"{company_id} messages"}
        )
    return ids


async def make_attempts(engine: Engine, company_id: UUID, channel_id: UUID, count: int) -> list[UUID]:
    """Sends the vendor accepted."""
    ids = [new_id() for _ in range(count)]
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(
            text("""
                INSERT INTO attempt (company_id, id, channel_id, address_kind, address, state, epoch)
                SELECT :company, id, :channel, 'phone', '+5511999998888', 'accepted', 1
                FROM unnest(CAST(:ids AS uuid[])) AS n(id)"""),
            {"company": company_id, "channel": channel_id, "ids": ids},
        )
    return ids
