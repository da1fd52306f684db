"""What a linked number hears, read from the words of its host as the engine reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson

from engine import inbox
from engine.context import Engine
from engine.inbox import Arrivals, Received
from engine.models import ChannelKind, Provider
from engine.providers.inbound import InboundMessage
from engine.providers.linked.inbound import read_piece
from tests.fakes.inbound import ANA, NOW, make_channel

LID = "83116928594056"
GROUP = "120363040468224422@g.us"
PHONE_CHAT, HIDDEN_CHAT = f"{ANA}@s.whatsapp.net", f"{LID}@lid"


async def make_number(engine: Engine, company_id: UUID) -> UUID:
    return await make_channel(engine, company_id, provider=Provider.LINKED)


def said(words: str, *, id_: str, chat: str, after: float = 0, **told: Any) -> bytes:
    """A message as it is stored."""
    at = (NOW + timedelta(seconds=after)).isoformat()
    data = {"id": id_, "chat": chat, "at": at, "kind": "text", "text": words, "name": "Ana", **told}
    return orjson.dumps({"event": "message", "data": data})


def heard(
    words: str = "Oi", *, id_: str = "3A1", chat: str = PHONE_CHAT, after: float = 0, **told: Any
) -> InboundMessage:
    """A message as a host tells it, ``after`` seconds from now."""
    message = read_piece(said(words, id_=id_, chat=chat, after=after, **told))
    assert isinstance(message, InboundMessage), message
    return message


def in_group(words: str = "Oi", *, who: str = LID, name: str = "Ana", **told: Any) -> InboundMessage:
    told = {"subject": "Clientes", **told}
    return heard(words, chat=GROUP, sender=f"{who}@lid", name=name, **told)


async def hear(
    engine: Engine, company_id: UUID, channel_id: UUID, *messages: InboundMessage
) -> Sequence[Received]:
    async with engine.unit_of_work(company_id) as uow:
        arrivals = Arrivals(channel_id, ChannelKind.WHATSAPP, messages, provider=Provider.LINKED)
        return await inbox.receive(uow, arrivals)
