"""SQL of an import. Row-level security forbids COPY into company tables, so rows pass through a stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import CursorResult, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.contacts.importing.order import Agreement
from engine.contacts.importing.table import RowProblem
from engine.ids import new_id
from engine.models import ContactIdentity, IdentityKind, ImportJob, ImportProblem, ImportState, OptOut

_STAGE_COLUMNS = "contact_id, match_key, e164, name, folded, email, custom, notes"
_OPEN_STAGE = """
    CREATE TEMP TABLE import_stage (contact_id uuid, match_key text, e164 text, name text,
        folded text, email text, custom jsonb, notes bytea) ON COMMIT DROP;
    CREATE TEMP TABLE import_known (place tid, contact_id uuid, match_key text, name text, folded text,
        email text, custom jsonb) ON COMMIT DROP;
    CREATE TEMP TABLE import_tagged (match_key text, tag text) ON COMMIT DROP;
    CREATE TEMP VIEW import_everyone AS
        SELECT contact_id, match_key FROM import_stage
        UNION ALL SELECT contact_id, match_key FROM import_known;
    -- Neither the stage nor a company that is being filled has statistics, and a wrong guess means reading
    -- all its contacts once a row. Left to the planner are loops over an index in the order asked for.
    SET LOCAL enable_hashjoin = off;
    SET LOCAL enable_mergejoin = off;
    SET LOCAL enable_seqscan = off;
    SET LOCAL enable_bitmapscan = off;
    SET LOCAL enable_sort = off;
    SET LOCAL jit = off;
    -- Each row's foreign keys are checked by a statement of their own: planned once, not once a row.
    SET LOCAL plan_cache_mode = auto
"""
_FILL_STAGE = f"COPY import_stage ({_STAGE_COLUMNS}) FROM STDIN (NULL '')"
_FILL_TAGGED = "COPY import_tagged (match_key, tag) FROM STDIN"

_HAS_NUMBERS = text(
    "SELECT EXISTS (SELECT FROM contact_identity WHERE company_id = :company_id AND kind = 'phone')"
)
# Equality put as a range, in order: statistics older than a company promise it has next to no rows, and then
# any index that begins with the company looks as good as the right one. Only the right one is in this order.
_FIND_KNOWN = text("""
    INSERT INTO import_known
    SELECT s.ctid, i.contact_id, s.match_key, s.name, s.folded, s.email, s.custom
    FROM import_stage s CROSS JOIN LATERAL (
        SELECT contact_id FROM contact_identity
        WHERE company_id = :company_id AND kind = 'phone'
          AND match_key >= s.match_key AND match_key <= s.match_key
        ORDER BY match_key LIMIT 1) i
""")
_UNSTAGE_KNOWN = text("DELETE FROM import_stage WHERE ctid = ANY (ARRAY(SELECT place FROM import_known))")
# The stage was filled by ascending key and ascending ids: no sorting, and both indexes grow at their end.
_ADD_CONTACTS = text("""
    INSERT INTO contact (company_id, id, name, name_folded, email, custom, notes, source)
    SELECT :company_id, contact_id, COALESCE(name, ''), COALESCE(folded, ''), email, custom, notes, 'import'
    FROM import_stage
""")
# A first address may share its contact's id: the two are keys of different tables.
_ADD_IDENTITIES = text("""
    INSERT INTO contact_identity (company_id, id, contact_id, kind, value, match_key)
    SELECT :company_id, contact_id, contact_id, 'phone', e164, match_key FROM import_stage
""")
_CHANGE_KNOWN = text("""
    UPDATE contact c
    SET name = COALESCE(k.name, c.name),
        name_folded = CASE WHEN k.name IS NULL THEN c.name_folded ELSE COALESCE(k.folded, '') END,
        email = COALESCE(k.email, c.email),
        custom = c.custom || k.custom,
        archived_at = NULL,
        updated_at = clock_timestamp()
    FROM import_known k
    WHERE c.company_id = :company_id AND c.id = k.contact_id
      AND (c.archived_at IS NOT NULL OR c.name <> k.name
           OR c.email IS DISTINCT FROM COALESCE(k.email, c.email) OR NOT c.custom @> k.custom)
