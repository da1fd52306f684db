"""SQL about where recipients stand: counted, listed, and the progress of many campaigns at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from engine.campaigns.firsts import WAITING

#: How many recipients one request looks at for a filter, so that a rare word in a million costs no more.
SPAN = 20_000
#: Campaigns above this size show their progress without taking out who was left out.
MOST_COUNTED = 50_000

FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)

# One row per word of the report. A dispatched recipient shows what its live send shows.
_COUNTS = text("""
    SELECT CASE
             WHEN r.state <> 'dispatched' THEN r.state
             WHEN a.state = 'accepted' THEN COALESCE(a.receipt, 'accepted')
             ELSE COALESCE(a.state, 'dispatching')
           END AS word,
           COALESCE(r.reason, '') AS reason, count(*) AS people
    FROM campaign_recipient r
    LEFT JOIN attempt a ON a.company_id = r.company_id AND a.recipient_id = r.id
         AND a.state IN ('dispatching', 'uncertain', 'accepted')
    WHERE r.company_id = :company AND r.campaign_id = :campaign
    GROUP BY 1, 2
""")

_ANSWERED = """EXISTS (
    SELECT FROM conversation v
    JOIN message m ON m.company_id = v.company_id AND m.conversation_id = v.id
    WHERE v.company_id = r.company_id AND v.contact_id = r.contact_id AND m.direction = 'inbound'
      AND m.channel_id = k.channel_id AND m.occurred_at >= date_trunc('second', a.dispatched_at))"""

_REPLIED = """
    SELECT count(*) FROM campaign_recipient r
    JOIN campaign k ON k.company_id = r.company_id AND k.id = r.campaign_id
    JOIN attempt a ON a.company_id = r.company_id AND a.recipient_id = r.id AND a.state = 'accepted'
    WHERE r.company_id = :company AND r.campaign_id = :campaign AND {answered}
"""

_LINES = """
    SELECT r.id, r.contact_id, COALESCE(c.name, '') AS name, r.address, r.body, r.state, r.reason, r.tries,
           a.state AS attempt_state, a.receipt, a.code, a.reason AS said, a.dispatched_at, a.receipt_at,
           a.provider_message_id
    FROM campaign_recipient r
    JOIN campaign k ON k.company_id = r.company_id AND k.id = r.campaign_id
    LEFT JOIN LATERAL (SELECT * FROM attempt a WHERE a.company_id = r.company_id AND a.recipient_id = r.id
                         AND a.campaign_id = r.campaign_id ORDER BY a.id DESC LIMIT 1) a ON true
    LEFT JOIN contact c ON c.company_id = r.company_id AND c.id = r.contact_id
    WHERE r.company_id = :company AND r.campaign_id = :campaign AND r.id > :after AND r.id <= :upto
      AND {who} AND {number}
    ORDER BY r.id LIMIT :limit
"""

_ACCEPTED = "r.state = 'dispatched' AND a.state = 'accepted'"

#: The words of the ledger as conditions. They nest as its numbers do: who read it also got it.
WHO = {
    "pending": "r.state = 'pending'",
    "sending": "r.state = 'dispatched' AND COALESCE(a.state, 'dispatching') = 'dispatching'",
    "accepted": _ACCEPTED,
    "delivered": f"{_ACCEPTED} AND a.receipt IN ('delivered', 'read', 'played')",
    "read": f"{_ACCEPTED} AND a.receipt IN ('read', 'played')",
    "replied": f"{_ACCEPTED} AND {_ANSWERED}",
    "failed": "r.state = 'failed'",
    "uncertain": "r.state = 'dispatched' AND a.state = 'uncertain'",
    "unconfirmed": "r.state = 'unconfirmed'",
    "skipped": "r.state IN ('skipped', 'suppressed')",
    "cancelled": "r.state = 'cancelled'",
}
_NUMBER = "(r.match_key = ANY(CAST(:keys AS text[])) OR r.address LIKE :like)"

_HELD = text("""
    SELECT min(due_at) FROM campaign_recipient
    WHERE company_id = :company AND campaign_id = :campaign AND state = 'pending'
      AND reason = ANY(CAST(:reasons AS text[]))
""")

_SPAN = text("""
    SELECT id FROM campaign_recipient
    WHERE company_id = :company AND campaign_id = :campaign AND id > :after
    ORDER BY id OFFSET :span LIMIT 1
""")

_PROGRESS = text("""
    SELECT c.id, c.planned - COALESCE(small.left_out, 0) AS total,
           c.planned - COALESCE(small.left_out + small.unsent, large.pending, 0) AS done
    FROM campaign c
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE r.state IN ('skipped', 'suppressed')) AS left_out,
               count(*) FILTER (WHERE r.state IN ('pending', 'cancelled')) AS unsent
        FROM campaign_recipient r WHERE r.company_id = c.company_id AND r.campaign_id = c.id
    ) small ON c.planned <= :most
    LEFT JOIN LATERAL (
        SELECT count(*) AS pending FROM campaign_recipient r
        WHERE r.company_id = c.company_id AND r.campaign_id = c.id AND r.state = 'pending'
    ) large ON c.planned > :most
    WHERE c.company_id = :company AND c.id = ANY(CAST(:ids AS uuid[])) AND c.planned > 0
""")


async def counts(session: AsyncSession, company_id: UUID, campaign_id: UUID) -> list[tuple[str, str, int]]:
    rows = await session.execute(_COUNTS, {"company": company_id, "campaign": campaign_id})
    return [(row.word, row.reason, row.people) for row in rows]


async def held_until(session: AsyncSession, company_id: UUID, campaign_id: UUID) -> datetime | None:
    """When the first of those who wait for room may be written to."""
    values = {"company": company_id, "campaign": campaign_id, "reasons": list(WAITING)}
    found: datetime | None = await session.scalar(_HELD, values)
    return found


async def replied(session: AsyncSession, company_id: UUID, campaign_id: UUID) -> int:
    statement = text(_REPLIED.format(answered=_ANSWERED))
    return await session.scalar(statement, {"company": company_id, "campaign": campaign_id}) or 0


async def progress(session: AsyncSession, company_id: UUID, ids: Sequence[UUID]) -> Sequence[Any]:
    """Per campaign that was written down: how many people, and how many of them no longer wait."""
    values = {"company": company_id, "ids": list(ids), "most": MOST_COUNTED}
    return (await session.execute(_PROGRESS, values)).all()


async def end_of_span(session: AsyncSession, company_id: UUID, campaign_id: UUID, after: UUID) -> UUID | None:
    """The last recipient one request looks at; None when it reaches the end."""
    values = {"company": company_id, "campaign": campaign_id, "after": after, "span": SPAN - 1}
    end: UUID | None = await session.scalar(_SPAN, values)
    return end


async def lines(
    session: AsyncSession, who: str | None, number: tuple[list[str], str] | None, values: dict[str, Any]
) -> Sequence[Any]:
    """Recipients in order, each with what its latest send shows. ``number`` is match keys and a pattern."""
    keys, like = number or ([], "")
    statement = text(_LINES.format(who=WHO[who] if who else "true", number=_NUMBER if number else "true"))
    return (await session.execute(statement, {**values, "keys": keys, "like": like})).all()
