"""Reads a database's catalogue and says where companies are not kept apart (reliability 1.6, TN-04)."""

from __future__ import annotations

from typing import Any

import psycopg

from engine.models import LIVE_STATES

#: Tables without row-level security: the machine's own bookkeeping, with nothing of any company in it.
MACHINE = {
    "alembic_version",
    "huey_counter",
    "huey_kv",
    "huey_schedule",
    "huey_task",
    "installation",
    "lease",
    # A stranger's device: it belongs to nobody until a company's window names it.
    "pairing_request",
}
#: Tenants themselves, and people who may belong to several: their own id takes the company's place.
ROOTS = {"company", "person"}
#: Unique across companies on purpose: a root's own id, and the address by which somebody signs in.
GLOBAL_UNIQUE = {"pk_company", "pk_person", "uq_person_email"}
#: Rows that are only ever added.
APPEND_ONLY = {"audit_entry", "consent"}
#: Promise P1 stands on these two partial unique indexes.
PROMISES = {"uq_attempt_live_message", "uq_attempt_live_recipient"}

_TABLES = """
    SELECT c.oid::regclass::text AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
           pg_get_userbyid(c.relowner) AS owner,
           EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'company_id'
                   AND NOT a.attisdropped) AS owned
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
"""
_POLICIES = """
    SELECT tablename AS name, cmd, qual, with_check, permissive FROM pg_policies
    WHERE schemaname = 'public' AND ('public' = ANY(roles) OR 'masteria_app' = ANY(roles))
"""
_UNIQUE = """
    SELECT i.indrelid::regclass::text AS name, c.relname AS index, i.indisprimary AS primary,
           pg_get_indexdef(i.indexrelid, 1, true) AS first, pg_get_expr(i.indpred, i.indrelid) AS predicate
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique
"""
_FOREIGN = """
    SELECT c.conname, c.conrelid::regclass::text AS name, c.confrelid::regclass::text AS target,
           (SELECT attname FROM pg_attribute WHERE attrelid = c.conrelid AND attnum = c.conkey[1]) AS first,
           (SELECT attname FROM pg_attribute WHERE attrelid = c.confrelid AND attnum = c.confkey[1]) AS meets
    FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace
"""
_VIEWS = """
    SELECT oid::regclass::text AS name, relkind, COALESCE(reloptions, '{}') AS options FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')
"""
_ROLES = """
    SELECT rolname AS name, rolcanlogin AS enters,
           rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication AS mighty,
           pg_has_role('masteria_app', oid, 'MEMBER') AS taken FROM pg_roles WHERE rolname LIKE 'masteria%'
"""
_DEFINERS = """
    SELECT p.oid::regprocedure::text AS name, pg_get_userbyid(p.proowner) AS owner, p.proconfig AS config,
           EXISTS (SELECT FROM aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner)))
                   WHERE grantee = 0) AS open
    FROM pg_proc p WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace
"""
_RIGHTS = """
    SELECT table_name AS name, array_agg(privilege_type::text) AS rights
    FROM information_schema.role_table_grants
    WHERE grantee = 'masteria_app' AND table_schema = 'public' GROUP BY 1
"""


def problems(connection: psycopg.Connection[Any]) -> list[str]:
    """Everything that would let one company see, touch or sense another; empty when all is well."""
    found: list[str] = []
    for check in (_tables, _policies, _keys, _references, _views, _roles, _definers, _rights):
        found += check(connection)
    return found


def company_tables(connection: psycopg.Connection[Any]) -> list[str]:
    """Tables whose rows belong to one company each."""
    return sorted(table.name for table in _rows(connection, _TABLES) if table.owned)


def _rows(connection: psycopg.Connection[Any], query: str) -> list[Any]:
    with connection.cursor(row_factory=psycopg.rows.namedtuple_row) as cursor:
        return cursor.execute(query).fetchall()


