"""All SQL about channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from engine.models import Channel, ChannelMode, Provider

NOTIFY = "channels"


@dataclass(frozen=True, slots=True)
class Listed:
    """A channel as the public listener needs it, of any company; ``secrets`` is still sealed."""

    company_id: UUID
    channel_id: UUID
    provider: Provider
    mode: ChannelMode
    sender: str
    account: str
    secrets: bytes = field(repr=False)


async def find(session: AsyncSession, channel_id: UUID) -> Channel | None:
    return await session.scalar(select(Channel).where(Channel.id == channel_id))


async def lock(session: AsyncSession, channel_id: UUID) -> Channel | None:
    return await session.scalar(select(Channel).where(Channel.id == channel_id).with_for_update())


async def channels(session: AsyncSession, *, after: UUID | None, limit: int) -> Sequence[Channel]:
    statement = select(Channel).order_by(Channel.id).limit(limit)
    if after is not None:
        statement = statement.where(Channel.id > after)
    return (await session.scalars(statement)).all()


async def of_simulator(session: AsyncSession) -> Sequence[Channel]:
    """The company's channels whose vendor is the simulator, the oldest first, held until the end."""
    statement = select(Channel).where(Channel.mode == ChannelMode.SIMULATOR).order_by(Channel.id)
    return (await session.scalars(statement.with_for_update())).all()


async def directory(session: AsyncSession) -> list[Listed]:
    """Every channel of every company that is not disabled."""
    rows = await session.execute(text("SELECT * FROM webhook_directory()"))
    return [
        Listed(
            row.company_id,
            row.channel_id,
            Provider(row.provider),
            ChannelMode(row.mode),
            row.sender,
            row.account,
            bytes(row.secrets),
        )
        for row in rows
    ]


async def notify(session: AsyncSession) -> None:
    """Tell every process that holds channels in memory, once this transaction is committed."""
    await session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": NOTIFY})
