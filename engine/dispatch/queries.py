"""SQL of the dispatcher: what is due on which number, and what a crash left behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from engine import clock
from engine.models import Campaign, CampaignState

_WITHDRAW = text("""
    WITH withdrawn AS (
        UPDATE attempt
        SET state = 'not_sent', reason = 'commit not confirmed', resolved_at = clock_timestamp()
        WHERE company_id = :company AND id = ANY(CAST(:ids AS uuid[])) AND state = 'dispatching'
          AND epoch = :epoch
        RETURNING recipient_id, message_id
    ), people AS (
        UPDATE campaign_recipient r SET state = 'pending' FROM withdrawn w
        WHERE r.company_id = :company AND r.id = w.recipient_id AND r.state = 'dispatched'
    )
    UPDATE message m SET due_at = clock_timestamp() FROM withdrawn w
    WHERE m.company_id = :company AND m.id = w.message_id
""")

_HAS_DUE = text("""
    SELECT EXISTS (SELECT FROM message WHERE company_id = :company AND channel_id = :channel
                   AND due_at <= clock_timestamp())
""")

_DUE = text("""
    SELECT company_id, channel_id FROM sending_campaigns()
    UNION SELECT company_id, channel_id FROM due_messages(clock_timestamp())
""")

_IN_DOUBT = text("SELECT DISTINCT company_id, state FROM open_attempts(:epoch)")
_SENDING = text("SELECT company_id, campaign_id FROM sending_campaigns()")
_UNFILED = text("SELECT company_id, campaign_id, state FROM unfiled_campaigns()")
_DUE_CAMPAIGNS = text("SELECT company_id, campaign_id, state FROM due_campaigns(:moment)")


_LAG = text("SELECT min(oldest_at) FROM inbound_backlog()")


async def inbound_lag(session: AsyncSession) -> timedelta:
    """How long the oldest unprocessed inbound event has been waiting."""
    oldest = await session.scalar(_LAG)
    return timedelta(0) if oldest is None else clock.now() - oldest


async def withdraw(session: AsyncSession, company_id: UUID, epoch: int, ids: list[UUID]) -> None:
    """Undo intents that were never handed to a vendor: their people go back into the queue."""
    await session.execute(_WITHDRAW, {"company": company_id, "epoch": epoch, "ids": ids})


async def has_due_messages(session: AsyncSession, company_id: UUID, channel_id: UUID) -> bool:
    return bool(await session.scalar(_HAS_DUE, {"company": company_id, "channel": channel_id}))


async def sending_campaigns(session: AsyncSession, company_id: UUID, channel_id: UUID) -> set[UUID]:
    statement = select(Campaign.id).where(
        Campaign.company_id == company_id,
        Campaign.channel_id == channel_id,
        Campaign.state == CampaignState.SENDING,
    )
    return set(await session.scalars(statement))


async def due_lanes(session: AsyncSession) -> Sequence[Any]:
    return (await session.execute(_DUE)).all()


async def companies_in_doubt(session: AsyncSession, epoch: int) -> Sequence[Any]:
    """Companies with uncertain sends, or with sends an older epoch left under way."""
    return (await session.execute(_IN_DOUBT, {"epoch": epoch})).all()


async def all_sending(session: AsyncSession) -> Sequence[Any]:
    return (await session.execute(_SENDING)).all()


async def unfiled(session: AsyncSession) -> Sequence[Any]:
    """Campaigns that may have sent something no timeline has yet, with their states."""
    return (await session.execute(_UNFILED)).all()


async def due_campaigns(session: AsyncSession, moment: Any) -> Sequence[Any]:
    return (await session.execute(_DUE_CAMPAIGNS, {"moment": moment})).all()