""")
_TAG_EVERYONE = text("""
    INSERT INTO contact_tag (company_id, contact_id, tag_id)
    SELECT :company_id, e.contact_id, t.id FROM import_everyone e CROSS JOIN tag t
    WHERE t.company_id = :company_id AND t.name = ANY(:names)
    ON CONFLICT DO NOTHING
""")
_TAG_SOME = text("""
    INSERT INTO contact_tag (company_id, contact_id, tag_id)
    SELECT :company_id, e.contact_id, t.id
    FROM import_tagged g JOIN import_everyone e USING (match_key)
    JOIN tag t ON t.company_id = :company_id AND t.name = g.tag
    ON CONFLICT DO NOTHING
""")
_ADD_TAGS = text("""
    INSERT INTO tag (company_id, id, name)
    SELECT :company_id, * FROM unnest(CAST(:ids AS uuid[]), CAST(:names AS text[]))
    ON CONFLICT DO NOTHING
""")
_ADD_EVIDENCE = text("""
    INSERT INTO consent (company_id, id, contact_id, channel_kind, category, granted, method, evidence)
    SELECT :company_id, gen_random_uuid(), e.contact_id, kind, :category, true, 'import',
        CAST(:evidence AS jsonb)
    FROM import_everyone e CROSS JOIN unnest(CAST(:kinds AS text[])) kind
