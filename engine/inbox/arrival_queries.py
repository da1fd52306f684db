"""SQL of messages that come in: whole batches as arrays, one statement for each table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

Columns = dict[str, Any]


class Target(NamedTuple):
    """A message somebody asks to change; ``author`` is who of a group wrote it."""

    id: UUID
    direction: str
    author: dict[str, Any] | None


# Every writer of counters locks in the order of ids, so two batches cannot lock each other out.
_LOCK = text("""
    SELECT contact_id, id FROM conversation
    WHERE company_id = :company AND contact_id = ANY(CAST(:contacts AS uuid[]))
    ORDER BY id FOR NO KEY UPDATE
""")

_TALKING = text("""
    SELECT contact_id FROM conversation
    WHERE company_id = :company AND contact_id = ANY(CAST(:contacts AS uuid[]))
""")

# Closed, until their person writes. Whoever became another contact meanwhile gets none; held here, nobody
# becomes another one until we are done.
_OPEN = text("""
    INSERT INTO conversation (company_id, id, contact_id, state, last_message_at)
    SELECT :company, n.id, n.contact_id, 'closed', n.at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:contacts AS uuid[]), CAST(:moments AS timestamptz[]))
         AS n(id, contact_id, at)
    JOIN contact c ON c.company_id = :company AND c.id = n.contact_id
    ORDER BY n.contact_id FOR KEY SHARE OF c
    ON CONFLICT (company_id, contact_id) DO NOTHING
""")

# What was filed as unreadable makes room for the real message: its event is replayed, or who wrote it
# repeated it. Its receipt stays.
_ADD = text("""
    INSERT INTO message AS m (company_id, id, conversation_id, channel_id, direction, kind, text, payload,
                              provider_message_id, reply_to, occurred_at, created_at)
    SELECT :company, n.id, n.conversation_id, :channel, n.direction, n.kind, n.text, CAST(n.payload AS jsonb),
           n.provider_message_id, n.reply_to, n.occurred_at, n.created_at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:conversations AS uuid[]), CAST(:directions AS text[]),
                CAST(:kinds AS text[]), CAST(:texts AS text[]), CAST(:payloads AS text[]),
                CAST(:provider_ids AS text[]), CAST(:replies AS text[]), CAST(:moments AS timestamptz[]),
                CAST(:arrivals AS timestamptz[]))
         AS n(id, conversation_id, direction, kind, text, payload, provider_message_id, reply_to,
              occurred_at, created_at)
    ON CONFLICT (company_id, id) DO UPDATE
        SET kind = excluded.kind, text = excluded.text,
            payload = excluded.payload
                || jsonb_strip_nulls(jsonb_build_object('receipt', m.payload -> 'receipt')),
            reply_to = excluded.reply_to
        WHERE m.kind = 'unreadable' AND excluded.kind <> 'unreadable'
    RETURNING id
""")

_COUNT = text("""
    UPDATE conversation c
    SET unread = c.unread + n.count, state = CASE WHEN n.count > 0 THEN 'open' ELSE c.state END,
        last_message_at = greatest(c.last_message_at, n.at),
        preview = CASE WHEN n.at >= c.last_message_at THEN n.preview ELSE c.preview END
    FROM unnest(CAST(:ids AS uuid[]), CAST(:counts AS int[]), CAST(:moments AS timestamptz[]),
                CAST(:previews AS text[])) AS n(id, count, at, preview)
    WHERE c.company_id = :company AND c.id = n.id
""")

_REACHED = text("""
    INSERT INTO conversation_channel AS k
        (company_id, conversation_id, channel_id, address_kind, address, window_expires_at)
    SELECT :company, n.id, :channel, n.kind, n.address, n.until
    FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:addresses AS text[]),
                CAST(:ends AS timestamptz[])) AS n(id, kind, address, until)
    ON CONFLICT (company_id, conversation_id, channel_id) DO UPDATE
        SET address_kind = excluded.address_kind, address = excluded.address,
            window_expires_at = excluded.window_expires_at
        WHERE coalesce(k.window_expires_at, '-infinity') < excluded.window_expires_at
           OR (coalesce(k.window_expires_at, '-infinity') <= coalesce(excluded.window_expires_at, 'infinity')
               AND (k.address_kind, k.address) IS DISTINCT FROM (excluded.address_kind, excluded.address))
""")

# What was written to somebody, or long ago, only tells an address where none is known.
_MET = text("""
    INSERT INTO conversation_channel (company_id, conversation_id, channel_id, address_kind, address)
    SELECT :company, n.id, :channel, n.kind, n.address
    FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:addresses AS text[]))
         AS n(id, kind, address)
    ON CONFLICT (company_id, conversation_id, channel_id) DO NOTHING
""")

# A message of ours that comes back, whichever of its two ids is written down already.
_ECHOES = text("""
    SELECT provider_message_id FROM attempt
    WHERE company_id = :company AND channel_id = :channel AND provider_message_id = ANY(CAST(:ids AS text[]))
    UNION
    SELECT provider_message_id FROM message
    WHERE company_id = :company AND channel_id = :channel AND provider_message_id = ANY(CAST(:ids AS text[]))
      AND direction = 'outbound' AND attempt_id IS NOT NULL
