"""Two contacts prove to be one person: everything that belongs to the one goes over to the other.

This knows the tables of conversations and campaigns too. Whoever learns that two are one must make them one
in its own transaction, and with a contact its conversation would go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import TextClause, insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from engine.db.unit_of_work import UnitOfWork
from engine.events import ContactChanged, ContactsMerged, ConversationChanged
from engine.ids import new_id
from engine.models import AuditEntry

#: One contact, and another that goes over to it.
Move = tuple[UUID, UUID]


class Held(NamedTuple):
    """A contact whose row is ours until the transaction ends."""

    created_at: datetime
    has_number: bool


# Of two addresses on one channel, the one that wrote last is where an answer goes.
_LAST = """
    coalesce((SELECT x.id FROM message x
              WHERE x.company_id = :company AND x.conversation_id = m.SIDE AND x.channel_id = g.channel_id
                AND x.direction = 'inbound'
              ORDER BY x.id DESC LIMIT 1), '00000000-0000-0000-0000-000000000000')
"""
_WORDS = {
    "MOVES": "unnest(CAST(:gone AS uuid[]), CAST(:kept AS uuid[])) AS m(gone, kept)",
    "LAST_OF_GONE": _LAST.replace("SIDE", "gone"),
    "LAST_OF_KEPT": _LAST.replace("SIDE", "kept"),
}


def _moves(statement: str) -> TextClause:
    """``m`` are the moves: what is ``m.gone``'s becomes ``m.kept``'s."""
    for word, meaning in _WORDS.items():
        statement = statement.replace(word, meaning)
    return text(statement)


_HOLD = text("""
    SELECT c.id, c.created_at, EXISTS (
        SELECT FROM contact_identity i
        WHERE i.company_id = :company AND i.contact_id = c.id AND i.kind IN ('phone', 'wa_id')) AS has_number
    FROM contact c WHERE c.company_id = :company AND c.id = ANY(CAST(:ids AS uuid[]))
    ORDER BY c.id FOR UPDATE OF c
""")

_TALKS = text("""
    SELECT id, contact_id FROM conversation
    WHERE company_id = :company AND contact_id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE
""")

_REHOME = _moves("""
    UPDATE conversation v SET contact_id = m.kept FROM MOVES
    WHERE v.company_id = :company AND v.contact_id = m.gone
