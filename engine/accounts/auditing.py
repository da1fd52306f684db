"""The audit log: who did what, only ever added to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from engine.accounts import queries
from engine.accounts.rules import Principal
from engine.db.unit_of_work import UnitOfWork
from engine.ids import new_id
from engine.models import AuditEntry


async def audit(
    uow: UnitOfWork,
    principal: Principal,
    action: str,
    subject: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Record who did what. Ids and names of things, never message text, numbers or secrets."""
    await uow.session.execute(
        insert(AuditEntry).values(
            company_id=uow.company_id,
            id=new_id(),
            person_id=principal.person_id,
            device_id=principal.device_id,
            action=action,
            subject=subject,
            details=dict(details or {}),
        )
    )


async def audit_entries(
    uow: UnitOfWork, *, after: tuple[datetime, UUID] | None = None, limit: int = 50
) -> Sequence[AuditEntry]:
    """Newest first."""
    return await queries.audit_entries(uow.session, after=after, limit=limit)