""")

_FILES = text("""
    INSERT INTO media_file (company_id, id, message_id, channel_id, provider_media_id, source_url, mime,
                            file_name, sha256)
    SELECT :company, n.id, n.message_id, :channel, n.provider_media_id, n.source_url, n.mime, n.file_name,
           n.sha256
    FROM unnest(CAST(:ids AS uuid[]), CAST(:messages AS uuid[]), CAST(:media AS text[]),
                CAST(:urls AS text[]), CAST(:mimes AS text[]), CAST(:names AS text[]),
                CAST(:digests AS text[]))
         AS n(id, message_id, provider_media_id, source_url, mime, file_name, sha256)
    ON CONFLICT (company_id, id) DO NOTHING
""")

# A target is found by its own vendor id or, for what we sent, by that of its attempt; only within the
# conversation of the person who asks for the change.
_TARGETS = text("""
    SELECT w.position, m.id, m.direction, m.author
    FROM unnest(CAST(:positions AS int[]), CAST(:conversations AS uuid[]), CAST(:targets AS text[]))
         AS w(position, conversation_id, provider_id)
    CROSS JOIN LATERAL (
        SELECT id, direction, payload -> 'author' AS author FROM message
        WHERE company_id = :company AND provider_message_id = w.provider_id
          AND conversation_id = w.conversation_id
        UNION
        SELECT t.id, t.direction, NULL FROM attempt a
        JOIN message t ON t.company_id = a.company_id AND t.id = a.message_id
        WHERE a.company_id = :company AND a.provider_message_id = w.provider_id
          AND t.conversation_id = w.conversation_id
    ) m
""")

_REACT = text("""
    UPDATE message SET payload = jsonb_set(
        CASE WHEN payload ? 'reactions' THEN payload ELSE payload || '{"reactions": {}}' END,
        ARRAY['reactions', CAST(:who AS text)],
        jsonb_build_object('emoji', CAST(:emoji AS text), 'at', CAST(:at AS timestamptz)))
    WHERE company_id = :company AND id = :id
      AND coalesce(payload->'reactions'->:who->>'emoji', '') <> :emoji
      AND coalesce((payload->'reactions'->:who->>'at')::timestamptz, '-infinity') <= :at
    RETURNING conversation_id
""")

_EDIT = text("""
    UPDATE message SET text = :text, edited_at = :at
    WHERE company_id = :company AND id = :id AND text <> :text AND coalesce(edited_at, '-infinity') <= :at
    RETURNING conversation_id
""")

_REVOKE = text("""
    UPDATE message SET revoked_at = :at
    WHERE company_id = :company AND id = :id AND revoked_at IS NULL
    RETURNING conversation_id
""")


async def lock_conversations(
    session: AsyncSession, company_id: UUID, contact_ids: Sequence[UUID]
) -> dict[UUID, UUID]:
    """Conversations by contact, held until the transaction ends."""
    rows = await session.execute(_LOCK, {"company": company_id, "contacts": list(contact_ids)})
    return {row.contact_id: row.id for row in rows}


async def talking(session: AsyncSession, company_id: UUID, contact_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the contacts who have a conversation."""
    values = {"company": company_id, "contacts": list(contact_ids)}
    return set((await session.scalars(_TALKING, values)).all())


async def open_conversations(session: AsyncSession, company_id: UUID, columns: Columns) -> None:
    await session.execute(_OPEN, {"company": company_id, **columns})


async def add(session: AsyncSession, company_id: UUID, channel_id: UUID, columns: Columns) -> set[UUID]:
    """Ids of the messages that were not there before."""
    rows = await session.scalars(_ADD, {"company": company_id, "channel": channel_id, **columns})
    return set(rows.all())


async def count(session: AsyncSession, company_id: UUID, columns: Columns) -> None:
    await session.execute(_COUNT, {"company": company_id, **columns})


async def reached(session: AsyncSession, company_id: UUID, channel_id: UUID, columns: Columns) -> None:
    await session.execute(_REACHED, {"company": company_id, "channel": channel_id, **columns})


async def met(session: AsyncSession, company_id: UUID, channel_id: UUID, columns: Columns) -> None:
    await session.execute(_MET, {"company": company_id, "channel": channel_id, **columns})


async def echoes(
    session: AsyncSession, company_id: UUID, channel_id: UUID, provider_ids: Sequence[str]
) -> set[str]:
    """Those of a vendor's ids that messages sent from here have."""
    values = {"company": company_id, "channel": channel_id, "ids": list(provider_ids)}
    return set((await session.scalars(_ECHOES, values)).all())


async def add_files(session: AsyncSession, company_id: UUID, channel_id: UUID, columns: Columns) -> None:
    await session.execute(_FILES, {"company": company_id, "channel": channel_id, **columns})


async def targets(session: AsyncSession, company_id: UUID, columns: Columns) -> dict[int, Target]:
    """The message each change is about, by the change's position."""
    rows = await session.execute(_TARGETS, {"company": company_id, **columns})
    return {position: Target(*told) for position, *told in rows}


async def react(session: AsyncSession, values: Columns) -> UUID | None:
    """The conversation, if the reaction changed anything."""
    return await _changed(session, _REACT, values)


async def edit(session: AsyncSession, values: Columns) -> UUID | None:
    return await _changed(session, _EDIT, values)


async def revoke(session: AsyncSession, values: Columns) -> UUID | None:
    return await _changed(session, _REVOKE, values)


async def _changed(session: AsyncSession, statement: TextClause, values: Columns) -> UUID | None:
    conversation_id: UUID | None = await session.scalar(statement, values)
    return conversation_id