""")


@dataclass(frozen=True, slots=True)
class Counts:
    """How far a job has come, in all."""

    rows_read: int
    rows_created: int
    rows_updated: int
    rows_duplicate: int
    rows_invalid: int
    position: int
    total_bytes: int


async def stage(session: AsyncSession, data: bytes, tags: Sequence[tuple[str, str]]) -> None:
    """Put a chunk into temporary tables of this transaction."""
    driver = await _driver(session)
    async with driver.cursor() as cursor:
        await cursor.execute(_OPEN_STAGE)
        async with cursor.copy(_FILL_STAGE) as copy:
            for at in range(0, len(data), _PIECE):
                await copy.write(data[at : at + _PIECE])
        if tags:
            async with cursor.copy(_FILL_TAGGED) as copy:
                for row in tags:
                    await copy.write_row(row)


#: Bytes handed to the driver at once, so that other work of the loop gets its turn.
_PIECE = 262_144


async def has_numbers(session: AsyncSession, company_id: UUID) -> bool:
    return bool(await session.scalar(_HAS_NUMBERS, {"company_id": company_id}))


async def set_known_aside(session: AsyncSession, company_id: UUID) -> int:
    """Take contacts the company already has out of the stage; answer how many."""
    known = await _count(session, _FIND_KNOWN, {"company_id": company_id})
    if known:
        await session.execute(_UNSTAGE_KNOWN)
    return known


async def add_staged(session: AsyncSession, company_id: UUID) -> int:
    """Write the staged contacts; answer how many.

    Raises:
        IntegrityError: a number is known, or became so meanwhile; the transaction may be repeated.
    """
    created = await _count(session, _ADD_CONTACTS, {"company_id": company_id})
    await session.execute(_ADD_IDENTITIES, {"company_id": company_id})
    return created


async def change_known(session: AsyncSession, company_id: UUID) -> int:
    """Fill the staged cells into the contacts that were known; answer how many changed."""
    return await _count(session, _CHANGE_KNOWN, {"company_id": company_id})


async def tag_stage(
    session: AsyncSession, company_id: UUID, *, everyone: Sequence[str], some: Sequence[str]
) -> None:
    """Tag all staged contacts with ``everyone`` and each with its own; ``some`` names what those may be."""
    names = sorted({*everyone, *some})
    ids = [new_id() for _ in names]
    await session.execute(_ADD_TAGS, {"company_id": company_id, "ids": ids, "names": names})
    if everyone:
        await session.execute(_TAG_EVERYONE, {"company_id": company_id, "names": list(everyone)})
    if some:
        await session.execute(_TAG_SOME, {"company_id": company_id})


async def add_evidence(session: AsyncSession, company_id: UUID, agreement: Agreement, evidence: str) -> None:
    values = {
        "company_id": company_id,
        "category": agreement.category,
        "evidence": evidence,
        "kinds": [kind.value for kind in agreement.channel_kinds],
    }
    await session.execute(_ADD_EVIDENCE, values)


async def count_known(session: AsyncSession, keys: Sequence[str]) -> int:
    return (
        await session.scalar(
            select(func.count()).where(
                ContactIdentity.kind == IdentityKind.PHONE, ContactIdentity.match_key == func.any(list(keys))
            )
        )
        or 0
    )


async def count_opted_out(session: AsyncSession, keys: Sequence[str]) -> int:
    return (
        await session.scalar(
            select(func.count(OptOut.match_key.distinct())).where(
                OptOut.match_key == func.any(list(keys)), OptOut.revoked_at.is_(None)
            )
        )
        or 0
    )


async def find_job(session: AsyncSession, job_id: UUID) -> ImportJob | None:
    return await session.scalar(select(ImportJob).where(ImportJob.id == job_id))


async def lock_job(session: AsyncSession, job_id: UUID) -> ImportJob | None:
    """Load a job and hold its row until the transaction ends."""
    return await session.scalar(select(ImportJob).where(ImportJob.id == job_id).with_for_update())


async def advance(
    session: AsyncSession, job_id: UUID, state: ImportState, before: int, added: dict[str, int]
) -> Counts | None:
    """Count a chunk, if the job is still in ``state`` and stands at row ``before``; else None."""
    position = added.pop("position")
    columns = {name: getattr(ImportJob, name) + count for name, count in added.items()}
    row = await session.execute(
        update(ImportJob)
        .where(ImportJob.id == job_id, ImportJob.state == state, ImportJob.rows_read == before)
        .values(columns | {"position": position})
        .returning(
            ImportJob.rows_read,
            ImportJob.rows_created,
            ImportJob.rows_updated,
            ImportJob.rows_duplicate,
            ImportJob.rows_invalid,
            ImportJob.position,
            ImportJob.total_bytes,
        )
    )
    found = row.one_or_none()
    return None if found is None else Counts(*found)


async def add_problems(
    session: AsyncSession, company_id: UUID, job_id: UUID, problems: Sequence[RowProblem]
) -> None:
    rows: list[dict[str, Any]] = [
        {
            "company_id": company_id,
            "id": new_id(),
            "job_id": job_id,
            "line": problem.line,
            "code": problem.code,
            "message": f"{problem.column}: {problem.message}" if problem.column else problem.message,
            "excerpt": problem.excerpt,
        }
        for problem in problems
    ]
    if rows:
        await session.execute(insert(ImportProblem), rows)


async def forget_problems(session: AsyncSession, job_id: UUID) -> None:
    await session.execute(delete(ImportProblem).where(ImportProblem.job_id == job_id))


async def problems_of(
    session: AsyncSession, job_id: UUID, *, after_line: int, most: int
) -> list[ImportProblem]:
    found = await session.scalars(
        select(ImportProblem)
        .where(ImportProblem.job_id == job_id, ImportProblem.line > after_line)
        .order_by(ImportProblem.line, ImportProblem.id)
        .limit(most)
    )
    return list(found)


async def jobs(session: AsyncSession, *, before: UUID | None, most: int) -> list[ImportJob]:
    """Newest first."""
    statement = select(ImportJob).order_by(ImportJob.id.desc()).limit(most)
    if before is not None:
        statement = statement.where(ImportJob.id < before)
    return list(await session.scalars(statement))


async def _count(session: AsyncSession, statement: Any, values: dict[str, Any]) -> int:
    result = await session.execute(statement, values)
    assert isinstance(result, CursorResult)
    return result.rowcount


async def _driver(session: AsyncSession) -> psycopg.AsyncConnection[Any]:
    """The driver's own connection, inside the session's transaction: SQLAlchemy knows no COPY."""
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)
    return driver
