"""Channels and webhook events as rows."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import insert, select

from engine.context import Engine
from engine.ids import new_id
from engine.models import Channel, ChannelKind, ChannelMode, ChannelState, Provider, WebhookEvent


async def make_channel(engine: Engine, company_id: UUID, *, sender: str | None = None) -> UUID:
    channel_id = new_id()
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(
            insert(Channel).values(
                company_id=company_id,
                id=channel_id,
                kind=ChannelKind.WHATSAPP,
                provider=Provider.META,
                mode=ChannelMode.LIVE,
                state=ChannelState.ACTIVE,
                name="Loja",
                sender=sender or str(channel_id),
                account="waba",
                secrets=b"",
            )
        )
    return channel_id


async def stored(engine: Engine, company_id: UUID) -> list[WebhookEvent]:
    async with engine.unit_of_work(company_id) as uow:
        return list(await uow.session.scalars(select(WebhookEvent).order_by(WebhookEvent.id)))
