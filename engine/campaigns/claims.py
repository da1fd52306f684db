"""The claim and what follows a send: the statements on which "never twice" rests (reliability 2.4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from engine.campaigns.firsts import IS_FIRST

# In one statement: the campaign still sends and the lease is still ours (both rows held until the commit, so
# a pause or a take-over waits for this claim and every later claim sees it), the next people in order,
# opt-outs taken out, and the intents. ``id > :after`` keeps the walk off the dead entries of
# everyone already claimed. The planner takes a plain comparison of time zones for rare and then reads and
# sorts everybody who waits, for each claim; inside CASE it takes it for common and walks the index.
#
# A linked number asks besides who is new to it; those for whom its day has no room are told to wait. For
# every other number the statement has constants there and costs what it would without.
_CLAIM = """
    WITH gate AS (
        SELECT c.id, ch.kind FROM campaign c
        JOIN channel ch ON ch.company_id = c.company_id AND ch.id = c.channel_id AND ch.state = 'active'
        JOIN lease l ON l.name = :lease AND l.epoch = :epoch
        WHERE c.company_id = :company AND c.id = :campaign AND c.state = 'sending'
        FOR SHARE OF c, l
    ), picked AS (
        SELECT r.id, r.address_kind, r.address, r.match_key, r.body, r.params, r.tries{new}
        FROM campaign_recipient r
        WHERE r.company_id = :company AND r.campaign_id = :campaign AND r.state = 'pending' AND r.id > :after
          AND (r.due_at IS NULL OR r.due_at <= clock_timestamp())
          AND CASE WHEN COALESCE(r.timezone, :timezone) = ANY(CAST(:open_zones AS text[])) THEN true
                   ELSE false END
          AND EXISTS (SELECT FROM gate)
        ORDER BY r.id LIMIT :limit FOR UPDATE OF r SKIP LOCKED
    ), judged AS (
        SELECT p.*, row_number() OVER (ORDER BY p.id) AS n, EXISTS (
            SELECT FROM opt_out o WHERE o.company_id = :company AND o.match_key = p.match_key
              AND o.channel_kind = (SELECT kind FROM gate) AND o.revoked_at IS NULL) AS suppressed
        FROM picked p
    {held}), moved AS (
        UPDATE campaign_recipient r
        SET state = CASE WHEN j.suppressed THEN 'suppressed' ELSE 'dispatched' END,
            reason = CASE WHEN j.suppressed THEN 'opted_out' END,
            tries = r.tries + 1, due_at = NULL
        FROM {judged} j WHERE r.company_id = :company AND r.id = j.id{goes}
    ), intents AS (
        INSERT INTO attempt (company_id, id, channel_id, campaign_id, recipient_id, address_kind, address,
                             state, epoch{flag})
        SELECT :company, (CAST(:ids AS uuid[]))[j.n], :channel, :campaign, j.id, j.address_kind, j.address,
               'dispatching', :epoch{first}
        FROM {judged} j WHERE NOT j.suppressed{goes}
    )
    SELECT j.id, (CAST(:ids AS uuid[]))[j.n] AS attempt_id, j.address_kind, j.address, j.body, j.params,
           j.tries + 1 AS tries, j.suppressed, {told}
    FROM {judged} j ORDER BY j.id
"""
_CLAIM_ANY = text(
    _CLAIM.format(
        judged="judged",
        new="",
        held="",
        goes="",
        flag="",
        first="",
        told="false AS is_first, false AS held",
    )
)
_CLAIM_LINKED = text(
    _CLAIM.format(
        judged="weighed",
        new=f", ({IS_FIRST}) AS is_first",
        # Who opted out takes no room; in their order, new people have what there is.
        held="""), weighed AS (
        SELECT g.*, g.is_first AND NOT g.suppressed
            AND count(*) FILTER (WHERE g.is_first AND NOT g.suppressed) OVER (ORDER BY g.id) > :room AS held
        FROM judged g
    ), waiting AS (
        UPDATE campaign_recipient r SET due_at = :until, reason = :waits
        FROM weighed j WHERE r.company_id = :company AND r.id = j.id AND j.held
    """,
        goes=" AND NOT j.held",
        flag=", is_first",
        first=", j.is_first",
        told="j.is_first, j.held",
    )
)

_RETURN = text("""
    UPDATE campaign_recipient r
    SET state = x.state, reason = x.reason, due_at = x.due_at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:reasons AS text[]),
                CAST(:due AS timestamptz[])) AS x(id, state, reason, due_at)
    WHERE r.company_id = :company AND r.id = x.id AND r.state = 'dispatched'
    RETURNING r.id
