"""SQL of opt-outs and of the evidence of consent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import SQLColumnExpression

from engine.models import ChannelKind, Consent, ContactIdentity, IdentityKind, OptOut


async def upsert_opt_outs(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> set[tuple[str, str]]:
    """Write opt-outs; answer the (channel kind, match key) of those that were not in force before.

    A wish older than the newest contrary one changes nothing, in whatever order the two arrive.
    """
    statement = postgresql.insert(OptOut).values(list(rows))
    excluded = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=[OptOut.company_id, OptOut.channel_kind, OptOut.match_key],
        set_={
            "revoked_at": None,
            "reason": excluded.reason,
            "evidence": excluded.evidence,
            "contact_id": excluded.contact_id,
            "created_at": excluded.created_at,
        },
        where=OptOut.revoked_at <= excluded.created_at,
    )
    written = await session.execute(statement.returning(OptOut.channel_kind, OptOut.match_key))
    return {(kind, key) for kind, key in written}


async def revoke(
    session: AsyncSession, channel_kind: ChannelKind, keys: Collection[str], at: datetime
) -> int:
    """End opt-outs declared before ``at``; answer how many were in force."""
    ended = await session.execute(
        update(OptOut)
        .where(
            OptOut.channel_kind == channel_kind,
            OptOut.match_key.in_(keys),
            OptOut.revoked_at.is_(None),
            OptOut.created_at <= at,
        )
        .values(revoked_at=at)
        .returning(OptOut.id)
    )
    return len(ended.all())


async def add_evidence(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await session.execute(insert(Consent), list(rows))


async def keys_of_contacts(
    session: AsyncSession, contact_ids: Collection[UUID], kinds: Collection[IdentityKind]
) -> list[tuple[UUID, str]]:
    """(contact, match key) of every address of ``kinds`` these contacts have."""
    if not contact_ids:
        return []
    found = await session.execute(
        select(ContactIdentity.contact_id, ContactIdentity.match_key)
        .where(ContactIdentity.contact_id.in_(contact_ids), ContactIdentity.kind.in_(kinds))
        .distinct()
    )
    return [(contact_id, key) for contact_id, key in found]


async def keys_in_force(
    session: AsyncSession, channel_kind: ChannelKind, keys: Collection[str]
) -> frozenset[str]:
    found = await session.scalars(
        select(OptOut.match_key).where(
            OptOut.channel_kind == channel_kind, OptOut.match_key.in_(keys), OptOut.revoked_at.is_(None)
        )
    )
    return frozenset(found)


async def evidence_of(session: AsyncSession, contact_id: UUID) -> list[Consent]:
    found = await session.scalars(
        select(Consent).where(Consent.contact_id == contact_id).order_by(Consent.created_at, Consent.id)
    )
    return list(found)


def in_force(channel_kind: ChannelKind, match_key: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Whether the address in the column ``match_key`` opted out, for use inside another statement."""
    return exists().where(
        OptOut.channel_kind == channel_kind, OptOut.match_key == match_key, OptOut.revoked_at.is_(None)
    )
