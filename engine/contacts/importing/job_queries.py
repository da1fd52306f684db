"""SQL about imports as a list; what one import does to contacts is in ``queries``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from engine.models import Company, ImportJob, ImportState

# What was interrupted comes first, then what somebody waits for on the screen.
_NEXT = text("""
    SELECT company_id, job_id FROM open_imports()
    ORDER BY CASE state WHEN 'running' THEN 0 WHEN 'checking' THEN 1 ELSE 2 END, job_id LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class Due:
    """An import that waits for the worker, of any company."""

    company_id: UUID
    job_id: UUID


async def next_due(session: AsyncSession) -> Due | None:
    row = (await session.execute(_NEXT)).one_or_none()
    return None if row is None else Due(row.company_id, row.job_id)


async def count(session: AsyncSession, states: Collection[ImportState]) -> int:
    return await session.scalar(select(func.count()).where(ImportJob.state.in_(states))) or 0


async def states(session: AsyncSession, job_ids: Collection[UUID]) -> dict[UUID, ImportState]:
    """The states of those of ``job_ids`` that exist."""
    found = await session.execute(select(ImportJob.id, ImportJob.state).where(ImportJob.id.in_(job_ids)))
    return {row.id: row.state for row in found}


async def region(session: AsyncSession, company_id: UUID) -> str:
    """Where the company's numbers without a country code belong."""
    return await session.scalar(select(Company.region).where(Company.id == company_id)) or "BR"
