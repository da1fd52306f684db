"""A shop whose inbox has something in it: people who wrote, on a channel that may answer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from engine.context import Engine
from engine.media import LocalStore
from engine.providers.inbound import InboundMedia, MessageKind
from tests.fakes.inbound import make_channel, receive, rows, written

_SETTLE = """
    WITH sent AS (
        INSERT INTO attempt (company_id, id, channel_id, message_id, address_kind, address, state, receipt,
                             epoch, code, reason)
        SELECT company_id, gen_random_uuid(), channel_id, id, 'wa_id', '1', :state, :receipt, 1, :code,
               :reason
        FROM message WHERE id = :id RETURNING id, message_id
    ) UPDATE message m SET due_at = NULL, attempt_id = s.id FROM sent s WHERE m.id = s.message_id
    RETURNING m.id"""


@dataclass(frozen=True, slots=True)
class Wrote:
    """Somebody who wrote."""

    conversation_id: UUID
    contact_id: UUID
    channel_id: UUID


async def make_inbox(engine: Engine, company_id: UUID, *names: str, after: float = -600) -> list[Wrote]:
    """One conversation each, the first one the newest, with one unread "Oi"."""
    channel_id = await make_channel(engine, company_id)
    told = [
        written("Oi", wamid=f"in.{n}", wa_id=wa_id(n), profile_name=name, after=after - n)
        for n, name in enumerate(names)
    ]
    placed = await receive(engine, company_id, channel_id, *told)
    return [Wrote(one.conversation_id, one.contact_id, channel_id) for one in placed]


def wa_id(n: int) -> str:
    return f"55319888812{n:02}"


async def write(
    engine: Engine, company_id: UUID, who: Wrote, *words: str, sender: str | None = None, **fields: Any
) -> None:
    """Further messages of the same person (the first one of the inbox unless named), a second apart."""
    after = fields.pop("after", -300)
    told = [
        written(
            said,
            wamid=f"{who.conversation_id}.{after + n}",
            wa_id=sender or wa_id(0),
            after=after + n,
            **fields,
        )
        for n, said in enumerate(words)
    ]
    await receive(engine, company_id, who.channel_id, *told)


async def settle(
    engine: Engine, company_id: UUID, message_id: UUID, state: str, receipt: str | None = None, **told: Any
) -> None:
    """Give an answer that waits a send of its own, with what became of it."""
    values = {"code": None, "reason": None, **told}
    assert await rows(engine, company_id, _SETTLE, id=message_id, state=state, receipt=receipt, **values)


async def send_file(
    engine: Engine, company_id: UUID, who: Wrote, content: bytes, *, kind: MessageKind, **stored: Any
) -> None:
    """A file of the first person that has already been fetched."""
    media = InboundMedia("1037", mime="application/octet-stream", filename=stored.pop("name", None))
    await write(engine, company_id, who, "", kind=kind, media=media, after=-100)
    store = LocalStore(engine.settings.media_dir)
    incoming = store.incoming(company_id)
    incoming.write_bytes(content)
    path, found = store.keep(company_id, incoming, hashlib.sha256(content).hexdigest())
    columns = {"path": path, "mime": found.mime, "size": len(content), "state": "stored", **stored}
    changes = ", ".join(f"{name} = :{name}" for name in columns)
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(text(f"UPDATE media_file SET {changes}"), columns)