""")

_FAIL_LATER = text("""
    UPDATE campaign_recipient r SET state = 'failed', reason = x.reason
    FROM unnest(CAST(:ids AS uuid[]), CAST(:reasons AS text[])) AS x(id, reason)
    WHERE r.company_id = :company AND r.id = x.id AND r.state IN ('dispatched', 'unconfirmed')
""")

# A proof of arrival lifts whoever stood as failed or unconfirmed.
_PROVED = text("""
    UPDATE campaign_recipient SET state = 'dispatched', reason = NULL
    WHERE company_id = :company AND id = ANY(CAST(:ids AS uuid[])) AND state IN ('failed', 'unconfirmed')
      AND EXISTS (SELECT FROM attempt a WHERE a.company_id = :company AND a.state = 'accepted'
                    AND a.recipient_id = campaign_recipient.id)
""")

# The doubt is held while it is written down: a receipt that proves the send in this very moment comes before
# or after, never in between, where it would find nobody to lift.
_UNCONFIRM = text("""
    WITH doubtful AS (
        SELECT a.recipient_id FROM attempt a
        WHERE a.company_id = :company AND a.state = 'uncertain' AND a.dispatched_at < :before
          AND a.campaign_id IS NOT NULL
          AND EXISTS (SELECT FROM channel c WHERE c.company_id = a.company_id AND c.id = a.channel_id
                        AND c.provider = :provider)
        ORDER BY a.id FOR UPDATE OF a
    )
    UPDATE campaign_recipient r SET state = 'unconfirmed', reason = 'no_word_from_provider'
    FROM doubtful d
    WHERE r.company_id = :company AND r.id = d.recipient_id AND r.state = 'dispatched'
    RETURNING r.campaign_id
""")

# Only a person says this (promise P3): the doubtful send is given up, its recipient may be written to again.
_RELEASE = text("""
    WITH released AS (
        UPDATE attempt a SET state = 'released', resolved_at = clock_timestamp()
        FROM campaign_recipient r
        WHERE a.company_id = :company AND a.campaign_id = :campaign AND a.state = 'uncertain'
          AND r.company_id = a.company_id AND r.id = a.recipient_id AND r.state = 'unconfirmed'
          AND (CAST(:recipients AS uuid[]) IS NULL OR r.id = ANY(CAST(:recipients AS uuid[])))
        RETURNING a.recipient_id
    )
    UPDATE campaign_recipient r SET state = 'pending', reason = NULL, due_at = NULL
    FROM released x WHERE r.company_id = :company AND r.id = x.recipient_id
    RETURNING r.id
""")

_FILED = text("""
    UPDATE campaign c SET filed_at = clock_timestamp()
    WHERE c.company_id = :company AND c.id = :campaign AND c.state IN ('completed', 'failed', 'cancelled')
      AND NOT EXISTS (SELECT FROM attempt a
                      WHERE a.company_id = :company AND a.campaign_id = :campaign
                        AND a.state IN ('dispatching', 'uncertain'))
    RETURNING id
""")


async def claim(session: AsyncSession, values: dict[str, Any]) -> Sequence[Any]:
    return (await session.execute(_CLAIM_ANY, values)).all()


async def claim_linked(session: AsyncSession, values: dict[str, Any]) -> Sequence[Any]:
    """The same for a linked number: ``room`` for new people, and ``until`` when and why the others wait."""
    return (await session.execute(_CLAIM_LINKED, values)).all()


async def give_back(session: AsyncSession, company_id: UUID, columns: dict[str, list[Any]]) -> set[UUID]:
    return set((await session.scalars(_RETURN, {"company": company_id, **columns})).all())


async def fail_later(
    session: AsyncSession, company_id: UUID, recipients: list[UUID], reasons: list[str]
) -> None:
    await session.execute(_FAIL_LATER, {"company": company_id, "ids": recipients, "reasons": reasons})


async def proved(session: AsyncSession, company_id: UUID, recipients: list[UUID]) -> None:
    await session.execute(_PROVED, {"company": company_id, "ids": recipients})


async def unconfirm(
    session: AsyncSession, company_id: UUID, provider: str, before: datetime
) -> Sequence[UUID]:
    values = {"company": company_id, "provider": provider, "before": before}
    return (await session.scalars(_UNCONFIRM, values)).all()


async def release(
    session: AsyncSession, company_id: UUID, campaign_id: UUID, recipients: list[UUID] | None
) -> int:
    values = {"company": company_id, "campaign": campaign_id, "recipients": recipients}
    return len((await session.scalars(_RELEASE, values)).all())


async def mark_filed(session: AsyncSession, company_id: UUID, campaign_id: UUID) -> bool:
    """Whether the campaign is over and nothing of it is under way: then it is marked."""
    values = {"company": company_id, "campaign": campaign_id}
    return await session.scalar(_FILED, values) is not None
