"""/api/v1/audit: who did what."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from embedded_server.contract.accounts import AuditOut
from embedded_server.contract.base import Page, PageQuery
from embedded_server.routing import Call, RouteTable
from embedded_server.wire import page, window
from engine import accounts
from engine.accounts import Permission
from engine.models import AuditEntry

route = RouteTable()


@route("GET", "/api/v1/audit", permission=Permission.AUDIT_READ, query=PageQuery, returns=Page[AuditOut])
async def audit(call: Call[None, PageQuery]) -> Page[AuditEntry]:
    """The audit log, newest first."""
    asked = window(call.query, tuple[datetime, UUID])
    rows = await accounts.audit_entries(call.uow, after=asked.after, limit=asked.fetch)
    return page(rows, asked, key=lambda entry: (entry.created_at, entry.id))
