"""First messages of linked numbers: how many a day, none while WhatsApp bars them, and who waits until when.

Somebody is new to a number as long as neither has written to the other. Vendors with a contract have rules of
their own for that and ask nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from engine import clock
from engine.campaigns import rules
from engine.db.unit_of_work import UnitOfWork
from engine.ids import natural_id

#: Why a recipient waits: the day is full, or WhatsApp bars the number.
BUDGET, BARRED = "first_messages_spent", "first_messages_barred"
WAITING = (BUDGET, BARRED)

#: People who are told to wait in one statement.
_AT_ONCE = 2_000

#: SQL: whether recipient ``r`` and the number have never written to each other. One person after the other,
#: by key: statistics older than a campaign promise next to no rows, and then all are joined with all. What a
#: campaign sent counts from its filing on, a moment later; until then somebody may be new twice, never known
#: too soon.
IS_FIRST = """
    NOT EXISTS (
        SELECT FROM conversation_channel w
        WHERE w.company_id = :company AND w.channel_id = :channel AND w.conversation_id = (
            SELECT v.id FROM conversation v
            WHERE v.company_id = :company AND v.contact_id >= r.contact_id AND v.contact_id <= r.contact_id
            ORDER BY v.contact_id LIMIT 1)
        OFFSET 0)
"""

# A statement of its own: only one that begins after the wait sees what the others wrote.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('first messages of ' || :channel, 0))")

# By address, not by channel: a number that is linked anew is as old, and as barred, as before.
_LOOK = text("""
    SELECT c.timezone, min(s.opened_at) AS linked_at, max(s.restricted_until) AS barred_until,
           (SELECT count(*) FROM attempt a
            WHERE a.company_id = :company AND a.channel_id = :channel AND a.is_first AND a.id >= :since
              AND a.state NOT IN ('rejected', 'not_sent')) AS used
    FROM company c
    JOIN channel n ON n.company_id = c.id AND n.id = :channel
    LEFT JOIN linked_session s ON s.company_id = c.id AND s.jid = n.account
    WHERE c.id = :company
    GROUP BY c.timezone
""")

_ZONE = text("SELECT timezone FROM company WHERE id = :company")

_HOLD = text(
    """
    WITH w AS MATERIALIZED (
        SELECT r.id FROM campaign_recipient r
        WHERE r.company_id = :company AND r.campaign_id = :campaign AND r.state = 'pending' AND r.id > :after
          AND (r.due_at IS NULL OR r.due_at < :until) AND NEW
        ORDER BY r.id LIMIT :most FOR UPDATE OF r SKIP LOCKED
    )
    UPDATE campaign_recipient h SET due_at = :until, reason = :reason
    WHERE h.company_id = :company AND h.id = ANY (ARRAY(SELECT id FROM w))
    RETURNING h.id
""".replace("NEW", IS_FIRST)
)

_COUNT_NEW = text(
    """
    SELECT count(*) FROM unnest(CAST(:people AS uuid[])) AS r(contact_id) WHERE NEW
""".replace("NEW", IS_FIRST)
)

_BAR = text("""
    UPDATE linked_session s SET restricted_until = :until FROM channel n
    WHERE n.company_id = :company AND n.id = :channel AND s.company_id = :company AND s.jid = n.account
      AND s.ended_at IS NULL AND (s.restricted_until IS NULL OR s.restricted_until <= :now)
""")

_MOVE = text("""
    UPDATE campaign_recipient r SET due_at = :until FROM campaign c
    WHERE c.company_id = :company AND c.channel_id = :channel AND c.state IN ('sending', 'paused')
      AND r.company_id = :company AND r.campaign_id = c.id AND r.state = 'pending' AND r.reason = :reason
""")


@dataclass(frozen=True, slots=True)
class Room:
    """``used`` of at most ``most`` first messages of a number's day; ``until`` when there is room again."""

    used: int
    most: int
    until: datetime
    #: WhatsApp lets the number write to nobody new until then.
    barred_until: datetime | None = None
    linked_at: datetime | None = None
    timezone: str = "America/Sao_Paulo"

    @property
    def left(self) -> int:
        return 0 if self.barred_until else max(0, self.most - self.used)

    @property
    def wait(self) -> tuple[datetime, str]:
        """Until when those wait for whom there is no room, and why."""
        return (self.barred_until, BARRED) if self.barred_until else (self.until, BUDGET)


async def take_stock(uow: UnitOfWork, channel_id: UUID) -> Room:
    """The room a number has, which nobody else takes before this transaction ends."""
    await uow.session.execute(_LOCK, {"channel": str(channel_id)})
    return await look(uow, channel_id)


async def look(uow: UnitOfWork, channel_id: UUID) -> Room:
    """The room a linked number has just now."""
    now = clock.now()
    timezone: str = (await uow.session.scalars(_ZONE, {"company": uow.company_id})).one()
    since = natural_id(rules.day_begin(now, timezone))
    values = {"company": uow.company_id, "channel": channel_id, "since": since}
    row = (await uow.session.execute(_LOOK, values)).one()
    barred = row.barred_until if row.barred_until and row.barred_until > now else None
    most = rules.first_messages(row.linked_at, now, timezone)
    return Room(row.used, most, rules.next_morning(now, timezone), barred, row.linked_at, timezone)


async def count_new(uow: UnitOfWork, channel_id: UUID, people: list[UUID]) -> int:
    """How many of these contacts the number never met."""
    values = {"company": uow.company_id, "channel": channel_id, "people": people}
    return int(await uow.session.scalar(_COUNT_NEW, values) or 0)


def last_morning(room: Room, people: int) -> datetime | None:
    """When the last of so many new people may be written to; None when there is room for all of them now."""
    left = people - room.left
    if left <= 0:
        return None
    day, _ = room.wait
    while True:
        left -= rules.first_messages(room.linked_at or clock.now(), day, room.timezone)
        if left <= 0:
            return day
        day = rules.next_morning(day, room.timezone)


async def hold(uow: UnitOfWork, room: Room, *, channel_id: UUID, campaign_id: UUID, after: UUID) -> int:
    """Let the next new people of a campaign wait for whom there is no room; how many there were.

    Whoever the number knows stays where they are, so that the claims walk on to them.
    """
    until, reason = room.wait
    values: dict[str, Any] = {"channel": channel_id, "campaign": campaign_id, "after": after}
    values |= {"company": uow.company_id, "until": until, "reason": reason, "most": _AT_ONCE}
    return len((await uow.session.scalars(_HOLD, values)).all())


async def bar(uow: UnitOfWork, channel_id: UUID, until: datetime) -> None:
    """WhatsApp refused a first message: no more of them until then, unless it has said a time itself."""
    values = {"company": uow.company_id, "channel": channel_id, "until": until, "now": clock.now()}
    await uow.session.execute(_BAR, values)


async def move_bar(uow: UnitOfWork, channel_id: UUID, until: datetime) -> None:
    """WhatsApp said until when; those who wait for it wait until then."""
    values = {"company": uow.company_id, "channel": channel_id, "until": until, "reason": BARRED}
    await uow.session.execute(_MOVE, values)