""")

_JOIN_TALKS = (
    _moves("""
    UPDATE conversation_channel k SET address_kind = g.address_kind, address = g.address
    FROM MOVES JOIN conversation_channel g ON g.company_id = :company AND g.conversation_id = m.gone
    WHERE k.company_id = :company AND k.conversation_id = m.kept AND k.channel_id = g.channel_id
      AND LAST_OF_GONE > LAST_OF_KEPT
    """),
    _moves("""
    INSERT INTO conversation_channel AS k
        (company_id, conversation_id, channel_id, address_kind, address, window_expires_at)
    SELECT :company, m.kept, g.channel_id, g.address_kind, g.address, g.window_expires_at
    FROM MOVES JOIN conversation_channel g ON g.company_id = :company AND g.conversation_id = m.gone
    ON CONFLICT (company_id, conversation_id, channel_id) DO UPDATE
        SET window_expires_at = greatest(k.window_expires_at, excluded.window_expires_at)
    """),
    _moves("""
    UPDATE message x SET conversation_id = m.kept FROM MOVES
    WHERE x.company_id = :company AND x.conversation_id = m.gone
    """),
    _moves("""
    UPDATE conversation k
    SET unread = k.unread + g.unread, assignee_id = coalesce(k.assignee_id, g.assignee_id),
        state = CASE WHEN g.state = 'open' THEN g.state ELSE k.state END,
        preview = CASE WHEN g.last_message_at > k.last_message_at THEN g.preview ELSE k.preview END,
        last_message_at = greatest(k.last_message_at, g.last_message_at),
        created_at = least(k.created_at, g.created_at)
    FROM MOVES JOIN conversation g ON g.company_id = :company AND g.id = m.gone
    WHERE k.company_id = :company AND k.id = m.kept
    """),
    _moves("""
    DELETE FROM conversation v USING MOVES WHERE v.company_id = :company AND v.id = m.gone
    """),
)

# Evidence of consent is only ever added: a copy stays when the contact, and with it the first one, goes.
_JOIN_PEOPLE = (
    _moves("""
    UPDATE contact_identity i SET contact_id = m.kept FROM MOVES
    WHERE i.company_id = :company AND i.contact_id = m.gone
    """),
    _moves("""
    INSERT INTO contact_tag (company_id, contact_id, tag_id)
    SELECT :company, m.kept, g.tag_id
    FROM MOVES JOIN contact_tag g ON g.company_id = :company AND g.contact_id = m.gone
    ON CONFLICT DO NOTHING
    """),
    _moves("""
    INSERT INTO consent (company_id, id, contact_id, channel_kind, category, granted, method, evidence,
                         created_at)
    SELECT :company, gen_random_uuid(), m.kept, g.channel_kind, g.category, g.granted, g.method, g.evidence,
           g.created_at
    FROM MOVES JOIN consent g ON g.company_id = :company AND g.contact_id = m.gone
    """),
    _moves("""
    UPDATE opt_out o SET contact_id = m.kept FROM MOVES
    WHERE o.company_id = :company AND o.contact_id = m.gone
    """),
    # Whoever asked under one address to be left alone is left alone under every one of them.
    _moves("""
    INSERT INTO opt_out AS held
        (company_id, id, channel_kind, match_key, contact_id, reason, evidence, created_at)
    SELECT DISTINCT ON (o.channel_kind, n.match_key) :company, gen_random_uuid(), o.channel_kind,
           n.match_key, m.kept, o.reason, o.evidence, o.created_at
    FROM MOVES
    JOIN contact_identity n ON n.company_id = :company AND n.contact_id = m.kept
         AND n.kind IN ('phone', 'wa_id', 'bsuid', 'lid')
    JOIN contact_identity i ON i.company_id = :company AND i.contact_id = m.kept
    JOIN opt_out o ON o.company_id = :company AND o.match_key = i.match_key AND o.match_key <> n.match_key
         AND o.revoked_at IS NULL AND (o.channel_kind = 'whatsapp' OR n.kind = 'phone')
    ORDER BY o.channel_kind, n.match_key, o.created_at DESC
    ON CONFLICT (company_id, channel_kind, match_key) DO UPDATE
        SET revoked_at = NULL, reason = excluded.reason, evidence = excluded.evidence,
            contact_id = excluded.contact_id, created_at = excluded.created_at
        WHERE held.revoked_at IS NOT NULL
    """),
    _moves("""
    UPDATE campaign_recipient r SET contact_id = m.kept FROM MOVES
    WHERE r.company_id = :company AND r.contact_id = m.gone
    """),
    _moves("""
    UPDATE campaign c SET audience = jsonb_set(c.audience, '{contact_ids}',
        (c.audience -> 'contact_ids') - m.gone::text - m.kept::text || to_jsonb(m.kept::text))
    FROM MOVES WHERE c.company_id = :company AND c.audience -> 'contact_ids' ? m.gone::text
    """),
    _moves("""
    UPDATE message x SET payload = jsonb_set(
        x.payload #- ARRAY['reactions', m.gone::text], ARRAY['reactions', m.kept::text],
        coalesce(x.payload -> 'reactions' -> m.kept::text, x.payload -> 'reactions' -> m.gone::text))
    FROM MOVES JOIN conversation v ON v.company_id = :company AND v.contact_id = m.kept
    WHERE x.company_id = :company AND x.conversation_id = v.id
      AND x.payload -> 'reactions' ? m.gone::text
    """),
    _moves("""
    UPDATE contact k
    SET name = CASE WHEN k.name = '' THEN g.name ELSE k.name END,
        name_folded = CASE WHEN k.name = '' THEN g.name_folded ELSE k.name_folded END,
        email = coalesce(k.email, g.email), custom = g.custom || k.custom,
        taken_notes = g.taken_notes || k.taken_notes || CASE
            WHEN g.notes IS NULL THEN '{}' ELSE jsonb_build_object(g.id::text, encode(g.notes, 'hex')) END,
        created_at = least(k.created_at, g.created_at), updated_at = now()
    FROM MOVES JOIN contact g ON g.company_id = :company AND g.id = m.gone
    WHERE k.company_id = :company AND k.id = m.kept
    """),
    _moves("DELETE FROM contact c USING MOVES WHERE c.company_id = :company AND c.id = m.gone"),
)


async def hold(uow: UnitOfWork, contact_ids: Collection[UUID]) -> dict[UUID, Held]:
    """Lock contacts in the order of their ids, until the transaction ends; those that are gone are left out.

    A contact is locked before its conversation, here as everywhere.
    """
    rows = await uow.session.execute(_HOLD, {"company": uow.company_id, "ids": list(contact_ids)})
    return {row.id: Held(row.created_at, row.has_number) for row in rows}


async def merge(uow: UnitOfWork, pairs: Iterable[tuple[UUID, UUID]], held: Mapping[UUID, Held]) -> None:
    """Make one contact of each pair, and of all that hang together by pairs; those not held stay apart.

    Who has a number stays, else who is older. Conversations, addresses, tags, wishes to be left alone and
    what proves them, campaigns and notes of the others go over to it; of what there can be only one, such as
    the name or a custom field, it keeps its own and takes what it lacks.
    """
    moves: dict[UUID, list[UUID]] = {}
    for people in _clusters(pair for pair in pairs if held.keys() >= set(pair)):
        kept, *gone = sorted(people, key=lambda id_: (not held[id_].has_number, held[id_].created_at, id_))
        moves[kept] = gone
    while moves:
        # Of several that go over to one, each in its turn: a statement may change a row only once.
        await _merge(uow, sorted((gone[0], kept) for kept, gone in moves.items()))
        moves = {kept: gone[1:] for kept, gone in moves.items() if gone[1:]}


async def _merge(uow: UnitOfWork, moves: list[Move]) -> None:
    """``moves`` are of the contact that goes to the one that stays."""
    await _join_talks(uow, moves)
    for statement in _JOIN_PEOPLE:
        await _move(uow, statement, moves)
    said = [
        {
            "company_id": uow.company_id,
            "id": new_id(),
            "action": "contact.merge",
            "subject": str(kept),
            "details": {"merged": str(gone)},
        }
        for gone, kept in moves
    ]
    await uow.session.execute(insert(AuditEntry), said)
    for gone, kept in moves:
        uow.announce(ContactsMerged(company_id=uow.company_id, contact_id=kept, merged_id=gone))
        for contact_id in (kept, gone):
            uow.announce(ContactChanged(company_id=uow.company_id, contact_id=contact_id))


async def _join_talks(uow: UnitOfWork, moves: list[Move]) -> None:
    talks = await _talks(uow.session, uow.company_id, [id_ for move in moves for id_ in move])
    both = [(talks[gone], talks[kept]) for gone, kept in moves if gone in talks and kept in talks]
    if both:
        for statement in _JOIN_TALKS:
            await _move(uow, statement, both)
    alone = [(gone, kept) for gone, kept in moves if gone in talks and kept not in talks]
    if alone:
        await _move(uow, _REHOME, alone)
    changed = [id_ for pair in both for id_ in pair] + [talks[gone] for gone, _ in alone]
    for conversation_id in changed:
        uow.announce(
            ConversationChanged(company_id=uow.company_id, conversation_id=conversation_id, change="merged")
        )


async def _talks(session: AsyncSession, company_id: UUID, contact_ids: list[UUID]) -> dict[UUID, UUID]:
    """Conversations by contact, locked in the order of their ids."""
    rows = await session.execute(_TALKS, {"company": company_id, "ids": contact_ids})
    return {row.contact_id: row.id for row in rows}


async def _move(uow: UnitOfWork, statement: TextClause, moves: list[Move]) -> None:
    values: dict[str, Any] = {"gone": [gone for gone, _ in moves], "kept": [kept for _, kept in moves]}
    await uow.session.execute(statement, {"company": uow.company_id, **values})


def _clusters(pairs: Iterable[tuple[UUID, UUID]]) -> list[set[UUID]]:
    """People who are one, by way of others too."""
    clusters: list[set[UUID]] = []
    for pair in pairs:
        touching = [cluster for cluster in clusters if not cluster.isdisjoint(pair)]
        clusters = [cluster for cluster in clusters if cluster.isdisjoint(pair)]
        clusters.append(set(pair).union(*touching))
    return clusters
