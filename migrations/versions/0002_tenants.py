"""Row-level security, the application's role, and the few functions that may look across companies."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: Tables whose rows belong to one company.
COMPANY_TABLES = (
    "attempt",
    "audit_entry",
    "campaign",
    "campaign_recipient",
    "campaign_run",
    "channel",
    "company_key",
    "consent",
    "contact",
    "contact_identity",
    "contact_tag",
    "conversation",
    "conversation_channel",
    "device",
    "idempotency_key",
    "import_job",
    "import_problem",
    "media_file",
    "membership",
    "message",
    "message_template",
    "opt_out",
    "outbox",
    "pairing_window",
    "segment",
    "tag",
    "webhook_event",
    "webhook_pending",
)
MACHINE_TABLES = ("installation", "lease", "pairing_request")
#: Rows that record what happened: the application may add and read, never change or remove.
APPEND_ONLY = ("audit_entry", "consent")
#: What the functions below read across companies.
SWEPT = (
    "attempt",
    "campaign",
    "campaign_recipient",
    "channel",
    "company",
    "company_key",
    "device",
    "idempotency_key",
    "import_job",
    "media_file",
    "membership",
    "message",
    "outbox",
    "pairing_window",
    "person",
    "webhook_event",
    "webhook_pending",
)
#: Where old rows are removed, whosever they are.
FORGOTTEN = ("idempotency_key", "outbox", "pairing_window", "webhook_event")

CURRENT = "NULLIF(current_setting('app.company_id', true), '')::uuid"
PERSON = "NULLIF(current_setting('app.person_id', true), '')::uuid"

FUNCTIONS = {
    "login_person(address text)": """
        RETURNS TABLE (person_id uuid, password_hash text)
        AS $$ SELECT id, password_hash FROM person WHERE email = address $$""",
    "login_companies(who uuid)": """
        RETURNS TABLE (company_id uuid, role text, name text)
        AS $$ SELECT m.company_id, m.role, c.name FROM membership m JOIN company c ON c.id = m.company_id
              WHERE m.person_id = who AND m.state = 'active' ORDER BY m.created_at $$""",
    "device_by_token(hash bytea)": """
        RETURNS TABLE (company_id uuid, device_id uuid, person_id uuid, role text)
        AS $$ SELECT d.company_id, d.id, d.person_id, m.role
              FROM device d JOIN membership m ON m.company_id = d.company_id AND m.person_id = d.person_id
              WHERE d.token_hash = hash AND d.revoked_at IS NULL AND d.expires_at > clock_timestamp()
                AND m.state = 'active' $$""",
    "pairing_is_open()": """
        RETURNS boolean
        AS $$ SELECT EXISTS (SELECT FROM pairing_window WHERE approved_at IS NULL AND closed_at IS NULL
                             AND expires_at > clock_timestamp()) $$""",
    "pairing_approval(request uuid)": """
        RETURNS TABLE (company_id uuid, person_id uuid, role text)
        AS $$ SELECT w.company_id, w.person_id, m.role FROM pairing_window w
              JOIN membership m ON m.company_id = w.company_id AND m.person_id = w.person_id
              WHERE w.request_id = request AND w.approved_at > clock_timestamp() - interval '2 minutes'
                AND m.state = 'active' $$""",
    "owner_exists()": """
        RETURNS boolean AS $$ SELECT EXISTS (SELECT FROM membership WHERE role = 'owner') $$""",
    "all_companies()": """
        RETURNS TABLE (company_id uuid) AS $$ SELECT id FROM company $$""",
    "webhook_directory()": """
        RETURNS TABLE (company_id uuid, channel_id uuid, provider text, mode text, sender text, account text,
                       secrets bytea)
        AS $$ SELECT company_id, id, provider, mode, sender, account, secrets FROM channel
              WHERE state <> 'disabled' $$""",
    "pending_webhooks(tracks text[], most int, since uuid)": """
        RETURNS TABLE (company_id uuid, oldest uuid)
        AS $$ SELECT c.id, waiting.id FROM company c CROSS JOIN LATERAL (
                  SELECT p.id FROM webhook_pending p
                  WHERE p.company_id = c.id AND p.id >= since AND p.track = ANY(tracks)
                    AND (p.next_at IS NULL OR p.next_at <= clock_timestamp())
                  ORDER BY p.id LIMIT 1) waiting
              ORDER BY 2 LIMIT most $$""",
    "inbound_backlog()": """
        RETURNS TABLE (company_id uuid, oldest_at timestamptz)
        AS $$ SELECT c.id, (SELECT e.received_at FROM webhook_pending p
                            JOIN webhook_event e ON e.company_id = p.company_id AND e.id = p.id
                            WHERE p.company_id = c.id AND p.attempts = 0
                            ORDER BY p.id LIMIT 1)
              FROM company c $$""",
    "sending_campaigns()": """
        RETURNS TABLE (company_id uuid, channel_id uuid, campaign_id uuid)
        AS $$ SELECT company_id, channel_id, id FROM campaign WHERE state = 'sending' $$""",
    "unfiled_campaigns()": """
        RETURNS TABLE (company_id uuid, campaign_id uuid, state text)
        AS $$ SELECT company_id, id, state FROM campaign
              WHERE filed_at IS NULL
                AND state IN ('sending', 'paused', 'completed', 'failed', 'cancelled') $$""",
    "due_campaigns(moment timestamptz)": """
        RETURNS TABLE (company_id uuid, campaign_id uuid, state text)
        AS $$ SELECT company_id, id, state FROM campaign
              WHERE state = 'queued' OR (state = 'scheduled' AND due_at <= moment) $$""",
    "open_attempts(below bigint)": """
        RETURNS TABLE (company_id uuid, attempt_id uuid, state text)
        AS $$ SELECT company_id, id, state FROM attempt
              WHERE state = 'uncertain' OR (state = 'dispatching' AND epoch < below) $$""",
    "due_messages(moment timestamptz)": """
        RETURNS TABLE (company_id uuid, channel_id uuid)
        AS $$ SELECT DISTINCT company_id, channel_id FROM message
              WHERE due_at IS NOT NULL AND due_at <= moment AND channel_id IS NOT NULL $$""",
    "due_media(moment timestamptz, most int)": """
        RETURNS TABLE (company_id uuid, media_id uuid)
        AS $$ SELECT company_id, id FROM media_file WHERE state = 'pending' AND next_at <= moment
              ORDER BY next_at LIMIT most $$""",
    "open_imports()": """
        RETURNS TABLE (company_id uuid, job_id uuid, state text)
        AS $$ SELECT company_id, id, state FROM import_job
              WHERE state IN ('checking', 'queued', 'running') $$""",
    "outbox_head()": """
        RETURNS bigint AS $$ SELECT coalesce(max(seq), 0) FROM outbox $$""",
    "outbox_after(after_seq bigint, most int)": """
        RETURNS TABLE (company_id uuid, seq bigint, topic text, payload jsonb, created_at timestamptz)
        AS $$ SELECT company_id, seq, topic, payload, created_at FROM outbox
              WHERE seq > after_seq ORDER BY seq LIMIT most $$""",
}

#: Functions that also write; ``volatile`` and with their own grants.
WRITERS = {
    "outbox_sequence(most int)": """
        RETURNS bigint LANGUAGE plpgsql AS $$
        DECLARE given bigint;
        BEGIN
            PERFORM pg_advisory_xact_lock(hashtext('master-ia outbox'));
            WITH waiting AS (SELECT company_id, id FROM outbox WHERE seq IS NULL ORDER BY id LIMIT most),
                 numbered AS (SELECT company_id, id, nextval('outbox_seq') AS seq FROM waiting)
            UPDATE outbox o SET seq = n.seq FROM numbered n WHERE o.company_id = n.company_id AND o.id = n.id;
            GET DIAGNOSTICS given = ROW_COUNT;
            RETURN given;
        END $$""",
    "forget_old(moment timestamptz)": """
        RETURNS bigint LANGUAGE plpgsql AS $$
        DECLARE gone bigint; total bigint := 0;
        BEGIN
            DELETE FROM outbox WHERE created_at < moment - interval '2 days';
            GET DIAGNOSTICS gone = ROW_COUNT; total := total + gone;
            DELETE FROM idempotency_key WHERE created_at < moment - interval '2 days';
            GET DIAGNOSTICS gone = ROW_COUNT; total := total + gone;
            -- Ids begin with their milliseconds, so the primary key knows what is old.
            DELETE FROM webhook_event e USING company c
            WHERE e.company_id = c.id AND e.quarantined_at IS NULL
              AND e.id < (lpad(to_hex((extract(epoch FROM moment - interval '30 days') * 1000)::bigint),
                               12, '0') || repeat('0', 20))::uuid
              AND NOT EXISTS (SELECT FROM webhook_pending p
                              WHERE p.company_id = e.company_id AND p.id = e.id);
            GET DIAGNOSTICS gone = ROW_COUNT; total := total + gone;
            DELETE FROM pairing_request WHERE expires_at < moment - interval '1 day';
            GET DIAGNOSTICS gone = ROW_COUNT; total := total + gone;
            DELETE FROM pairing_window WHERE expires_at < moment - interval '1 day';
            GET DIAGNOSTICS gone = ROW_COUNT; total := total + gone;
            RETURN total;
        END $$""",
}


def upgrade() -> None:
    _ensure_roles()
    op.execute("GRANT USAGE ON SCHEMA public TO masteria_app, masteria_sweeper")
    op.execute("CREATE SEQUENCE outbox_seq")
    for table in COMPANY_TABLES:
        _isolate(table, f"company_id = {CURRENT}")
    _isolate("company", f"id = {CURRENT}")
    _isolate(
        "person",
        f"id = {PERSON} OR EXISTS (SELECT FROM membership m WHERE m.person_id = person.id)",
    )
    for table in MACHINE_TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO masteria_app")
    # The server tells whether the schema is the newest one.
    op.execute("GRANT SELECT ON alembic_version TO masteria_app")
    for table in APPEND_ONLY:
        op.execute(f"REVOKE UPDATE, DELETE ON {table} FROM masteria_app")
    for table in SWEPT:
        op.execute(f"GRANT SELECT ON {table} TO masteria_sweeper")
        op.execute(f"CREATE POLICY sweeper ON {table} FOR SELECT TO masteria_sweeper USING (true)")
    _create_functions()


def downgrade() -> None:
    for signature in (*WRITERS, *FUNCTIONS):
        op.execute(f"DROP FUNCTION {_bare(signature)}")
    for table in FORGOTTEN:
        op.execute(f"DROP POLICY sweeper_writes ON {table}")
    for table in SWEPT:
        op.execute(f"DROP POLICY sweeper ON {table}")
    for table in (*COMPANY_TABLES, "company", "person"):
        op.execute(f"DROP POLICY company ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.execute("DROP SEQUENCE outbox_seq")
    op.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM masteria_app, masteria_sweeper")
    op.execute("REVOKE ALL ON SCHEMA public FROM masteria_app, masteria_sweeper")


def _ensure_roles() -> None:
    """With an external server the roles may not exist yet; the embedded one made them at its first start."""
    for role in ("masteria_app", "masteria_sweeper"):
        op.execute(f"""
            DO $$ BEGIN
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
                    CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS;
                    GRANT {role} TO CURRENT_USER;
                END IF;
            END $$""")


def _isolate(table: str, condition: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    check = f"id = {PERSON} OR {CURRENT} IS NOT NULL" if table == "person" else condition
    op.execute(f"CREATE POLICY company ON {table} USING ({condition}) WITH CHECK ({check})")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO masteria_app")


def _create_functions() -> None:
    op.execute("GRANT CREATE ON SCHEMA public TO masteria_sweeper")
    op.execute("GRANT UPDATE ON outbox TO masteria_sweeper")
    op.execute(f"GRANT DELETE ON {', '.join(FORGOTTEN)} TO masteria_sweeper")
    op.execute("GRANT SELECT, DELETE ON pairing_request TO masteria_sweeper")
    op.execute("GRANT USAGE ON SEQUENCE outbox_seq TO masteria_sweeper")
    for table in FORGOTTEN:
        op.execute(f"CREATE POLICY sweeper_writes ON {table} TO masteria_sweeper USING (true)")
    for signature, body in FUNCTIONS.items():
        _create(signature, f"{body} LANGUAGE sql STABLE")
    for signature, body in WRITERS.items():
        _create(signature, body)
    op.execute("REVOKE CREATE ON SCHEMA public FROM masteria_sweeper")


def _create(signature: str, body: str) -> None:
    name = _bare(signature)
    # Unless it comes last, a caller's temporary table would take the place of the one that is meant.
    path = "pg_catalog, public, pg_temp"
    op.execute(f"CREATE FUNCTION {signature} {body} SECURITY DEFINER SET search_path = {path}")
    op.execute(f"ALTER FUNCTION {name} OWNER TO masteria_sweeper")
    op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO masteria_app")


def _bare(signature: str) -> str:
    """``name(type, …)`` without the parameters' names."""
    name, _, parameters = signature.rstrip(")").partition("(")
    types = ", ".join(p.split()[-1] for p in parameters.split(",") if p.strip())
    return f"{name}({types})"