def _tables(connection: psycopg.Connection[Any]) -> list[str]:
    found = []
    for table in _rows(connection, _TABLES):
        if table.owner == "masteria_app":
            found.append(f"{table.name} belongs to the application")
        if table.name in MACHINE and not table.owned:
            continue
        if not table.owned and table.name not in ROOTS:
            found.append(f"{table.name} has no company and is no table of the machine")
        if not (table.enabled and table.forced):
            found.append(f"{table.name} has no forced row-level security")
    return found


def _policies(connection: psycopg.Connection[Any]) -> list[str]:
    held: dict[str, list[Any]] = {}
    for policy in _rows(connection, _POLICIES):
        held.setdefault(policy.name, []).append(policy)
    found = []
    for name in {t.name for t in _rows(connection, _TABLES)} - MACHINE:
        policies = held.get(name, [])
        # Permissive policies add up: a second one can only let more through.
        if len(policies) != 1:
            found.append(f"{name} has {len(policies)} policies for the application, not one")
        found += [f"{name} lets too much through" for policy in policies if not _isolates(policy)]
    return found


def _isolates(policy: Any) -> bool:
    column = "id" if policy.name in ROOTS else "company_id"
    setting = "app.person_id" if policy.name == "person" else "app.company_id"
    condition = f"({column} = (NULLIF(current_setting('{setting}'::text, true), ''::text))::uuid)"
    if policy.cmd != "ALL" or not policy.with_check:
        return False
    if policy.name == "person":
        return bool(policy.qual.startswith(f"({condition} OR (EXISTS"))
    return bool(policy.qual == policy.with_check == condition)


def _keys(connection: psycopg.Connection[Any]) -> list[str]:
    unique = _rows(connection, _UNIQUE)
    found = [
        f"{index.index} spans companies"
        for index in unique
        if index.name not in MACHINE and index.index not in GLOBAL_UNIQUE and index.first != "company_id"
    ]
    keyed = {index.name for index in unique if index.primary}
    found += [f"{t.name} has no primary key" for t in _rows(connection, _TABLES) if t.name not in keyed]
    kept = {index.index for index in unique if all(s in (index.predicate or "") for s in LIVE_STATES)}
    return found + [f"{name} is gone, and with it promise P1" for name in PROMISES - kept]


def _references(connection: psycopg.Connection[Any]) -> list[str]:
    return [
        f"{key.conname} may point into another company"
        for key in _rows(connection, _FOREIGN)
        if key.target != "person"
        if (key.first, key.meets) != ("company_id", "id" if key.target == "company" else "company_id")
    ]


def _views(connection: psycopg.Connection[Any]) -> list[str]:
    return [
        f"{view.name} is seen with its owner's eyes"
        for view in _rows(connection, _VIEWS)
        if view.relkind == "m" or "security_invoker=true" not in view.options
    ]


def _roles(connection: psycopg.Connection[Any]) -> list[str]:
    roles = {role.name: role for role in _rows(connection, _ROLES)}
    found = [f"{name} may do too much" for name, role in roles.items() if role.mighty]
    found += [f"the application may become {n}" for n, r in roles.items() if r.taken and n != "masteria_app"]
    if roles["masteria_sweeper"].enters:
        found.append("the sweeper may log in")
    return found


def _definers(connection: psycopg.Connection[Any]) -> list[str]:
    found = []
    for function in _rows(connection, _DEFINERS):
        if function.owner != "masteria_sweeper":
            found.append(f"{function.name} acts as {function.owner}")
        # Unless it comes last, a temporary table takes the place of the one that is meant.
        if function.config != ["search_path=pg_catalog, public, pg_temp"]:
            found.append(f"{function.name} looks names up where its caller says")
        if function.open:
            found.append(f"{function.name} may be called by everybody")
    return found


def _rights(connection: psycopg.Connection[Any]) -> list[str]:
    found = []
    for table in _rows(connection, _RIGHTS):
        rights = set(table.rights)
        if rights - {"SELECT", "INSERT", "UPDATE", "DELETE"}:
            found.append(f"the application may do more than write rows of {table.name}")
        if table.name in APPEND_ONLY and rights != {"SELECT", "INSERT"}:
            found.append(f"the application may change what was recorded in {table.name}")
    return found
